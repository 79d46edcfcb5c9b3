// flood.mjs - names and words that were chosen to meet in a hash table cost what
// others cost.
//
//	node flood.mjs BASE PID
//
// jansson's table is attacked as if its seed were 1, and ours (script/strtab.h)
// as they are.  Prints a line of JSON: how many times the processor's time of
// plain ones each takes.  ${BOUND} (6) is too much, and makes the status 1.
import { readFileSync, readdirSync } from 'node:fs';

import { Wire } from './wire.mjs';

const [base, pid] = process.argv.slice(2);
const bound = Number(process.env.BOUND ?? 6);
const rounds = Number(process.env.ROUNDS ?? 40);
const wire = new Wire(base);
const letters = 'abcdefghijklmnopqrstuvwxyz';

/** A word for each number, all of ${length} letters. */
function word(n, length) {
	let text = '';

	for (; text.length < length; n = Math.floor(n / 26))
		text += letters[n % 26];
	return text;
}

/** hashlittle() of Bob Jenkins' lookup3.c: its end, of at most 12 bytes. */
function lookup3(a, b, c) {
	const rot = (x, k) => x << k | x >>> 32 - k;

	c = (c ^ b) - rot(b, 14) | 0;
	a = (a ^ c) - rot(c, 11) | 0;
	b = (b ^ a) - rot(a, 25) | 0;
	c = (c ^ b) - rot(b, 16) | 0;
	a = (a ^ c) - rot(c, 4) | 0;
	b = (b ^ a) - rot(a, 14) | 0;
	return (c ^ b) - rot(b, 24) | 0;
}

/** ${n} names of six letters for one place of 8,192, were the seed 1. */
function places(n) {
	const start = 0xdeadbeef + 6 + 1 | 0, found = [];
	const heads = Array.from({ length: 26 ** 4 }, (_, i) => word(i, 4));
	const numbers = heads.map((head) => Buffer.from(head).readInt32LE());

	for (let tail = 0; found.length < n; tail++) {
		const last = Buffer.from(word(tail, 2)).readInt16LE();

		for (let i = 0; i < heads.length; i++)
			if ((lookup3(start + numbers[i] | 0, start + last | 0, start) &
			    8191) === 7)
				found.push(heads[i] + word(tail, 2));
	}
	return found.slice(0, n);
}

const mask = (1n << 64n) - 1n;
const k0 = 0xa0761d6478bd642fn, k1 = 0xe7037ed1a0b428dbn;
const fold = (x, k) => {
	const m = x * k;

	return (m ^ m >> 64n) & mask;
};

/** hash_bytes() of script/strtab.h, of at most 7 bytes. */
function ours(text) {
	const bytes = Buffer.alloc(8);

	bytes.write(text);
	return fold(fold(k1 ^ BigInt(text.length) ^ bytes.readBigUInt64LE(), k0) ^ k0,
		k1);
}

/** ${n} words of six letters for one place of 8,192 of ours. */
function alike(n) {
	const found = [];

	for (let i = 0; found.length < n; i++)
		if ((ours(word(i, 6)) & 8191n) === 7n)
			found.push(word(i, 6));
	return found;
}

/** A draft in which all runs of three words want one place of 8,192. */
function draft(n) {
	const places = new Map(), text = [];
	let a = 0n, b = 0n;

	for (let i = 0; places.size < 4096; i++) {
		const c = ours(word(i, 5));

		if ((c & 1n) === 1n)
			places.set(Number(c & 8191n), [word(i, 5), c]);
	}
	while (text.length < n) {
		const want = 8191n - ((a * 31n + b) * 0x9e3779b97f4a7c15n & 8191n);
		const [chosen, c] = places.get(Number(want | 1n));

		text.push(chosen);
		a = b;
		b = c;
	}
	return text;
}

const plain = (n, length) => Array.from({ length: n }, (_, i) =>
	word(i * 7919, length));
const post = (body) => ({ method: 'POST', path: '/v1/check',
	headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
const members = (names) => post({ text: 'x',
	...Object.fromEntries(names.map((name) => [name, 1])) });
const said = (words) => post({ text: words.slice(0, 4096).join(' '),
	said: [words.slice(4096).join(' ')] });
const query = (names) => ({ method: 'GET', path: '/v1/next?category=general&' +
	names.map((name) => `${name}=1`).join('&') });
const headers = (names) => ({ method: 'GET', path: '/livez',
	headers: Object.fromEntries(names.map((name) => [name, '1'])) });

const attacks = {
	members: [members, plain(5900, 6), places(5900)],
	words: [said, plain(10_600, 5), draft(10_600)],
	query: [query, plain(31, 6), alike(31)],
	headers: [headers, plain(60, 6), alike(60)],
};

/** Of the processor, in milliseconds, by all threads. */
const spent = () => readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum +
	Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8')
		.split(' ')[0]), 0) / 1e6;

async function cost(request) {
	const before = spent();

	for (let i = 0; i < rounds; i++)
		if ((await wire.ask(request)).status >= 500)
			throw new Error(`${request.path}: 5xx`);
	return (spent() - before) / rounds;
}

const ratios = {};

for (const [name, [make, usual, chosen]] of Object.entries(attacks)) {
	await cost(make(usual));
	const [plainly, flooded] = [await cost(make(usual)), await cost(make(chosen))];

	ratios[name] = Number((flooded / plainly).toFixed(2));
	if (process.env.VERBOSE)
		console.error(name, plainly, flooded);
	if (ratios[name] > bound)
		console.error(`${name}: ${plainly} ms, flooded ${flooded} ms`);
}
wire.close();
console.log(JSON.stringify(ratios));
process.exitCode = Object.values(ratios).some((ratio) => ratio > bound) ? 1 : 0;
