// api.js - the service, called so that nothing is lost and nothing happens
// twice: what fails for now is repeated, with the same Idempotency-Key, until
// it is answered or no longer wanted.

const TIMEOUT = 10000;		// ms; the service answers within 3.5 s
const SLOWEST = 5000;		// ms between two tries

/** What the service says when it says no; status 0 is no answer at all. */
export class Problem extends Error {
	constructor(status, body = {}, retry = 0) {
		super(body.title ?? 'The service does not answer.');
		this.status = status;
		this.type = body.type ?? '';
		this.detail = body.detail ?? '';
		this.errors = body.errors ?? [];
		this.retry = retry;
	}

	/** Will the same request do, later? */
	get passes() {
		return [0, 408, 429, 502, 503, 504].includes(this.status) ||
			this.type === '/problems/idempotency-key-running';
	}

	/** What happened and what to do, in a sentence or two. */
	get advice() {
		const first = this.errors[0];

		return [this.message, this.detail,
			first ? `${first.pointer}: ${first.detail}` : '']
			.filter(Boolean).map((t) => t.replace(/[^.!?]$/, '$&.'))
			.join(' ');
	}
}

const pause = (ms, signal) => new Promise((resolve, reject) => {
	const timer = setTimeout(resolve, ms);

	signal?.addEventListener('abort', () => {
		clearTimeout(timer);
		reject(signal.reason);
	}, { once: true });
});

async function problemOf(response) {
	let body = {};

	try {
		body = await response.json();
	} catch {
		body = { title: `HTTP status ${response.status}.` };
	}
	return new Problem(response.status, body,
			   1000 * Number(response.headers.get('Retry-After')));
}

export class Service {
	/** base: where it is; waiting(problem) when an answer is late, and
	    waiting(null) when it came. */
	constructor(base, waiting) {
		this.base = base.replace(/\/$/, '');
		this.key = '';
		this.waiting = waiting;
	}

	/** One try.  The signal ends it. */
	async #once(method, path, body, headers, signal) {
		const limit = AbortSignal.timeout(TIMEOUT);

		try {
			const response = await fetch(this.base + path, {
				method,
				headers,
				body: body === undefined ? undefined
					: JSON.stringify(body),
				credentials: 'omit',
				signal: signal ? AbortSignal.any([signal, limit])
					: limit,
			});

			if (!response.ok)
				return { problem: await problemOf(response) };
			return {
				etag: response.headers.get('ETag'),
				body: response.status === 204 ? null
					: await response.json(),
			};
		} catch (error) {
			if (signal?.aborted)
				throw signal.reason;
			return { problem: new Problem(0) };
		}
	}

	/** The answer as {body, etag}; throws a Problem when it is a no.
	    options: body, match (If-Match), signal. */
	async ask(method, path, { body, match, signal } = {}) {
		const headers = { Accept: 'application/json' };

		if (body !== undefined)
			headers['Content-Type'] = 'application/json';
		if (this.key)
			headers.Authorization = `Bearer ${this.key}`;
		if (match)
			headers['If-Match'] = match;
		if (method !== 'GET')
			headers['Idempotency-Key'] = token();
		for (let n = 0; ; n++) {
			const answer = await this.#once(method, path, body,
							headers, signal);

			if (!answer.problem) {
				this.waiting(null);
				return answer;
			}
			if (!answer.problem.passes) {
				this.waiting(null);
				throw answer.problem;
			}
			this.waiting(answer.problem);
			await pause(Math.min(SLOWEST, Math.max(
				answer.problem.retry, 250 * 2 ** n)), signal);
		}
	}

	get(path, options) {
		return this.ask('GET', path, options);
	}

	post(path, body, options) {
		return this.ask('POST', path, { ...options, body });
	}
}

/** Something never used before.  (crypto.randomUUID() is for https alone.) */
function token() {
	const bytes = crypto.getRandomValues(new Uint8Array(16));

	return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}
