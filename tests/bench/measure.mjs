// measure.mjs - a load on a server, and what it costs that one.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const { ROOM } = process.env;
const run = promisify(execFile);

writeFileSync(`${ROOM}/report.lua`, `
local body = os.getenv("POST")
if body then
	wrk.method = "POST"
	wrk.body = body
	wrk.headers["Content-Type"] = "application/json"
end
function done(summary, latency)
	local e = summary.errors
	io.write(string.format('{"requests":%d,"us":%d,"p50":%d,"p99":%d,"bad":%d}\\n',
		summary.requests, summary.duration, latency:percentile(50),
		latency:percentile(99),
		e.connect + e.read + e.write + e.status + e.timeout))
end\n`);

/** CPU seconds of a process so far. */
function cpuOf(pid) {
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
		.replace(/.*\) /, '').split(' ');

	return (Number(stat[11]) + Number(stat[12])) / 100;
}

/** What a process has in memory, in MiB. */
export function memoryOf(pid) {
	const kib = readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1];

	return kib / 1024;
}

/** So many connections that ask as fast as they get answers. */
export async function load(peer, clients, seconds) {
	const env = { ...process.env };

	if (peer.post)
		env.POST = peer.post;
	const before = cpuOf(peer.pid);
	const { stdout } = await run('wrk', ['-t1', `-c${clients}`, `-d${seconds}`,
		'-s', `${ROOM}/report.lua`, peer.url], { env });
	const cpu = cpuOf(peer.pid) - before;
	const r = JSON.parse(stdout.trim().split('\n').at(-1));

	return { peer: peer.name, clients, rate: 1e6 * r.requests / r.us,
		p50: r.p50 / 1000, p99: r.p99 / 1000, bad: r.bad,
		cpu: 1e6 * cpu / r.requests, requests: r.requests };
}

// Clearing memory counts as it does on a processor without "rep stosb", for
// callgrind would count each byte that this one instruction clears.
export const callgrind = ['env',
	'GLIBC_TUNABLES=glibc.cpu.x86_rep_stosb_threshold=1000000000', 'valgrind', '--quiet', '--tool=callgrind',
	'--instr-atstart=no', `--callgrind-out-file=${ROOM}/callgrind`];

/** User instructions a request, of a peer that runs under callgrind. */
export async function instructionsOf(peer) {
	const control = (...args) =>
		execFileSync('callgrind_control', [...args, String(peer.pid)],
			{ stdio: 'ignore' });

	await load(peer, 64, 1);
	control('--instr=on');
	control('--zero');
	const { requests } = await load(peer, 64, 3);

	control('--dump');
	const dump = readdirSync(ROOM).filter((f) => f.startsWith('callgrind.')).sort();
	const sum = readFileSync(`${ROOM}/${dump.at(-1)}`, 'utf8')
		.match(/^(?:totals|summary): (\d+)/m)[1];

	dump.forEach((f) => rmSync(`${ROOM}/${f}`));
	return sum / requests;
}

export const middle = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

/** What fn makes of each of so many rounds: its median, least and most. */
export function spread(rounds, fn) {
	const each = Array.from({ length: rounds }, (_, i) => fn(i));

	return { median: middle(each), least: Math.min(...each),
		most: Math.max(...each) };
}
