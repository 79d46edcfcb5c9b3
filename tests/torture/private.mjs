// private.mjs - send marks in every string of every request.
//
//	KEY=... node private.mjs BASE ROUND FILE
//
// A mark begins with "zqkept" where it is kept by contract, with "zqnote" where it
// is kept for ever, with "zqlogged" where it stands in the log, else with "zqsaid".
// ROUND is "here", which writes to FILE what was begun, or "away": then the
// database is, and what FILE says is asked about.  Prints each mark that is kept,
// and then a line of JSON: how many requests, by status.
import { readFileSync, writeFileSync } from 'node:fs';

import { World, slots } from './fields.mjs';

const [base, round, file] = process.argv.slice(2);
const kept = ['POST /v1/conversations body ref',
	'POST /v1/conversations body subject',
	'POST /v1/conversations/{id}/turns body promise/who',
	'POST /v1/conversations/{id}/turns body promise/what',
	'PATCH /v1/conversations/{id} body root_cause'];
const count = {};
const world = new World(base, process.env.KEY);
let marks = 0;

function texts(slot) {
	const what = kept.includes(slot.name) ? 'kept'
		: slot.name === 'POST /v1/keys body note' ? 'note'
			: slot.at === 'X-Request-Id' ? 'logged' : 'said';
	const mark = `zq${what}${round}${++marks}x`;

	if (what === 'kept' || what === 'note')
		console.log(mark);
	return [mark, `${mark} is still not here, you idiot! Calm down. My name is ` +
		`${mark}.`, `${mark}\u0001`, `"${mark}`, mark.repeat(300)];
}

async function ask(request) {
	const { status } = await world.wire.ask(request, 20_000);

	count[status] = (count[status] ?? 0) + 1;
	return { status };
}

/** The same request, but it cannot be read to its end, or not be believed. */
async function spoilt(request) {
	await ask({ ...request, body: request.body.slice(0, -1) });
	await ask({ ...request, body: `${request.body}x` });
	await ask({ ...request, headers: { ...request.headers,
		'Content-Type': 'text/plain' } });
	await ask({ ...request, headers: { ...request.headers,
		Authorization: 'Bearer ek_admin_zqsaid00_zqsaidzqsaid' } });
}

world.subject = 'zqkept-subject';
if (round === 'away')
	Object.assign(world, JSON.parse(readFileSync(file, 'utf8')));
// First of all what erases the examples' subject.
for (const slot of slots().sort((a, b) => (b.op.path === '/v1/erasures') -
	(a.op.path === '/v1/erasures')))
	for (const text of texts(slot)) {
		if (round === 'here')
			await world.ready(slot.op);
		const request = world.request(slot, text);

		if (slot.where === 'body' && slot.op.name !== 'POST /v1/erasures')
			await spoilt(request);
		world.settled(slot.op, await ask(request));
	}
if (round === 'here') {
	await world.begin();
	writeFileSync(file, JSON.stringify({ about: world.about,
		keyId: world.keyId }));
}
world.wire.close();
console.log(JSON.stringify(count));
