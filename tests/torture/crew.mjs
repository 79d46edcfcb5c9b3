// crew.mjs - writers and readers that go on while things break.
//
//	node tests/torture/crew.mjs FILE BASE...
//
// Each writer (${WRITERS}, 8) begins a conversation and takes turn after turn in
// it; now and then it begins another one.  What has no 2xx is repeated with its
// key, byte for byte, at the next of the bases, until it has: FILE gets a line
// "conversation version" for each.  Readers (${READERS}, 2) look up.
//
// Prints "ready" once each has an answer.  SIGUSR2 prints "gap" and the longest
// time without a turn since then or since the last SIGUSR2, in milliseconds.
// SIGTERM lets writers settle what they asked last, for ${SETTLE} (60) seconds;
// then one line of JSON says what was seen, and the status is 1 if there was
// anything that may not be.
import { Agent, request } from 'node:http';
import { createWriteStream } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { setTimeout as rest } from 'node:timers/promises';

const [file, ...bases] = process.argv.slice(2);
const number = (name, standard) => Number(process.env[name] ?? standard);
const writers = number('WRITERS', 8), readers = number('READERS', 2);
const settle = number('SETTLE', 60) * 1000, patience = 15_000;
const key = process.env.KEY ? { Authorization: `Bearer ${process.env.KEY}` } : {};
const acked = createWriteStream(file);
const seen = { acked: 0, replayed: 0, refused: 0, unknown: 0, broken: 0,
	worst_ms: 0, gap_ms: 0, lookups: 0, failed: 0, lookup_ms: 0, wrong: [] };
let over = 0, last = performance.now(), gap = 0, working = writers + readers;

/** One request; null if there was no whole answer. */
function ask(agent, base, method, path, headers, body) {
	return new Promise((resolve) => {
		const req = request(base + path, { method, agent, timeout: patience,
			headers: { ...key, ...headers } }, (res) => {
			const parts = [];

			res.on('data', (part) => parts.push(part));
			res.on('end', () => resolve({ status: res.statusCode,
				headers: res.headers, body: Buffer.concat(parts) }));
			res.on('error', () => resolve(null));
		});

		req.on('timeout', () => {
			wrong(`${method} ${path}: no answer`);
			req.destroy();
		});
		req.on('error', () => resolve(null));
		req.end(body);
	});
}

function wrong(why) {
	if (seen.wrong.length < 20)
		seen.wrong.push(why);
}

/** May it be repeated?  503 as long as it likes; 409 while one is under way. */
function again({ status, headers, body }, first) {
	const text = body.toString();

	if (status === 503 && headers['retry-after']) {
		seen.refused++;
		seen.unknown += text.includes('outcome-unknown');
		return true;
	}
	return status === 409 && !first && text.includes('idempotency-key-running');
}

/** Ask until there is an answer that settles it; null once it is over. */
async function settled(agent, path, headers, body) {
	const same = { ...headers, 'Content-Type': 'application/json',
		'Idempotency-Key': randomUUID() };

	for (let n = 0; !over || performance.now() - over < settle; n++) {
		const start = performance.now();
		const said = await ask(agent, bases[n % bases.length], 'POST', path,
			same, body);

		if (said) {
			seen.worst_ms = Math.max(seen.worst_ms, performance.now() - start);
			if (!again(said, n === 0))
				return said;
		} else {
			seen.broken++;
		}
		await rest(20);
	}
	wrong(`POST ${path}: never settled`);
	return null;
}

// All of these may be said at any time, and for ever.
const turns = ['told', 'angrier', 'due', 'deadline_missed', 'new_issue'];

async function write(ready) {
	const agent = new Agent({ keepAlive: true, maxSockets: 1 });
	let id = '', version = 0;

	for (let n = 0; !over; n++) {
		const starts = n % 64 === 0;
		const said = starts
			? await settled(agent, '/v1/conversations', {},
				'{"category":"delivery.late"}')
			: await settled(agent, `/v1/conversations/${id}/turns`,
				{ 'If-Match': `"${version}"` },
				`{"signal":"${turns[n % turns.length]}"}`);

		if (!said)
			break;
		if (said.status !== (starts ? 201 : 200)) {
			wrong(`turn ${version}: ${said.status} ${said.body}`.slice(0, 400));
			break;
		}
		const now = Number(said.headers.etag?.replaceAll('"', ''));

		if (starts)
			id = said.headers.location.split('/').at(-1);
		if (now !== (starts ? 1 : version + 1))
			wrong(`${id}: version ${now} after ${version}`);
		version = now;
		acked.write(`${id} ${version}\n`);
		seen.acked++;
		seen.replayed += said.headers['idempotency-replayed'] === 'true';
		gap = Math.max(gap, performance.now() - last);
		seen.gap_ms = Math.max(seen.gap_ms, gap);
		last = performance.now();
		ready();
	}
	agent.destroy();
	working--;
}

async function read(nth, ready) {
	const agent = new Agent({ keepAlive: true, maxSockets: 1 });

	for (let n = nth; !over; n++) {
		const start = performance.now();
		const said = await ask(agent, bases[n % bases.length], 'GET',
			'/v1/next?category=delivery.late&stage=validate', {});

		seen.lookups++;
		if (said?.status !== 200) {
			seen.failed++;
			wrong(`look-up: ${said?.status ?? 'no answer'}`);
		}
		seen.lookup_ms = Math.max(seen.lookup_ms, performance.now() - start);
		ready();
		await rest(number('LOOK_EVERY', 2));
	}
	agent.destroy();
	working--;
}

const once = (count, then) => () => {
	if (--count === 0)
		then();
};
const ready = once(writers + readers, () => console.log('ready'));

process.on('SIGUSR2', () => {
	console.log(`gap ${Math.round(Math.max(gap, performance.now() - last))}`);
	gap = 0;
});
process.on('SIGTERM', () => { over = performance.now(); });
last = performance.now();
for (let n = 0; n < writers; n++)
	void write(once(1, ready));
for (let n = 0; n < readers; n++)
	void read(n, once(1, ready));
while (!over || working > 0)
	await rest(50);
acked.end(() => {
	for (const name of ['worst_ms', 'gap_ms', 'lookup_ms'])
		seen[name] = Math.round(seen[name]);
	console.log(JSON.stringify(seen));
	process.exit(seen.wrong.length > 0 ? 1 : 0);
});
