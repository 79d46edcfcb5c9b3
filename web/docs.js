// docs.js - "Try it" for each operation of the API reference: the request as a
// form, sent to this very service.

import { h, put } from './dom.js';

let key = ''; // the one used last

/** The example of its body, or ''. */
function bodyOf(section) {
	const heading = [...section.querySelectorAll('h4')].find((h4) =>
		h4.textContent.startsWith('Body'));

	for (let el = heading?.nextElementSibling; el && el.tagName !== 'H4';
		el = el.nextElementSibling)
		if (el.tagName === 'PRE')
			return el.textContent;
	return '';
}

async function send(section, fields, out) {
	const { method } = section.dataset;
	const headers = { Accept: 'application/json, text/plain;q=0.5' };

	if (fields.key.value)
		headers.Authorization = `Bearer ${fields.key.value}`;
	if (fields.match?.value)
		headers['If-Match'] = fields.match.value;
	if (method !== 'GET')
		headers['Idempotency-Key'] = `try-${Date.now()}`;
	if (fields.body?.value)
		headers['Content-Type'] = fields.type;
	key = fields.key.value;
	put(out, '…');
	try {
		const response = await fetch(fields.path.value, { method, headers,
			body: fields.body?.value || undefined });
		const text = await response.text();
		let shown = text;

		try {
			shown = JSON.stringify(JSON.parse(text), null, 1);
		} catch {
			// Not all answers are JSON.
		}
		put(out, `${response.status} ${response.statusText}\n`,
			[...response.headers].map(([name, value]) =>
				`${name}: ${value}\n`), '\n', shown);
	} catch (error) {
		put(out, `No answer: ${error.message}`);
	}
}

/** The form, made when it is asked for. */
function form(section) {
	const { method, path } = section.dataset;
	const id = section.id;
	const out = h('pre', { tabIndex: 0, role: 'status' });
	const fields = {
		path: h('input', { id: `${id}-path`, value: path }),
		key: h('input', { id: `${id}-key`, type: 'password', value: key,
			autocomplete: 'off' }),
	};
	const type = section.querySelector('h4 small')?.textContent ?? '';
	const rows = [
		h('label', { for: `${id}-path` }, `${method}: path and query`),
		fields.path,
		h('label', { for: `${id}-key` }, 'API key, where one is needed'),
		fields.key,
	];

	if (bodyOf(section) !== '') {
		fields.type = type;
		fields.body = h('textarea', { id: `${id}-body`, rows: 8,
			value: bodyOf(section) });
		rows.push(h('label', { for: `${id}-body` }, `Body, ${type}`),
			fields.body);
	}
	if (path.includes('/conversations/{id}') && method !== 'GET') {
		fields.match = h('input', { id: `${id}-match`, value: '*' });
		rows.push(h('label', { for: `${id}-match` }, 'If-Match'),
			fields.match);
	}
	return h('form', { onsubmit: (event) => {
		event.preventDefault();
		send(section, fields, out);
	} }, rows, h('button', { type: 'submit' }, 'Send'), out);
}

for (const section of document.querySelectorAll('.operation')) {
	const button = h('button', { type: 'button', onclick: () => {
		button.replaceWith(form(section));
	} }, 'Try it');

	section.append(button);
}
