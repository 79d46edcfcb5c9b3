// injection.mjs - SQL in every string of every request.
//
//	[KEY=...] node injection.mjs BASE
//
// Each payload is followed by a text of the same shape that means nothing to a
// database: the answers must be alike.  ${SLOTS} and ${PAYLOADS} say how many of
// each there are at most.  Prints a line of JSON with what was counted; each
// finding is a line on standard error, and makes the status 1.
import { each, slots, some } from './fields.mjs';

const [base] = process.argv.slice(2);
const number = (name, standard) => Number(process.env[name] ?? standard);
const sleep = 1.5, slow = 1200;	// s, ms; a statement may take 2 s

const breakouts = ['', '\'', '"', '\')', '\'))', '\\\'', '\u02bc', '$$', '1'];
const bodies = [
	' OR \'1\'=\'1\'--', ' OR 1=1-- -', ' AND 1=CAST(version() AS int)--',
	' UNION SELECT current_user,2,3--', ' UNION ALL SELECT NULL,NULL,NULL--',
	'; DROP TABLE evenkeel.conversation CASCADE;--',
	'; UPDATE evenkeel.api_key SET role=4;--', '; DELETE FROM evenkeel.turn--',
	'; CREATE TABLE evenkeel.zz(i int);--', '; COPY (SELECT 1) TO PROGRAM \'id\'--',
	`||pg_sleep(${sleep})||'`, `; SELECT pg_sleep(${sleep})--`,
	` AND 1=(SELECT 1 FROM pg_sleep(${sleep}))--`,
];
const others = ['\'', '"', '\\', '--', '/*', '*/', ';', '$1', '$$', '%', '_',
	'{evenkeel}', '(1,2)', 'NULL', '\'::regclass', 'E\'\\x27\'', '%27',
	'\'||chr(65)||\'', 'evenkeel.conversation', '\\copy', ':x', '&', '|', '!', '<->',
	'a & | b', '\' & \'', ':*'];
const payloads = [...breakouts.flatMap((a) => bodies.map((b) => a + b)), ...others];

// What PostgreSQL and libpq say when they are unhappy.
const complaint = new RegExp(['syntax error at', 'SQLSTATE', 'ERROR: ', 'LINE \\d',
	'unterminated', 'invalid input syntax', 'does not exist', 'operator',
	'violates', 'permission denied', 'PGRES', 'libpq', 'invalid byte sequence',
	'in tsquery', 'statement timeout'].join('|'), 'g');

/** As long, of the same shape, and where it would be sorted, but no SQL. */
const harmless = (text) => text.replaceAll('--', '..')
	.replace(/[a-yA-Y]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 1))
	.replace(/[0-9]/g, '7').replace(/[$<=>]/g, '+').replaceAll('|', '~')
	.replace(/['"\\;&:*%(){}]/g, '!');

/**
 * What sort of answer it is, whatever it holds.  A list has rows or none, but
 * where a text is sorted in or searched for.
 */
function kind({ status, headers, body }, { at }) {
	const type = headers['content-type'] ?? '';

	if (!type.includes('json') || type.includes('ndjson'))
		return `${status} ${type} ${body.length > 0}`;
	const value = JSON.parse(body);
	const rows = !['cursor', 'q'].includes(at) && value.items?.length > 0;

	return `${status} ${type} ${value.type} ${Object.keys(value).sort()} ${rows}`;
}

const complaints = ({ body }) => body.toString().match(complaint)?.length ?? 0;
const count = { slots: 0, payloads: 0, requests: 0, worst_ms: 0, server_errors: 0,
	hung: 0, unlike: 0, told: 0, slept: 0 };
let shown = 0;

function finding(what, slot, payload, ...more) {
	count[what]++;
	if (++shown <= 40)
		console.error(what, slot.name, JSON.stringify(payload), ...more);
}

/** The answer to one request, or null: that it has none is a finding. */
async function ask(slot, world, text, payload) {
	try {
		await world.ready(slot.op);
		count.requests++;
		const answer = await world.wire.ask(world.request(slot, text));

		world.settled(slot.op, answer);
		count.worst_ms = Math.max(count.worst_ms, Math.ceil(answer.ms));
		return answer;
	} catch (error) {
		finding('hung', slot, payload, error.message);
		world.wire.close();
		return null;
	}
}

/** It is not the machine that is busy: it takes that long each time. */
async function sleeps(slot, world, payload) {
	for (let i = 0; i < 3; i++)
		if ((await ask(slot, world, payload, payload))?.ms < slow)
			return false;
	return true;
}

async function attack(slot, world) {
	const like = new Map();

	for (const payload of chosen) {
		const twin = harmless(payload);
		const got = await ask(slot, world, payload, payload);

		if (!like.has(twin))
			like.set(twin, await ask(slot, world, twin, payload));
		const wanted = like.get(twin);

		if (!got || !wanted)
			continue;
		if (got.status >= 500)
			finding('server_errors', slot, payload, `${got.body}`);
		else if (kind(got, slot) !== kind(wanted, slot))
			finding('unlike', slot, payload, kind(got, slot), twin, kind(wanted, slot));
		if (complaints(got) > complaints(wanted))
			finding('told', slot, payload, `${got.body}`);
		if (got.ms > slow && await sleeps(slot, world, payload))
			finding('slept', slot, payload, Math.ceil(got.ms));
	}
}

const targets = some(slots(), number('SLOTS', 1e6));
const chosen = some(payloads, number('PAYLOADS', 1e6));

count.slots = targets.length;
count.payloads = chosen.length;
await each(targets, base, process.env.KEY, number('CREW', 6), attack);
console.log(JSON.stringify(count));
process.exitCode = shown > 0 ? 1 : 0;
