// hosts.mjs - the panel inside helpdesks, each played by the messages that it
// documents, and in pages of others; the service asks for keys.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

import { accessible, base, check, finish, open, picture, same, test }
	from './browser.mjs';

const { PARENT, KEY, OTHER, READER, PROGRAM } = process.env;
const parent = `http://localhost:${PARENT}`;

const chatwoot = `
let conversation = 7, name = 'Ana Lopez';
window.asked = 0;
const tell = () => document.querySelector('iframe').contentWindow.postMessage(
	JSON.stringify({ event: 'appContext', data: {
		conversation: { id: conversation, messages: [],
			meta: { sender: { id: 3, name } } },
		contact: { id: 3, name },
		currentAgent: { id: 5, name: 'Bo Tran', email: 'bo@x.test' } } }), '*');
window.other = () => { conversation = 8; name = 'Cy'; tell(); };
addEventListener('message', (event) => {
	if (event.data === 'chatwoot-dashboard-app:fetch-info') {
		window.asked++;
		tell();
	}
});`;

const zendesk = `
window.inserted = [];
addEventListener('message', (event) => {
	const { key, id, request, params, appGuid } = JSON.parse(event.data);
	const say = (message) => event.source.postMessage(
		JSON.stringify({ ...message, appGuid }), event.origin);
	const known = { 'ticket.id': 42, 'ticket.requester.name': 'Ana Lopez',
		'currentUser.name': 'Bo Tran' };

	if (key === 'iframe.handshake')
		say({ key: 'zaf.app.registered',
			message: { metadata: {}, context: { location: 'ticket_sidebar' } } });
	else if (request === 'get')
		say({ id, result: Object.fromEntries(params.map((p) => [p, known[p]])) });
	else if (request === 'invoke') {
		window.inserted.push(params);
		say({ id, result: {} });
	}
});`;

const page = (title, body) => `<!doctype html><html lang="en"><title>${title}`
	+ `</title>${body}</html>`;
const frame = (query) => `<iframe title="Evenkeel" width="380" height="900" `
	+ `src="${base}/panel${query}"></iframe>`;

const pages = {
	'/chatwoot': () => page('Chatwoot', frame('?category=delivery.late')
		+ `<script>${chatwoot}</script>`),
	'/zendesk': () => page('Zendesk', frame('?category=delivery.late&origin='
		+ `${encodeURIComponent(parent)}&app_guid=guid-1`)
		+ `<script>${zendesk}</script>`),
	'/page': () => page('A page', `<script type="module" src="${base}`
		+ '/web/evenkeel-panel.js"></script>'
		+ `<evenkeel-panel key="${KEY}" category="delivery.late" insert `
		+ `values='{"customer_name": "Ana"}'></evenkeel-panel>`),
};
const example = (name) => readFileSync(`tests/examples/${name}`, 'utf8');

pages['/example/page.html'] = () => example('page.html').replace('<html ',
	`<html data-base="${base}" data-key="${READER}" `);
pages['/example/page.js'] = () => example('page.js');

const server = createServer((request, response) => {
	const made = pages[new URL(request.url, parent).pathname];

	response.writeHead(made ? 200 : 404, { 'Content-Type':
		request.url.endsWith('.js') ? 'text/javascript'
			: 'text/html; charset=utf-8' });
	response.end(made ? made() : '');
});

await new Promise((resolve) => server.listen(PARENT, resolve));

const at = (where, name) => where.locator('.title strong').filter({
	hasText: new RegExp(`^${name}$`) }).waitFor();

async function begin(where) {
	await where.locator('#category').waitFor();
	await where.getByRole('button', { name: 'Start' }).click();
	await at(where, 'Prepare');
}

/** From the first step to the end of the contact. */
async function lead(where) {
	for (const [signal, next] of [['angrier', 'Listen'], ['told', 'Restate'],
		['confirms', 'Validate'], ['calmer', 'Apologize'],
		['angrier', 'Validate'], ['calmer', 'Clarify'],
		['next', 'Propose'], ['accepts', 'Agree'], ['next', 'Resolve'],
		['next', 'Thank and close'], ['next', 'Closed']]) {
		await (signal === 'next' ? where.locator('.go')
			: where.locator(`[data-signal=${signal}]`)).click();
		await at(where, next);
	}
}

async function giveKey(where, key = KEY) {
	await where.getByLabel('API key').fill(key);
	await where.getByRole('button', { name: 'Use it' }).click();
}

const allow = /401|403|favicon|404/;

await test('asks_for_a_key_and_keeps_it_for_the_session', async () => {
	const { page, done } = await open('/panel?category=delivery.late',
		{ allow: /401|Applying inline style/ });

	await page.getByLabel('API key').waitFor();
	await accessible(page);
	await picture(page, 'key');
	await giveKey(page, 'ek_agent_wrong');
	await page.getByRole('alert').filter({ hasText: /key/i }).waitFor();
	await giveKey(page);
	await page.locator('#category').waitFor();
	same(await page.evaluate(() => [localStorage.length,
		sessionStorage.length, document.cookie]), [0, 1, '']);
	await page.reload();
	await begin(page);
	await done();
});

await test('goes_on_with_another_key', async () => {
	const { page, done } = await open('/panel?category=delivery.late',
		{ allow: /401|Applying inline style/ });

	await giveKey(page, OTHER);
	await begin(page);
	await page.getByLabel('Your reply').fill('Thank you for telling me.');
	execFileSync(PROGRAM, ['key', 'revoke', OTHER.split('_')[2]]);
	for (;;) {
		const { status } = await fetch(`${base}/v1/stages`,
			{ headers: { Authorization: `Bearer ${OTHER}` } });

		if (status === 401)
			break;
	}
	await page.locator('[data-signal=angrier]').click();
	await giveKey(page);
	await at(page, 'Prepare');
	same(await page.getByLabel('Your reply').inputValue(),
		'Thank you for telling me.');
	await page.locator('[data-signal=angrier]').click();
	await at(page, 'Listen');
	await done();
});

await test('says_what_a_key_may_not', async () => {
	const { page, done } = await open('/panel?category=delivery.late',
		{ allow });

	await giveKey(page, READER);
	await page.getByRole('alert').filter({ hasText: /agent/ }).waitFor();
	await page.getByLabel('API key').waitFor();
	await done();
});

await test('works_in_chatwoot', async () => {
	const { page, done } = await open(`${parent}/chatwoot`,
		{ allow: /401|403|404|Applying inline style/ });
	const panel = page.frameLocator('iframe');

	await giveKey(panel);
	await begin(panel);
	same(await page.evaluate(() => window.asked), 1);
	await panel.getByRole('button', { name: /^Go on/ }).click();
	await at(panel, 'Open');
	for (let i = 0; i < 6 && !/Ana/.test(await panel.locator('.line')
		.textContent()); i++)
		await panel.getByRole('button', { name: /Other wording/ }).click();
	check(/Ana\b(?! Lopez)/.test(await panel.locator('.line').textContent()),
		'the name is not known');
	await picture(page, 'chatwoot');
	// Another conversation is another one.
	await page.evaluate(() => window.other());
	await begin(panel);
	// And the first is found again.
	await page.reload();
	await giveKey(panel);
	await at(panel, 'Open');
	await lead(panel);
	await done();
});

await test('works_in_zendesk', async () => {
	const { page, done } = await open(`${parent}/zendesk`, { allow });
	const panel = page.frameLocator('iframe');

	await giveKey(panel);
	await begin(panel);
	await panel.getByRole('button', { name: /^Go on/ }).click();
	await at(panel, 'Open');
	const text = await panel.locator('.line').textContent();

	await panel.getByRole('button', { name: /Insert/ }).click();
	await page.waitForFunction(() => window.inserted.length > 0);
	same(await page.evaluate(() => window.inserted),
		[{ 'ticket.editor.insert': [text] }]);
	await picture(page, 'zendesk');
	await lead(panel);
	await done();
});

await test('stays_out_of_other_frames', async () => {
	const { page, context } = await open('about:blank');
	const strange = createServer((request, response) => {
		response.writeHead(200, { 'Content-Type': 'text/html' });
		response.end(pages['/chatwoot']());
	});

	await new Promise((resolve) => strange.listen(0, resolve));
	await page.goto(`http://localhost:${strange.address().port}/`);
	await page.waitForLoadState('load');
	same(await page.frameLocator('iframe').locator('evenkeel-panel').count(),
		0);
	same(await page.evaluate(() => window.asked), 0);
	await context.close();
	strange.close();
});

await test('works_in_a_page_of_another_origin', async () => {
	const { page, done } = await open(`${parent}/page`, { allow });

	await begin(page);
	await page.evaluate(() => document.addEventListener('evenkeel-insert',
		(event) => {
			window.text = event.detail.text;
		}));
	await page.getByRole('button', { name: /^Go on/ }).click();
	await at(page, 'Open');
	await page.getByRole('button', { name: /Insert/ }).click();
	same(await page.evaluate(() => window.text),
		await page.locator('.line').textContent());
	await lead(page);
	await done();
});

await test('lets_a_page_fetch', async () => {
	const { page, done } = await open(`${parent}/example/page.html`,
		{ allow });
	const say = page.locator('#say');

	await say.filter({ hasText: ' ' }).waitFor();
	const first = await say.textContent();

	await page.getByRole('button', { name: 'Angrier' }).click();
	await page.waitForFunction((before) =>
		document.querySelector('#say').textContent !== before, first);
	await done();
});

await test('has_a_demonstration', async () => {
	const { page, done } = await open('/panel/demo', { width: 1100,
		allow: /401|403|Applying inline style/ });

	await giveKey(page);
	await begin(page);
	await page.getByRole('button', { name: /^Go on/ }).click();
	await at(page, 'Open');
	await page.getByRole('button', { name: /Insert/ }).click();
	same(await page.locator('#answer').inputValue(),
		await page.locator('.line').textContent());
	await accessible(page);
	await picture(page, 'demo');
	await done();
});

server.close();
await finish();
