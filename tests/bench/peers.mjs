// peers.mjs - what people would use in this service's place, each with the same
// content and, where it can, the same body.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

const { BASE, SERVER, ROOM, BUILD, DATABASE, MODULES } = process.env;
export const query = { category: 'delivery.late', stage: 'validate' };
export const path = `/v1/next?${new URLSearchParams(query)}`;
const children = new Set();

process.on('exit', () => children.forEach((child) => child.kill('SIGTERM')));

const freePort = () => new Promise((resolve) => {
	const server = createServer().listen(0, '127.0.0.1', () => {
		const { port } = server.address();

		server.close(() => resolve(port));
	});
});

const graphql = JSON.stringify({ query: `{ allPhrases(first: 3, condition: {
	category: "${query.category}", stage: "${query.stage}" })
	{ nodes { id text tone lo hi } } }` });

/** In nginx's words a text of one's own: quotes, backslashes, no variables. */
const quoted = (text) => `'${text.replace(/[\\']/g, '\\$&')
	.replaceAll('$', '${dollar}')}'`;

function nginx(port) {
	const conf = `${ROOM}/nginx-${port}`;
	const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
		.map((what) => `${what}_temp_path ${ROOM}/nginx-${what};`).join(' ');

	writeFileSync(conf, `daemon off; worker_processes 1; master_process off;
pid ${conf}.pid; error_log ${conf}.log; events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; ${temporary}
geo $dollar { default "$"; }
server { listen 127.0.0.1:${port} backlog=1024; location / {
	default_type application/json;
	return 200 ${quoted(readFileSync(`${ROOM}/body`, 'utf8'))}; } } }\n`);
	return ['nginx', '-c', conf, '-e', `${conf}.log`];
}

const node = (name) => [process.execPath, `tests/bench/peers/${name}.mjs`];
const serve = (port, ...more) => [process.env.EVENKEEL, 'serve', '--log', 'off',
	'--listen', `127.0.0.1:${port}`, ...more];

export const evenkeel = { name: 'evenkeel', command: serve };
export const peers = [
	evenkeel,
	{ name: 'nginx', command: nginx },
	{ name: 'libmicrohttpd', command: (port) =>
		[`${BUILD}/tests/bench/bare`, String(port), `${ROOM}/body`] },
	{ name: 'fastify', command: () => node('memory') },
	{ name: 'fastify+pg', command: () => node('table') },
	{ name: 'postgraphile', command: () => node('graph'),
	  path: '/graphql', post: graphql },
];

/** The one that bench.sh has started already. */
export const running = () => ({ name: 'evenkeel', pid: Number(SERVER),
	url: BASE + path });

/**
 * A peer that answers.  ms is how long that took; ${under} is what to run it
 * with, such as valgrind.
 */
export async function start({ name, command, path: where = path, post },
	under = [], ready = where) {
	const port = await freePort();
	const [program, ...args] = [...under, ...command(port)];
	const began = performance.now();
	const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'],
		env: { ...process.env, PORT: port, ANSWER: `${ROOM}/answer.json`,
			DATABASE, MODULES, NODE_ENV: 'production' } });
	const base = `http://127.0.0.1:${port}`;

	children.add(child);
	for (;;) {
		const answer = await fetch(base + ready, post ? { method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: post } : {}).catch(() => null);

		if (answer?.ok)
			break;
		if (performance.now() - began > 60_000)
			throw new Error(`${name} does not answer: ${answer?.status}`);
		await new Promise((resolve) => setTimeout(resolve, 1));
	}
	return { name, post, pid: child.pid, url: base + where, child,
		ms: performance.now() - began };
}

export async function stop({ child }) {
	const gone = new Promise((resolve) => child.once('exit', resolve));

	child.kill('SIGTERM');
	await gone;
	children.delete(child);
}

