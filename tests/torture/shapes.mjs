// shapes.mjs - JSON that is deep, or wide, or just as large as allowed, on every
// route that takes it.
//
//	KEY=... node shapes.mjs BASE
//
// Prints a line of JSON with what was counted; each finding is a line on standard
// error, and makes the status 1.
import { World, operations } from './fields.mjs';
import { bytesOf } from './wire.mjs';

const [base] = process.argv.slice(2);
const world = new World(base, process.env.KEY);
const count = { routes: 0, requests: 0 };
const KiB = 1024;
let shown = 0;

// What differs from route to route: bytes of a body, levels, whether the members
// and texts that nobody reads are bounded.
const usual = { bytes: 16 * KiB, depth: 16, wide: true, text: true };
const words = { ...usual, bytes: 64 * KiB, text: false };
const bot = { bytes: 4096 * KiB, depth: 128, wide: false, text: false };
const limitsOf = ({ path }) => path.startsWith('/v1/adapters/') ? bot
	: ['/v1/check', '/v1/read'].includes(path) ? words : usual;

/** Ask, and hold the status against those that are right. */
async function ask(op, what, body, right, send) {
	await world.ready(op);
	const request = { ...world.request({ op }), body };

	count.requests++;
	try {
		const got = await (send ? world.wire.send(send(request))
			: world.wire.ask(request));

		world.settled(op, got);
		if (right(got.status, `${got.body}`))
			return;
		throw new Error(`${got.status} ${`${got.body}`.slice(0, 300)}`);
	} catch (error) {
		shown++;
		console.error(op.name, what, error.message);
		world.wire.close();
	}
}

/** The example of ${op}, and the text ${more} as one more member. */
async function example(op, more) {
	await world.ready(op);
	const { body } = world.request({ op });

	return more ? `${body.slice(0, -1)},"x":${more}}` : body;
}

const is = (wanted) => (status) => status === wanted;

async function deep(op, limits) {
	for (const levels of [15, 16, 17, 100, 127, 128, 129, 10_000])
		for (const [open, close] of [['[', ']'], ['{"a":', '}']])
			for (const whole of [true, false]) {
				// The body is a level, and what is innermost.
				const body = await example(op, open.repeat(levels - 1) +
					'1' + (whole ? close.repeat(levels - 1) : ''));
				const right = body.length > limits.bytes ? 413
					: levels > limits.depth || !whole ? 400
						: limits === bot ? 200 : 422;

				await ask(op, `${levels} levels of ${open}`, body,
					is(right));
			}
}

async function wide(op, { wide: bounded, text }) {
	const list = (n, of) => Array.from({ length: n }, (_, i) => of(i)).join();
	const kinds = [
		['members', 64, bounded, (n) => `{${list(n, (i) => `"m${i}":1`)}}`],
		['items', 256, bounded, (n) => `[${list(n, () => 1)}]`],
		['characters', 4000, text, (n) => `"${'x'.repeat(n)}"`],
		['characters', 4000, text, (n) => `"${'\u{1f4a5}'.repeat(n)}"`],
	];

	for (const [what, limit, refused, make] of kinds)
		for (const n of [limit - 1, limit, limit + 1])
			await ask(op, `${n} ${what}`, await example(op, make(n)),
				// Nobody knows "x", but for that the bots are.
				(status, body) => status === (bounded ? 422 : 200) &&
					body.includes(`At most ${limit} ${what}`) ===
						(refused && n > limit));
}

function chunked(request) {
	const head = bytesOf({ ...request, body: undefined, headers: {
		...request.headers, 'Transfer-Encoding': 'chunked' } },
	new URL(base).host);
	const size = request.body.length, half = size >> 1;

	return Buffer.concat([head, Buffer.from(
		`${half.toString(16)}\r\n${request.body.slice(0, half)}\r\n` +
		`${(size - half).toString(16)}\r\n${request.body.slice(half)}\r\n` +
		'0\r\n\r\n')]);
}

/** Who says that too much will come is refused before it does. */
const announced = (request) => bytesOf({ ...request, body: undefined, headers: {
	...request.headers, 'Content-Length': request.body.length } },
new URL(base).host);

async function large(op, { bytes }) {
	for (const n of [bytes - 1, bytes, bytes + 1])
		for (const send of [n > bytes ? announced : undefined, chunked])
			await ask(op, `${n} bytes`, (await example(op)).padEnd(n),
				(status) => n > bytes ? status === 413 : status < 300,
				send);
}

for (const op of operations.filter(({ type }) => type === 'application/json')) {
	count.routes++;
	await deep(op, limitsOf(op));
	await wide(op, limitsOf(op));
	await large(op, limitsOf(op));
}
console.log(JSON.stringify(count));
process.exitCode = shown > 0 ? 1 : 0;
process.exit();
