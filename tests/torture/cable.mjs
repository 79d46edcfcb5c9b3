// cable.mjs - a wire to a server that can be bad.
//
//	node tests/torture/cable.mjs PORT HOST:PORT|SOCKET [MS] [CODES]
//
// Listens on 127.0.0.1:PORT (or HOST:PORT) and passes on what comes, each way,
// MS later.  What PostgreSQL sends whose message has one of CODES as its first
// byte is left out: "A" for notifications.  Nothing else is changed.  Prints
// "ready".
import { connect, createServer } from 'node:net';

const [at, to, ms = '0', codes = ''] = process.argv.slice(2);
const [port, host = '127.0.0.1'] = at.split(':').reverse();

/** Where it leads: the path of a socket, or a host and a port. */
function target() {
	if (to.startsWith('/'))
		return { path: to };
	const [port, host] = to.split(':').reverse();

	return { port: Number(port), host };
}

/** Whole messages of PostgreSQL's; the first byte is no message's after SSL's N. */
function sieve() {
	let held = Buffer.alloc(0);

	return (bytes) => {
		const kept = [];

		held = Buffer.concat([held, bytes]);
		while (held.length >= 5) {
			const size = 1 + held.readUInt32BE(1);

			if (held.length < size)
				break;
			if (!codes.includes(String.fromCharCode(held[0])))
				kept.push(held.subarray(0, size));
			held = held.subarray(size);
		}
		return Buffer.concat(kept);
	};
}

function pass(from, into, change) {
	const later = (what) => {
		if (ms === '0')
			what();
		else
			setTimeout(what, Number(ms));
	};

	from.on('data', (bytes) => {
		const kept = change(bytes);

		later(() => into.write(kept));
	});
	from.on('close', () => later(() => into.destroy()));
	from.on('error', () => into.destroy());
}

createServer((client) => {
	const server = connect(target());

	client.setNoDelay(true);
	pass(client, server, (bytes) => bytes);
	pass(server, client, codes === '' ? (bytes) => bytes : sieve());
}).listen(Number(port), host, () => console.log('ready'));
