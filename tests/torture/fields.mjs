// fields.mjs - every string that a request can hold, as web/openapi.json has it.
//
// slots() lists them; a World keeps what requests are about (a conversation, a
// promise, a key) and makes one with a text in one slot.
import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';

import { Wire } from './wire.mjs';

const doc = JSON.parse(readFileSync('web/openapi.json', 'utf8'));
const json = 'application/json', later = '2030-01-01T00:00:00Z';

// What every route reads; asked of some.
const common = ['Authorization', 'Accept', 'Accept-Encoding', 'Content-Type',
	'Content-Encoding', 'Origin', 'Expect', 'X-Request-Id',
	'Access-Control-Request-Method'];
const asked = ['GET /livez', 'GET /v1/next', 'POST /v1/next', 'POST /v2/check',
	'GET /v1/conversations', 'POST /v1/conversations'];

// A good value where the description has no example.
const usual = {
	category: 'delivery.late', code: 'delivery.late', stage: 'validate', n: '1',
	format: 'rasa', type: 'bad-json', file: 'host.js', text: 'Calm down.',
	language: 'en-US', signal: 'angrier', due_before: later,
	subject: 'customer-77', 'If-Match': '*', due: later, expires_at: later,
	who: 'Sam', what: 'call',
};
const codes = { protocols: 'last', stages: 'open' };

const found = (value) => value.$ref === undefined ? value : value.$ref.slice(2)
	.split('/').reduce((part, name) => part[name], doc);

/** The places of strings in a schema and in an example of it. */
function strings(schema, example, at = []) {
	const { anyOf, type, properties, items } = schema && found(schema) || {};

	if (anyOf)
		return strings(anyOf.find((one) => one.type !== 'null'), example, at);
	if (type === 'array')
		return strings(items, undefined, [...at, 0]);
	if (type === 'object' || (example && typeof example === 'object')) {
		const names = new Set([...Object.keys(properties ?? {}),
			...Object.keys(example ?? {})]);

		return [...names].flatMap((name) =>
			strings(properties?.[name], example?.[name], [...at, name]));
	}
	return type === 'string' || typeof example === 'string' ? [at] : [];
}

function operationOf(path, method, item) {
	const op = item[method];
	const [[type, media]] = Object.entries(op.requestBody?.content ?? {
		none: {} });

	return { name: `${method.toUpperCase()} ${path}`, path,
		method: method.toUpperCase(), type, schema: media.schema,
		example: type === json ? media.example : media.example &&
			Object.fromEntries(new URLSearchParams(media.example)),
		params: [...item.parameters ?? [], ...op.parameters ?? []]
			.map(found) };
}

export const operations = Object.entries(doc.paths).flatMap(([path, item]) =>
	['get', 'post', 'patch', 'delete'].filter((method) => item[method])
		.map((method) => operationOf(path, method, item)));

function slotsOf(op) {
	const of = (where, at) => ({ op, where, at,
		name: `${op.name} ${where} ${[].concat(at).join('/')}` });
	const params = op.params.filter(({ name }) => !common.includes(name));

	return [
		...params.map((param) => of(param.in, param.name === 'values'
			? 'values.customer_name' : param.name)),
		...op.example ? strings(op.schema, op.example).map((at) =>
			of('body', at)) : [],
		// A name is a string of its own.
		...op.path.startsWith('/v') && op.method === 'GET'
			? [of('name', 'query')] : [],
		...op.example ? [of('name', 'body')] : [],
		...op.example?.values ? [of('name', 'values')] : [],
		...asked.includes(op.name) ? common.map((name) =>
			of('header', name)) : [],
	];
}

export const slots = () => operations.flatMap(slotsOf);

/** ${body} with ${text} at ${at}, and what must stand around it. */
function put(body, at, text) {
	const name = at.at(-1);
	let part = body;

	at.forEach((step, i) => {
		if (i < at.length - 1)
			part = part[step] ??= at[i + 1] === 0 ? [] : {};
	});
	if (at[0] === 'promise')
		body.promise = { who: usual.who, what: usual.what, due: later,
			[name]: text };
	else
		part[name] = text;
	if (name === 'message') {
		delete body.signal;
		body.read = true;
	}
}

// A text in a URL; a lone dot would be resolved by nobody here.
const encoded = (text) => encodeURIComponent(text.toWellFormed());

export class World {
	constructor(base, key) {
		this.wire = new Wire(base);
		this.base = base;
		this.auth = key ? { Authorization: `Bearer ${key}` } : {};
		this.mayMakeKeys = Boolean(key);
		this.subject = null;
	}

	ask(method, path, body, headers) {
		return this.wire.ask({ method, path, headers: { ...this.auth,
			...method === 'GET' ? {} : { 'Idempotency-Key': randomUUID(),
				'If-Match': '*', 'Content-Type': json }, ...headers },
		body: body && JSON.stringify(body) });
	}

	async must(...request) {
		const answer = await this.ask(...request);

		if (answer.status >= 300)
			throw new Error(`${request}: ${answer.status} ${answer.body}`);
		return JSON.parse(answer.body);
	}

	/** What the next request of ${op} needs. */
	async ready(op) {
		if (op.path.includes('/{id}') && !this.about)
			await this.begin();
		if (op.path === '/v1/keys/{id}' && !this.keyId && this.mayMakeKeys)
			this.keyId = (await this.must('POST', '/v1/keys',
				{ role: 'reader' })).key.id;
	}

	async begin() {
		const { conversation } = await this.must('POST', '/v1/conversations',
			{ category: 'delivery.late', subject: this.subject });
		const path = `/v1/conversations/${conversation.id}`;

		this.about = (await this.must('POST', `${path}/turns`, {
			signal: 'told', promise: { who: usual.who, what: usual.what,
				due: later } })).conversation;
		return this.about;
	}

	/** Something was done: what it was done to may be gone. */
	settled(op, answer) {
		if (op.method === 'GET' || answer.status >= 300)
			return;
		this.about = op.path.includes('{id}') ||
			op.path === '/v1/erasures' ? null : this.about;
		this.keyId = op.path === '/v1/keys/{id}' ? null : this.keyId;
	}

	#value(op, name) {
		if (name !== 'id')
			return op.path.startsWith('/v1/phrases/') ? usual[name]
				: codes[op.path.split('/')[2]] ?? usual[name];
		return op.path.startsWith('/v1/keys') ? this.keyId ?? 'k0000000'
			: op.path.startsWith('/v1/follow-ups') ?
				this.about.follow_ups[0].id : this.about.id;
	}

	/** The request of ${slot}, with ${text} in it; or the example. */
	request({ op, where, at }, text) {
		const headers = { ...this.auth }, query = [];
		let { path } = op, body;

		for (const param of op.params) {
			const here = param.in === where && param.name === at;

			if (param.in === 'path')
				path = path.replace(`{${param.name}}`, () =>
					encoded(here ? text
						: this.#value(op, param.name)));
			else if (!param.required || here)
				continue;
			else if (param.in === 'query')
				query.push(`${param.name}=${usual[param.name]}`);
			else
				headers[param.name] = usual[param.name] ?? randomUUID();
		}
		if (where === 'query')
			query.push(`${at}=${encoded(text)}`);
		if (where === 'name' && at === 'query')
			query.push(`${encoded(text)}=1`);
		if (op.name === 'GET /v2/check' && at !== 'text' && at !== 'data')
			query.push('text=Calm+down.');
		if (op.example) {
			body = structuredClone(op.example);
			if (op.method === 'PATCH')
				body.force = true;	// a promise is open
			if (where === 'body')
				put(body, at, text);
			if (where === 'name')
				Object.defineProperty(at === 'values' ? body.values
					: body, text, { value: 'x', enumerable: true });
			body = op.type === json ? JSON.stringify(body)
				: `${new URLSearchParams(body)}`;
			headers['Content-Type'] = op.type;
		}
		if (where === 'header')
			headers[at] = text;
		return { method: op.method, body, headers,
			path: path + (query.length > 0 ? `?${query.join('&')}` : '') };
	}
}

/** work(slot, world) for all slots, ${crew} of them at once. */
export async function each(list, base, key, crew, work) {
	const todo = [...list];

	await Promise.all(Array.from({ length: crew }, async () => {
		const world = new World(base, key);

		while (todo.length > 0)
			await work(todo.shift(), world);
		world.wire.close();
	}));
}

/** ${most} of the list, from all over it; or all. */
export const some = (list, most) => most >= list.length ? list
	: Array.from({ length: most }, (_, i) =>
		list[Math.floor(i * list.length / most)]);
