// browser.mjs - what tests in a browser share: Chromium, pages that are
// watched, axe, pictures, and a service that can be ended and begun again.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';

const { MODULES, BASE, PROGRAM, PICTURES, CHROMIUM } = process.env;
const need = createRequire(`${MODULES}/`);
const { chromium } = need('playwright-core');
const axe = need.resolve('axe-core/axe.min.js');

export const base = BASE;
mkdirSync(PICTURES, { recursive: true });

const browser = await chromium.launch({ executablePath: CHROMIUM,
	// Our own pages, in a container that may have no name spaces.
	args: ['--no-sandbox', '--disable-dev-shm-usage'] });
let failed = false;

/** Run body and print what came of it. */
export async function test(name, body) {
	try {
		await body();
		console.log(`ok ${name}`);
	} catch (error) {
		failed = true;
		console.log(`failed ${name}: ${error.message.replaceAll('\n', ' ')}`);
		console.error(error);
	}
}

export function same(got, wanted) {
	const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];

	if (a !== b)
		throw new Error(`${a}, not ${b}`);
}

export function check(condition, what) {
	if (!condition)
		throw new Error(what);
}

/**
 * A page of its own, watched: what it complains of, and whom it asks.  options:
 * width, height, dark, url (with no path it is at the service), allow: what it
 * may complain of.
 */
export async function open(path, { width = 400, height = 800, dark = false,
	allow = null, ...more } = {}) {
	const context = await browser.newContext({ colorScheme: dark ? 'dark'
		: 'light', viewport: { width, height },
	permissions: ['clipboard-read', 'clipboard-write'], ...more });
	const page = await context.newPage();
	const complaints = [], asked = new Set();

	page.setDefaultTimeout(15000);
	page.on('console', (message) => {
		if (['error', 'warning'].includes(message.type()) &&
		    !allow?.test(message.text()))
			complaints.push(message.text());
	});
	page.on('pageerror', (error) => complaints.push(error.stack));
	page.on('request', (request) =>
		asked.add(new URL(request.url()).origin));
	await page.goto(path.startsWith('/') ? base + path : path);
	return { page, context, complaints, asked,
		 async done() {
			await context.close();
			same(complaints, []);
		} };
}

/** No violation of WCAG 2.2 AA, as far as a program sees it. */
export async function accessible(page) {
	await page.evaluate(() => document.getAnimations().forEach((a) =>
		a.cancel()));
	// Our policy lets no script in: this one comes by the debugger.
	const session = await page.context().newCDPSession(page);
	const { readFileSync } = await import('node:fs');

	await session.send('Runtime.evaluate', {
		expression: readFileSync(axe, 'utf8') });
	const { violations } = await page.evaluate(() => axe.run({
		runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
	}));

	same(violations.map((v) => [v.id, v.nodes.map((n) =>
		n.target.join(' ')).slice(0, 4)]), []);
}

/** For people to look at. */
export function picture(page, name) {
	return page.screenshot({ path: `${PICTURES}/${name}.png`,
		fullPage: true });
}

/* ---- the service, ended and begun again at the same address ---- */

let child = null;
let pid = Number(process.env.SERVER);

const answers = async (path) => Boolean((await fetch(base + path)
	.catch(() => null))?.ok);

/** Until what happens; a look is all that can be had of another process. */
async function until(what) {
	for (let tries = 0; !await what(); tries++) {
		check(tries < 1000, 'the service does not begin or end');
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

export async function endService() {
	process.kill(pid, 'SIGTERM');
	await until(async () => !await answers('/livez'));
}

export async function beginService() {
	child = spawn('setpriv', ['--pdeathsig', 'TERM', PROGRAM, 'serve',
		...process.env.ARGS.split(' ').filter(Boolean)], { stdio: 'ignore',
		env: { ...process.env, EVENKEEL_LISTEN: new URL(base).host } });
	pid = child.pid;
	await until(() => answers('/readyz/write'));
}

/** The end of all tests. */
export async function finish() {
	await browser.close();
	if (child !== null)
		await endService();
	process.exit(failed ? 1 : 0);
}
