// bench.mjs - this service and its peers in turns; see bench.sh.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { promisify } from 'node:util';

import { callgrind, instructionsOf, load, memoryOf, middle, spread } from './measure.mjs';
import { evenkeel, path, peers, query, running, start, stop } from './peers.mjs';
import { draw } from './plot.mjs';

const { BASE, ROOM, BUILD } = process.env;
const seconds = Number(process.env.SECONDS_EACH ?? 3);
const rounds = Number(process.env.ROUNDS ?? 3);
const many = Number(process.env.PHRASES ?? 1_000_000);
const run = promisify(execFile);
const CLIENTS = 64;
const sweep = [1, 8, 64, 127, 128, 129, 256, 384, 512];
const results = [], goals = [];
const short = (n) => n >= 100 ? n.toFixed(0) : n.toPrecision(3);

/** A goal of ours, and whether it is met: at least that, or at most. */
function goal(what, is, least, most) {
	const met = least === undefined ? is <= most : is >= least;

	goals.push({ what, is, least, most, met });
	console.log(`${met ? 'met   ' : 'missed'} ${what}: ${short(is)} (goal: `
		+ `${least === undefined ? `at most ${most}` : `at least ${least}`})`);
}

async function measure(part, round, peer, clients, forSeconds) {
	const result = await load(peer, clients, forSeconds);

	if (result.bad > 0)
		console.log(`${peer.name}: ${result.bad} of ${result.requests} went wrong`);
	results.push({ part, round, ...result });
}

const of = (part, peer, clients, field) => (round) => results.find((r) =>
	r.part === part && r.round === round && r.peer === peer &&
	r.clients === clients)[field];
const median = (...what) => spread(rounds, of(...what)).median;

/** What was measured of two, as a ratio in each round. */
const ratio = (field, [part, a, n], [part2, b, m]) => spread(rounds, (i) =>
	of(part, a, n, field)(i) / of(part2, b, m, field)(i));

// ---- P1, P2: beside others --------------------------------------------------

async function besideOthers(all) {
	for (const peer of all)
		await load(peer, CLIENTS, 1);		// warm
	for (let round = 0; round < rounds; round++)
		for (const peer of all)
			await measure('beside', round, peer, CLIENTS, seconds);

	console.log('\n| | requests/s | p50 ms | p99 ms | CPU us each | we answer '
		+ '| and use of its CPU |\n| --- | --- | --- | --- | --- | --- | --- |');
	for (const { name } of all) {
		const us = ['beside', 'evenkeel', CLIENTS], it = ['beside', name, CLIENTS];
		const rate = ratio('rate', us, it), cpu = ratio('cpu', us, it);

		console.log(`| ${name} | ${median(...it, 'rate').toFixed(0)} | `
			+ `${short(median(...it, 'p50'))} | ${short(median(...it, 'p99'))} | `
			+ `${short(median(...it, 'cpu'))} | ${short(rate.median)}x `
			+ `(${short(rate.least)} to ${short(rate.most)}) | `
			+ `${short(cpu.median)}x |`);
	}
	console.log('');
}

function lookUpGoals() {
	const us = ['beside', 'evenkeel', CLIENTS];
	const to = (field, name) => ratio(field, us, ['beside', name, CLIENTS]).median;
	const at = (n) => ratio('rate', ['sweep', 'evenkeel', n], ['sweep', 'nginx', n]).median;
	const busy = (n) => ratio('rate', ['sweep', 'evenkeel', n],
		['sweep', 'evenkeel', CLIENTS]).median;

	goal('P1 look-ups at 64 connections, of nginx', to('rate', 'nginx'), 1);
	goal('P1 the least of 128 to 512, of nginx',
		Math.min(...[128, 256, 384, 512].map(at)), 0.9);
	goal('P1 CPU of a look-up, of nginx', to('cpu', 'nginx'), undefined, 1.1);
	goal('P2 look-ups, of Fastify from memory', to('rate', 'fastify'), 4);
	goal('P2 look-ups, of Fastify + pg', to('rate', 'fastify+pg'), 10);
	goal('P2 look-ups, of PostGraphile', to('rate', 'postgraphile'), 25);
	goal('P2 p99, of Fastify from memory', to('p99', 'fastify'), undefined, 0.25);
	goal('P7 the least of 127 to 512 busy connections, of 64',
		Math.min(...sweep.filter((n) => n > CLIENTS).map(busy)), 0.8);
}

async function instructions() {
	const each = {};

	for (const peer of peers.slice(0, 3)) {
		const it = await start(peer, callgrind);

		each[peer.name] = Math.round(await instructionsOf(it));
		await stop(it);
	}
	console.log(`user instructions a look-up: ${JSON.stringify(each)}`);
	goal('P1 user instructions of a look-up, in thousands',
		each.evenkeel / 1000, undefined, 11);
	return each;
}

// ---- P4, P5, P6, P8: other programs ------------------------------------------

async function durableTurns() {
	const batch = `${BUILD}/tests/bench/batch`;
	const times = [String(seconds), String(rounds)];
	const said = (await run(batch, times)).stdout
		+ (await run(batch, [...times, 'slow'])).stdout;
	const is = (what) => Number(said.match(new RegExp(`^${what.replace(': ',
		': ([0-9.]+)x ')}$`, 'm'))[1]);

	console.log(`\n${said}`);
	goal('P4 turns of 64 clients, of pgbench', is("turns,  64 clients: pgbench's throughput"), 3);
	goal('P4 of the best pgbench', is("turns,  64 clients: pgbench's best"), 2);
	goal('P4 p99 of 64 clients, of pgbench', is("turns,  64 clients: pgbench's p99"), undefined, 0.3);
	goal('P5 turns of 8 clients, of pgbench', is("turns,   8 clients: pgbench's throughput"), 1.2);
	goal('P5 turns of 1 client, of pgbench', is("turns,   1 clients: pgbench's throughput"), 0.8);
	goal('P5 turns of 256 clients, of our 64', is('turns, 256 clients: our own 64'), 1.1);
	goal('P6 with flushes of 1 ms more, of pgbench', is("slow turns,  64 clients: pgbench's throughput"), 2);
	return said;
}

async function words() {
	const { stdout } = await run(`${BUILD}/tests/bench/words`, []);

	console.log(`\n${stdout}`);
	goal('P8 check of 200 words, us', Number(stdout.match(/200 words.*?([0-9.]+) us/)[1]),
		undefined, 100);
}

async function idle() {
	const times = [], memory = [];

	for (let n = 0; n < 5; n++) {
		const it = await start(evenkeel, [], '/readyz');

		times.push(it.ms);
		memory.push(memoryOf(it.pid));
		await stop(it);
	}
	goal('P8 from start to ready, ms', middle(times), undefined, 50);
	goal('P8 memory when idle, MiB', middle(memory), undefined, 12);
}

// ---- P3: a million phrases -----------------------------------------------------

/** ours holds the library that ships: it reads nothing until there is news. */
async function million(ours) {
	const text = (await run('tests/bench/million.sh', [String(many)])).stdout.trim();
	const big = { ...await start(evenkeel, [], '/readyz'), name: 'million' };
	const memory = memoryOf(big.pid);

	goal('P3 load of 1,000,000 phrases, s', big.ms / 1000, undefined, 5);
	goal('P3 memory, of the text', memory * 1048576 / Number(text), undefined, 1.3);
	await load(big, CLIENTS, 1);
	for (let round = 0; round < rounds; round++)
		for (const peer of [ours, big])
			await measure('million', round, peer, CLIENTS, seconds);
	goal('P3 look-ups in 1,000,000 phrases, of those in 2,080',
		ratio('rate', ['million', 'million', CLIENTS],
			['million', 'evenkeel', CLIENTS]).median, 0.95);
	process.kill(ours.pid);		// or it would load the next one as well
	await whileLoading(big);
	await stop(big);
}

const released = async (peer) =>
	(await (await fetch(new URL('/version', peer.url))).json()).release;

/** A release of as many phrases comes, and few connections go on asking. */
async function whileLoading(big) {
	const FEW = 8, worst = [];
	const before = await load(big, FEW, seconds), old = await released(big);

	await run('psql', ['-qX', '-d', process.env.EVENKEEL_DATABASE_URL, '-c',
		`INSERT INTO evenkeel.release VALUES (${old + 1}, now(), 'bench', 'bench', 1, 1)`,
		'-c', `SELECT pg_notify('evenkeel_release', '${old + 1}')`]);
	do {
		worst.push(await load(big, FEW, 1));
	} while (await released(big) === old && worst.length < 60);
	goal(`P3 p99 in the ${worst.length} s while they are loaded, of before`,
		Math.max(...worst.map(({ p99 }) => p99)) / before.p99, undefined, 2);
	goal('P3 look-ups that failed meanwhile',
		worst.reduce((sum, { bad }) => sum + bad, 0), undefined, 0);
}

// ---- the run -------------------------------------------------------------------

const began = performance.now();
const answer = await (await fetch(BASE + path)).text();

writeFileSync(`${ROOM}/body`, answer);
writeFileSync(`${ROOM}/answer.json`, JSON.stringify({ query, body: answer }));
const ours = running(), all = [ours];

for (const peer of peers.slice(1))
	all.push(await start(peer));
console.log(`${cpus()[0].model}, ${cpus().length} cores; ${answer.length} `
	+ `bytes a look-up; ${CLIENTS} connections; ${rounds} rounds of ${seconds} s`);
await besideOthers(all);
for (let round = 0; round < rounds; round++)
	for (const clients of sweep)
		for (const peer of all.slice(0, 2))
			await measure('sweep', round, peer, clients, Math.max(1, seconds - 1));
lookUpGoals();
for (const peer of all.slice(1))
	await stop(peer);
const counted = await instructions();

await idle();
await words();
const turns = await durableTurns();

await million(ours);
console.log(`\n${goals.filter(({ met }) => met).length} of ${goals.length} goals `
	+ `met; ${((performance.now() - began) / 60_000).toFixed(1)} minutes`);
writeFileSync(`${BUILD}/bench.json`, `${JSON.stringify({ seconds, rounds,
	cpu: cpus()[0].model, results, instructions: counted, turns, goals }, null, 1)}\n`);
writeFileSync(`${BUILD}/bench.svg`, draw(sweep, ['evenkeel', 'nginx'],
	(name, clients, field) => median('sweep', name, clients, field)));
process.exit(0);
