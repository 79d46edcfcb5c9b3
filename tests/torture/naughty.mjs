// naughty.mjs - texts that have broken other programs, in every string of every
// request.
//
//	KEY=... node naughty.mjs BASE MODULES
//
// MODULES has big-list-of-naughty-strings.  ${SLOTS} and ${STRINGS} say how many
// fields and texts there are at most.  Prints a line of JSON with what was
// counted; each finding is a line on standard error, and makes the status 1.
import { createRequire } from 'node:module';

import { World, each, slots, some } from './fields.mjs';

const [base, modules] = process.argv.slice(2);
const key = process.env.KEY;
const list = createRequire(`${modules}/`)('big-list-of-naughty-strings');
const number = (name) => Number(process.env[name] ?? 1e6);
const count = { fields: 0, strings: 0, requests: 0, kept: 0, filled: 0,
	worst_ms: 0 };
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
let shown = 0;

function finding(what, name, text, ...more) {
	if (++shown <= 40)
		console.error(what, name, JSON.stringify(text), ...more);
}

/* ---- whatever comes, the answer is whole ---- */

const problems = new Set(`${(await new World(base, key).wire.ask({ method: 'GET',
	path: '/problems' })).body}`.match(/\/problems\/[a-z-]+/g));

/** What is wrong with an answer, or null. */
function wrong({ status, headers, body }) {
	const text = utf8.decode(body), type = headers['content-type'] ?? '';

	if (status >= 500)
		return `${status} ${text}`;
	if (status >= 400) {
		const problem = JSON.parse(text);

		return type === 'application/problem+json' &&
			problems.has(problem.type) && problem.status === status
			? null : `${status} ${type} ${text}`;
	}
	if (type === 'application/json')
		JSON.parse(text);
	if (type === 'application/x-ndjson')
		text.split('\n').filter(Boolean).forEach((line) => JSON.parse(line));
	return status === 304 || type ? null : `${status} with no type`;
}

/** The next request of the connection gets the answer to it. */
async function marker(world) {
	const id = `marker-${count.requests}`;
	const got = await world.wire.ask({ method: 'GET', path: '/livez',
		headers: { 'X-Request-Id': id } });

	return got.status === 200 && got.headers['x-request-id'] === id;
}

async function offer(slot, world) {
	for (const text of strings) {
		try {
			await world.ready(slot.op);
			count.requests++;
			const got = await world.wire.ask(world.request(slot, text));
			const why = wrong(got);

			world.settled(slot.op, got);
			count.worst_ms = Math.max(count.worst_ms, Math.ceil(got.ms));
			if (why)
				finding('answer', slot.name, text, why);
			if (!await marker(world))
				finding('marker', slot.name, text);
		} catch (error) {
			finding('none', slot.name, text, error.message);
			world.wire.close();
		}
	}
}

/* ---- what is given back is what was sent ---- */

const line = (text) => /^[^\p{Cc}]{1,200}$/u.test(text);
const controlButBreaks = /(?![\n\r\t])\p{Cc}/u;
// A value's blanks become one; it must say something, in its own direction.
const value = (text) => text.replace(/[\p{Zs}\u200b\u2028\u2029\u2060\ufeff]+/gu,
	' ').replace(/^ | $/g, '');
const fits = (text) => line(value(text)) && /[^\p{P} ]/u.test(value(text)) &&
	!/[\u202a-\u202e\u2066-\u2069]/u.test(text);

/** A line with a value in place of Qqqqq; before a mark it loses its own. */
const fill = (text, name) => text.replace(/Qqqqq([.!?,;:]?)/g, (_, mark) =>
	(mark ? name.replace(/(?<=.)[.!?,;:]+$/u, '') : name) + mark);

function same(what, text, got, wanted) {
	if (got !== wanted)
		finding(what, '', text, 'is', got, 'not', wanted);
}

/** The first line of a step that says a name. */
async function said(world, name) {
	const body = { category: 'delivery.late', stage: 'thank', signal: 'satisfied',
		phrases: 10, values: { customer_name: name } };
	const got = await world.ask('POST', '/v1/next', body);

	return got.status === 200 ? JSON.parse(got.body).say.map(({ text }) => text)
		: [got.status];
}

async function giveBack(text, world) {
	const subject = `s-${text}`;
	const got = await world.ask('POST', '/v1/conversations', {
		category: 'delivery.late', ref: text, subject });

	same('kept', text, got.status, line(text) && line(subject) ? 201 : 422);
	if (got.status === 201) {
		const { conversation } = JSON.parse(got.body);
		const found = await world.must('GET',
			`/v1/conversations?ref=${encodeURIComponent(text)}`);
		const turn = await world.must('POST',
			`/v1/conversations/${conversation.id}/turns`, { signal: 'told',
				promise: { who: text, what: text,
					due: '2030-01-01T00:00:00Z' } });
		const [promise] = turn.conversation.promises;

		for (const one of [conversation.ref, promise.who, promise.what,
			...found.items.map(({ ref }) => ref)])
			same('ref', text, one, text);
		same('found', text, found.items.length > 0, true);
		same('subject', text, conversation.subject, subject);
		count.kept++;
	}
	const lines = await said(world, text);
	const wanted = (await said(world, fits(text) ? 'Qqqqq' : ''))
		.map((one) => fill(one, value(text)));

	if (typeof lines[0] === 'string')
		same('value', text, JSON.stringify(lines), JSON.stringify(wanted));
	else
		same('value refused', text, fits(text), false);
	count.filled += lines.join() !== unfilled;
	const draft = `${text} Calm down.`;
	const check = await world.ask('POST', '/v1/check', { text: draft });

	if (controlButBreaks.test(text))
		return same('draft', text, check.status, 422);
	same('offset', text, JSON.parse(check.body).matches.some((match) =>
		draft.startsWith('Calm down', match.offset)), true);
}

const unfilled = (await said(new World(base, key), '')).join();
const targets = some(slots(), number('SLOTS'));
const strings = some(list, number('STRINGS'));

count.fields = targets.length;
count.strings = strings.length;
await each(targets, base, key, 6, offer);
await each(strings, base, key, 6, giveBack);
console.log(JSON.stringify(count));
process.exitCode = shown > 0 ? 1 : 0;
