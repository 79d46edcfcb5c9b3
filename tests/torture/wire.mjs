// wire.mjs - one connection to the service, on which any bytes can be sent:
// clients of Node refuse what a test of refusals needs.
import { connect } from 'node:net';

const crlf2 = Buffer.from('\r\n\r\n');

/** What a request is on the wire.  Texts go as UTF-8, and unchecked. */
export function bytesOf({ method, path, headers = {}, body }, host) {
	let head = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n`;

	for (const [name, value] of Object.entries(headers))
		head += `${name}: ${value}\r\n`;
	if (body !== undefined)
		head += `Content-Length: ${Buffer.byteLength(body)}\r\n`;
	return Buffer.concat([Buffer.from(`${head}\r\n`), Buffer.from(body ?? '')]);
}

/** The body that starts at ${from}, and where it ends; null: more is to come. */
function bodyOf(bytes, from, status, headers) {
	const parts = [];

	if (status === 304 || status === 204)
		return { body: Buffer.alloc(0), end: from };
	if (headers['transfer-encoding'] !== 'chunked') {
		const end = from + Number(headers['content-length']);

		return bytes.length < end ? null
			: { body: bytes.subarray(from, end), end };
	}
	for (;;) {
		const line = bytes.indexOf('\r\n', from);
		const size = parseInt(bytes.toString('latin1', from, line), 16);

		if (line < 0 || bytes.length < line + size + 4)
			return null;
		parts.push(bytes.subarray(line + 2, line + 2 + size));
		from = line + size + 4;
		if (size === 0)
			return { body: Buffer.concat(parts), end: from };
	}
}

/** The first answer in ${bytes}, or null while it is not whole. */
function answerOf(bytes) {
	const at = bytes.indexOf(crlf2);

	if (at < 0)
		return null;
	const [first, ...lines] = bytes.toString('latin1', 0, at).split('\r\n');
	const headers = Object.fromEntries(lines.map((line) => {
		const colon = line.indexOf(':');

		return [line.slice(0, colon).toLowerCase(),
			line.slice(colon + 1).trim()];
	}));
	const status = Number(first.split(' ')[1]);
	const rest = bodyOf(bytes, at + 4, status, headers);

	return rest && { status, headers, ...rest };
}

export class Wire {
	#socket = null;
	#host;
	#parts = [];
	#done = null;

	constructor(base) {
		this.#host = new URL(base).host;
	}

	/** Its answer with ${ms}; an error if there is none in time. */
	ask(request, patience = 5000) {
		return this.send(bytesOf(request, this.#host), patience);
	}

	send(bytes, patience = 5000) {
		const start = performance.now();

		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => finish(
				new Error(`no answer in ${patience} ms`)), patience);
			const finish = (error, answer) => {
				clearTimeout(timer);
				this.#done = null;
				if (error || answer.headers.connection === 'close')
					this.close();
				if (error)
					return reject(error);
				resolve({ ...answer,
					ms: performance.now() - start });
			};

			this.#done = finish;
			this.#parts = [];
			this.#open().write(bytes);
		});
	}

	close() {
		const socket = this.#socket;

		this.#socket = null;
		socket?.destroy();
	}

	#open() {
		if (this.#socket)
			return this.#socket;
		const [name, port] = this.#host.split(':');
		const socket = connect(Number(port), name);

		socket.setNoDelay(true);
		socket.on('data', (part) => {
			if (this.#socket !== socket)
				return;
			this.#parts.push(part);
			const answer = answerOf(Buffer.concat(this.#parts));

			if (answer)
				this.#done?.(null, answer);
		});
		socket.on('error', (error) => this.#gone(socket, error.message));
		socket.on('close', () => this.#gone(socket,
			'closed without an answer'));
		this.#socket = socket;
		return socket;
	}

	// An idle connection may be closed by the service: the next one opens.
	#gone(socket, why) {
		if (this.#socket !== socket)
			return;
		this.#socket = null;
		this.#done?.(new Error(why));
	}
}
