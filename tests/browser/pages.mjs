// pages.mjs - the library and the API reference, read as people read them.
import { accessible, base, check, finish, open, picture, same, test }
	from './browser.mjs';

// Axe's own measuring sets styles, which our policy refuses.
const allow = /Applying inline style/;

await test('shows_the_library', async () => {
	const { page, asked, done } = await open('/library', { width: 1000,
		allow });

	await page.getByRole('link', { name: 'Late or lost delivery' }).click();
	await page.getByRole('heading', { name: 'Late or lost delivery' })
		.waitFor();
	const text = await page.locator('main').textContent();

	check(!/[{}]|\[\[|\]\]/.test(text), 'a template shows its marks');
	check(await page.locator('var').count() > 0, 'no placeholder');
	await accessible(page);
	await picture(page, 'library-category');
	await page.getByRole('link', { name: 'Protocols' }).click();
	await page.getByRole('img', { name: /^L: Listen, Open, Listen, Restate/ })
		.first().waitFor();
	await accessible(page);
	await picture(page, 'library-protocols');
	await page.getByRole('link', { name: 'Stages' }).click();
	await page.getByRole('heading', { name: /^Validate/ }).waitFor();
	await page.getByRole('link', { name: 'Coverage' }).click();
	await page.getByRole('heading', { name: 'Coverage' }).waitFor();
	await page.getByLabel('Search the phrases').fill('kettle');
	await page.getByRole('button', { name: 'Search' }).click();
	await page.getByRole('heading', { name: /with “kettle”/ }).waitFor();
	same([...asked], [base]);
	await done();
});

await test('shows_every_operation', async () => {
	const { page, done } = await open('/docs', { width: 1000, allow });
	const { paths } = await (await fetch(`${base}/openapi.json`)).json();
	const wanted = Object.values(paths).flatMap((path) =>
		Object.values(path).map((one) => one.operationId).filter(Boolean));

	same(await page.locator('.operation').evaluateAll((all) =>
		all.map((one) => one.id).sort()), wanted.sort());
	// What a link goes to is there.
	same(await page.locator('a[href^="#"]').evaluateAll((all) => all.filter(
		(a) => !document.getElementById(a.hash.slice(1)))
		.map((a) => a.hash)), []);
	await accessible(page);
	await done();
});

await test('tries_a_call', async () => {
	const { page, done } = await open('/docs', { width: 400, allow });
	const next = page.locator('#postNext');

	await next.getByRole('button', { name: 'Try it' }).click();
	await next.getByRole('button', { name: 'Send' }).click();
	await next.getByRole('status').filter({ hasText: '"say"' }).waitFor();
	const start = page.locator('#startConversation');

	await start.getByRole('button', { name: 'Try it' }).click();
	await start.getByRole('button', { name: 'Send' }).click();
	await start.getByRole('status').filter({ hasText: '201 Created' })
		.waitFor();
	await picture(page, 'docs');
	await done();
});

await finish();
