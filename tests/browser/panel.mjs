// panel.mjs - the panel, used as an agent does.
import { accessible, base, beginService, check, endService, finish, open,
	picture, same, test } from './browser.mjs';

const line = (page) => page.locator('.line');
const stage = (page) => page.locator('.title strong');
const at = (page, name) => stage(page).filter({ hasText: new RegExp(`^${name}$`) })
	.waitFor();
const react = (page, signal) => page.locator(`[data-signal=${signal}]`).click();
const angry = "Third time I write!! My parcel still isn't here and it was for "
	+ 'Monday. This is ridiculous.';

/** Begin a conversation about a late parcel. */
async function begin(page) {
	await page.locator('#category').selectOption('delivery.late');
	await page.getByRole('button', { name: 'Start' }).click();
	await at(page, 'Prepare');
}

/** From the first angry message to the follow-up, with one re-escalation. */
async function lead(page, name) {
	await page.getByLabel('The customer wrote').first().fill(angry);
	await page.locator('[data-category]').first().waitFor();
	await picture(page, `${name}-1-start`);
	await begin(page);
	// What they wrote is still there, and what it says is offered.
	await page.locator('[data-heard=angrier]').waitFor();
	await picture(page, `${name}-2-prepare`);
	await page.getByRole('button', { name: /^Go on/ }).click();
	await at(page, 'Open');
	const seen = new Set([await line(page).textContent()]);

	for (const [signal, next] of [['angrier', 'Listen'], ['told', 'Restate'],
		['confirms', 'Validate'], ['calmer', 'Apologize'],
		['angrier', 'Validate'], ['calmer', 'Clarify']]) {
		await react(page, signal);
		await at(page, next);
		const text = await line(page).textContent();

		check(!seen.has(text), `said twice: ${text}`);
		check(!/[{}[\]]/.test(text), `not finished: ${text}`);
		seen.add(text);
	}
	await picture(page, `${name}-3-clarify`);
	for (const next of ['Propose', 'Agree', 'Resolve', 'Thank and close',
		'Closed']) {
		await page.getByRole('button', { name: /^Go on/ }).click();
		await at(page, next);
	}
	await picture(page, `${name}-4-closed`);
	// The break comes after a hard one, and the follow-up is due by its date.
	await page.getByRole('button', { name: /^Go on/ }).click();
	await page.getByText('I am back').waitFor();
	await picture(page, `${name}-5-break`);
	await page.getByText('I am back').click();
	await page.getByRole('button', { name: 'All is well' }).click();
	await page.getByRole('button', { name: 'All is well' })
		.waitFor({ state: 'detached' });
	await picture(page, `${name}-6-end`);
}

await test('leads_through_at_320_pixels', async () => {
	const { page, done } = await open('/panel', { width: 320, height: 640 });

	await lead(page, 'narrow');
	same(await page.evaluate(() =>
		document.documentElement.scrollWidth > innerWidth), false);
	await done();
});

await test('leads_through_on_a_wide_screen_in_the_dark', async () => {
	const { page, done } = await open('/panel', { width: 1200, dark: true });

	await lead(page, 'wide-dark');
	await done();
});

await test('works_by_keyboard_alone', async () => {
	const { page, done } = await open('/panel');

	await page.locator('#category').waitFor();
	await page.keyboard.press('Tab');
	await page.keyboard.type('my parcel is late and nobody answers');
	await page.locator('[data-category]').first().waitFor();
	await page.locator('#category').focus();
	await page.keyboard.type('Late or');
	await page.keyboard.press('Enter');
	await page.getByRole('button', { name: 'Start' }).press('Enter');
	await at(page, 'Prepare');
	await page.locator('.line').focus();
	await page.keyboard.press('g');
	await at(page, 'Open');
	await page.keyboard.press('2');
	await at(page, 'Listen');
	const first = await line(page).textContent();

	await page.keyboard.press('w');
	check(await line(page).textContent() !== first, 'no other wording');
	await page.keyboard.press('3');
	await at(page, 'Restate');
	await page.keyboard.press('u');
	await at(page, 'Listen');
	await page.keyboard.press('c');
	await page.getByText('Copied').waitFor();
	same(await page.evaluate(() => navigator.clipboard.readText()),
		await line(page).textContent());
	// In a field a letter is a letter; Escape leads out of it.
	await page.keyboard.press('r');
	await page.keyboard.type('good');
	same(await page.getByLabel('Your reply').inputValue(), 'good');
	await at(page, 'Listen');
	await page.keyboard.press('Escape');
	await page.keyboard.press('3');
	await at(page, 'Restate');
	await done();
});

await test('fills_the_lines_as_one_types', async () => {
	const { page, context, done } = await open('/panel');

	await begin(page);
	await page.getByRole('button', { name: /^Go on/ }).click();
	await at(page, 'Open');
	await react(page, 'told');
	await at(page, 'Restate');
	await react(page, 'confirms');
	await at(page, 'Validate');
	let turns = 0;

	context.on('request', (request) => {
		if (request.url().endsWith('/turns'))
			turns++;
	});
	await page.locator('#value-due_date').fill('Friday');
	await line(page).filter({ hasText: 'Friday' }).waitFor();
	same(turns, 0);
	// What was typed stays known at the next stage.
	await react(page, 'calmer');
	await at(page, 'Apologize');
	same(await page.locator('#value-due_date').inputValue(), 'Friday');
	await done();
});

await test('marks_a_reply_and_words_it_better', async () => {
	const { page, done } = await open('/panel');

	await begin(page);
	const reply = page.getByLabel('Your reply');

	await reply.fill('Hi 🙂! Please calm down. I will call you at 4 pm.');
	await page.locator('mark').waitFor();
	same(await page.locator('mark').allTextContents(), ['calm down']);
	await page.locator('.found summary').click();
	await page.getByText('the feeling is the problem').waitFor();
	await picture(page, 'reply');
	await page.getByRole('button', { name: 'Use it' }).click();
	same(await reply.inputValue(), "Hi 🙂! I can hear how much this matters. "
		+ "I'm listening. I will call you at 4 pm.");
	await page.getByText('Nothing to mend.').waitFor();
	await done();
});

await test('offers_signals_and_never_acts_alone', async () => {
	const { page, done } = await open('/panel');

	await begin(page);
	await page.getByLabel('The customer wrote').last()
		.fill('I want to speak to your manager, you useless idiot!');
	await page.locator('[data-heard=abusive]').getByText('you decide')
		.waitFor();
	await at(page, 'Prepare');
	await page.locator('[data-heard=asks_manager]').click();
	await at(page, 'Hand over');
	await done();
});

await test('keeps_promises', async () => {
	const { page, done } = await open('/panel');

	await begin(page);
	await page.getByText('Promise something').click();
	await page.getByLabel('What', { exact: true }).fill('a call');
	await page.getByLabel('By when').fill('2099-01-01T10:00');
	await page.getByRole('button', { name: /^Go on/ }).click();
	await page.getByText('a call, by').waitFor();
	await page.getByRole('button', { name: 'Kept' }).click();
	await page.locator('.promises em').getByText('kept').waitFor();
	await done();
});

await test('finds_its_conversation_again', async () => {
	const ref = `again-${Date.now()}`;
	const first = await open(`/panel?ref=${ref}&category=delivery.late`);

	await begin(first.page);
	await react(first.page, 'angrier');
	await at(first.page, 'Listen');
	await first.done();
	const second = await open(`/panel?ref=${ref}`);

	await at(second.page, 'Listen');
	same(await second.page.locator('circle.been').count(), 1);
	await second.done();
});

await test('tells_when_somebody_else_was_faster', async () => {
	const ref = `two-${Date.now()}`;
	const allow = /412/;
	const one = await open(`/panel?ref=${ref}&category=delivery.late`, { allow });

	await begin(one.page);
	const two = await open(`/panel?ref=${ref}`, { allow });

	await at(two.page, 'Prepare');
	await react(two.page, 'angrier');
	await at(two.page, 'Listen');
	await react(one.page, 'gives_facts');
	await one.page.getByText('Somebody else has moved').waitFor();
	await at(one.page, 'Listen');
	await one.done();
	await two.done();
});

await test('loses_nothing_when_the_network_is_gone', async () => {
	const { page, context, done } = await open('/panel',
		{ allow: /ERR_INTERNET_DISCONNECTED/ });

	await begin(page);
	await page.getByLabel('Your reply').fill('Thank you for telling me.');
	await context.setOffline(true);
	await react(page, 'angrier');
	await page.getByText('The service does not answer. Trying again')
		.waitFor();
	await picture(page, 'offline');
	await context.setOffline(false);
	await at(page, 'Listen');
	same(await page.getByText('Trying again').count(), 0);
	same(await page.getByLabel('Your reply').inputValue(),
		'Thank you for telling me.');
	await done();
});

await test('stops_trying_when_told_to', async () => {
	const { page, context, done } = await open('/panel',
		{ allow: /ERR_INTERNET_DISCONNECTED/ });

	await begin(page);
	await context.setOffline(true);
	await react(page, 'angrier');
	await page.getByRole('button', { name: 'Stop' }).click();
	await page.getByText('It may have been done all the same').waitFor();
	await context.setOffline(false);
	await page.getByRole('button', { name: 'Look' }).click();
	await page.getByText('It may have been done').waitFor(
		{ state: 'detached' });
	await at(page, 'Prepare');
	await react(page, 'angrier');
	await at(page, 'Listen');
	// Nor does it hold up another conversation.
	await context.setOffline(true);
	await react(page, 'told');
	await page.getByText('Trying again').waitFor();
	await page.getByRole('button', { name: 'New' }).click();
	await context.setOffline(false);
	await begin(page);
	same(await page.getByText('Trying again').count(), 0);
	await done();
});

await test('loses_nothing_when_the_service_begins_again', async () => {
	const ref = `restart-${Date.now()}`;
	const { page, done } = await open(
		`/panel?ref=${ref}&category=delivery.late`,
		{ allow: /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|503/ });

	await begin(page);
	await page.locator('#reply').fill('Thank you for telling me.');
	await endService();
	await react(page, 'angrier');
	await page.getByText('Trying again').waitFor();
	await beginService();
	await at(page, 'Listen');
	same(await page.locator('#reply').inputValue(),
		'Thank you for telling me.');
	// Once, however often it was asked for.
	const list = await (await fetch(
		`${base}/v1/conversations?ref=${ref}`)).json();

	same(list.items.map((item) => item.version), [2]);
	await done();
});

await test('shows_what_is_to_come_on_a_slow_network', async () => {
	const { page, context, done } = await open('about:blank');
	let go;
	const gate = new Promise((resolve) => {
		go = resolve;
	});

	await context.route('**/v1/names', async (route) => {
		await gate;
		await route.continue();
	});
	await page.goto(`${base}/panel`);
	await page.locator('.wait').waitFor();
	await picture(page, 'slow');
	go();
	await page.locator('#category').waitFor();
	await page.locator('.wait').waitFor({ state: 'hidden' });
	await done();
});

await test('has_a_key_for_each_reaction', async () => {
	const { page, done } = await open('/panel');

	await begin(page);
	await page.getByText('More', { exact: true }).click();
	const keys = await page.locator('.react button:visible kbd')
		.allTextContents();

	same(await page.locator('.react button:visible').count(), keys.length);
	same(new Set(keys).size, keys.length);
	await line(page).focus();
	await page.keyboard.press('m');
	await at(page, 'Hand over');
	await done();
});

await test('is_accessible', async () => {
	for (const dark of [false, true]) {
		// Axe's own measuring sets styles, which our policy refuses.
		const { page, done } = await open('/panel', { dark,
			allow: /Applying inline style/ });

		await page.getByLabel('The customer wrote').first().fill(angry);
		await page.locator('[data-category]').first().waitFor();
		await accessible(page);
		await begin(page);
		await page.getByLabel('Your reply').fill('Please calm down.');
		await page.locator('mark').waitFor();
		await page.getByText('More', { exact: true }).click();
		await page.getByText('Promise something').click();
		await accessible(page);
		await done();
	}
});

await test('comes_in_60_kilobytes_from_nowhere_else', async () => {
	const { page, context, asked, done } = await open('about:blank');
	const session = await context.newCDPSession(page);
	const policies = [];
	let bytes = 0;

	await session.send('Network.enable');
	session.on('Network.loadingFinished', (event) => {
		bytes += event.encodedDataLength;
	});
	page.on('response', (response) => {
		const policy = response.headers()['content-security-policy'];

		if (policy)
			policies.push(policy);
	});
	await session.send('Performance.enable');
	await page.goto(`${base}/panel`);
	await page.locator('#category').waitFor();
	await page.waitForLoadState('networkidle');
	const { metrics } = await session.send('Performance.getMetrics');
	const spent = (name) => Math.round(1000 * metrics.find((m) =>
		m.name === name).value);

	console.error(`panel: ${bytes} bytes, script ${spent('ScriptDuration')} ms`
		+ `, layout ${spent('LayoutDuration')} ms`);
	check(bytes < 60000, `${bytes} bytes`);
	same([...asked].filter((origin) => origin !== 'null'), [base]);
	check(policies.every((policy) => !policy.includes('unsafe')),
		'an unsafe policy');
	await done();
});

await finish();
