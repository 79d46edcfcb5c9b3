// mutate.mjs - so many requests that were bent, each on a connection of its own
// and with a good one behind it.
//
//	node tests/torture/mutate.mjs BASE COUNT [SEED]
//
// None may be answered with 5xx, what comes back must be whole answers of HTTP,
// and the end of what we send must be the end of the connection, in ${PATIENCE}.
import { connect } from 'node:net';
import { readFileSync } from 'node:fs';

const [base, count, seed = '1'] = process.argv.slice(2);
const { hostname, port } = new URL(base);
const PATIENCE = 30_000, AT_ONCE = 64;
const NL = '\r\n', HOST = `Host: ${hostname}${NL}`;
const GOOD = `GET /livez HTTP/1.1${NL}${HOST}Connection: close${NL}${NL}`;
const HIDDEN = `GET /livez HTTP/1.1${NL}${HOST}X-Request-Id: smuggled${NL}${NL}`;

/** Everybody's examples, as they would be sent. */
function examples() {
	const { paths } = JSON.parse(readFileSync('web/openapi.json'));
	const seeds = [];

	for (const [path, item] of Object.entries(paths))
		for (const [method, { requestBody }] of Object.entries(item)) {
			if (!/^(get|post|patch|delete|head|options|put)$/.test(method))
				continue;
			const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
			const example = content?.example ??
				Object.values(content?.examples ?? {})[0]?.value;
			const body = example === undefined ? ''
				: typeof example === 'string' ? example : JSON.stringify(example);

			seeds.push(`${method.toUpperCase()} ${path.replaceAll(/{\w+}/g, '1')}`
				+ `?category=delivery.late HTTP/1.1${NL}${HOST}Accept: */*${NL}`
				+ `Idempotency-Key: k${seeds.length}${NL}If-Match: "1"${NL}`
				+ (type ? `Content-Type: ${type}${NL}Content-Length: `
					+ `${Buffer.byteLength(body)}${NL}` : '') + NL + body);
		}
	return seeds;
}

const chunked = `POST /v1/next HTTP/1.1${NL}${HOST}Content-Type: application/json`
	+ `${NL}Transfer-Encoding: chunked${NL}${NL}`;
const seeds = [...examples(),
	`${chunked}1a${NL}{"category":"delivery.late"}${NL}0${NL}${NL}`,
	`${chunked}0${NL}${NL}${HIDDEN}`,
	`POST /v1/next HTTP/1.1${NL}${HOST}Content-Length: 0${NL}`
		+ `Content-Length: ${HIDDEN.length}${NL}${NL}${HIDDEN}`,
	`GET /livez HTTP/1.0${NL}${NL}`, `OPTIONS * HTTP/1.1${NL}${HOST}${NL}`,
].map((text) => Buffer.from(text));
const pieces = [NL, '\n', '\r', '\0', ' ', '\t', ':', '%00', '%', '\xff', '{', '"',
	'..', '//', '0', '-1', '4294967296', '99999999999999999999', 'chunked',
	`Transfer-Encoding: chunked${NL}`, `Content-Length: 5${NL}`, HOST, 'HTTP/1.1',
	`Expect: 100-continue${NL}`, ' HTTP/9.9', 'GET ', HIDDEN,
	'A'.repeat(300), `${NL}${NL}`].map((text) => Buffer.from(text, 'latin1'));

// A generator that begins where it is told to, so that a run can be repeated.
let state = BigInt(seed) * 2654435761n + 1n;
function below(n) {
	state = (state * 6364136223846793005n + 1442695040888963407n)
		& 0xffffffffffffffffn;
	return Number((state >> 33n) % BigInt(n));
}

function bent() {
	let text = seeds[below(seeds.length)];

	for (let n = 1 + below(4); n > 0; n--) {
		const at = below(text.length + 1), to = Math.min(text.length, at + below(24));
		const change = below(6);
		const middle = change === 0 ? Buffer.alloc(0)
			: change === 1 ? Buffer.concat([text.subarray(at, to), text.subarray(at, to)])
			: change === 2 ? Buffer.from([below(256)])
			: change === 3 ? seeds[below(seeds.length)].subarray(below(40), below(200))
			: pieces[below(pieces.length)];

		text = Buffer.concat([text.subarray(0, at), middle,
			text.subarray(change === 4 ? at : to)]);
	}
	return text;
}

const statuses = new Map();
let left = Number(count), bad = 0;

function complain(why, sent, got) {
	console.error(`${why}\nsent ${JSON.stringify(sent.toString('latin1'))}\n`
		+ `got ${JSON.stringify(got.toString('latin1').slice(0, 600))}`);
	if (++bad > 10)
		process.exit(1);
}

/** Are these whole answers, one behind the other?  Their statuses. */
function answers(got) {
	const found = [];

	for (let at = 0; at < got.length;) {
		const end = got.indexOf('\r\n\r\n', at, 'latin1');
		const head = got.toString('latin1', at, end);
		const status = head.match(/^HTTP\/1\.1 (\d{3}) /)?.[1];

		if (end < 0 || !status)
			return null;
		const length = head.match(/^content-length: *(\d+)/im)?.[1];
		const chunks = /^transfer-encoding:/im.test(head);

		found.push(status);
		at = end + 4;
		// To HEAD a length is told and nothing comes; a stream ends its own way.
		if (chunks)
			return found;
		if (length !== undefined && !got.subarray(at, at + 9).equals(Buffer.from('HTTP/1.1 ')))
			at += Number(length);
	}
	return found;
}

function one(nth) {
	return new Promise((resolve) => {
		const sent = Buffer.concat([bent(), Buffer.from(GOOD)]);
		const got = [];
		const socket = connect({ host: hostname, port, allowHalfOpen: true,
			localAddress: `127.0.0.${2 + nth}` });
		const done = (why) => {
			const all = Buffer.concat(got), said = answers(all);

			socket.destroy();
			said?.forEach((s) => statuses.set(s, (statuses.get(s) ?? 0) + 1));
			if (why)
				complain(why, sent, all);
			else if (!said)
				complain('no HTTP', sent, all);
			else if (said.some((s) => s >= 500 && s !== '501' && s !== '505'))
				complain('5xx', sent, all);
			resolve();
		};

		socket.setTimeout(PATIENCE, () => done('hung'));
		socket.on('data', (part) => got.push(part));
		socket.on('end', () => done());
		socket.on('error', (e) => (e.code === 'ECONNRESET' || e.code === 'EPIPE'
			? done() : done(e.code)));
		socket.end(sent);
	});
}

await Promise.all(Array.from({ length: AT_ONCE }, async (_, nth) => {
	while (left-- > 0)
		await one(nth);
}));
console.log(`${count} bent requests: ${[...statuses].sort()
	.map(([s, n]) => `${n} x ${s}`).join(', ')}; ${bad} bad`);
process.exit(bad > 0 ? 1 : 0);
