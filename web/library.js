// library.js - the library, read in the browser: categories with their lines,
// protocols as maps, stages, what is thin, and a search.

import { Service } from './api.js';
import { h, put, s } from './dom.js';

const main = document.querySelector('#main');
const service = new Service(location.origin, (problem) => {
	if (problem)
		show(h('p', { class: 'problem' }, `${problem.message} Trying again …`));
});
let names = null;
let wanted = new AbortController();

try {
	service.key = sessionStorage.getItem(`evenkeel-key ${service.base}`) ?? '';
} catch {
	// A frame of another site may not.
}

function show(...what) {
	put(main, ...what);
}

const get = async (path) =>
	(await service.get(path, { signal: wanted.signal })).body;

/** All items of a list, page by page. */
async function all(path, query = {}) {
	const items = [];
	let cursor = null;

	do {
		const search = new URLSearchParams({ ...query, limit: 100,
			...(cursor ? { cursor } : {}) });
		const page = await get(`${path}?${search}`);

		items.push(...page.items);
		cursor = page.next_cursor;
	} while (cursor);
	return items;
}

/* ---- phrases ---- */

/** A template: placeholders and optional parts as what they are. */
export function template(text) {
	const parts = text.split(/(\[\[|\]\]|\{[a-z0-9_]+\})/);
	const made = [];
	let into = made;

	for (const part of parts)
		if (part === '[[') {
			into = [];
		} else if (part === ']]') {
			made.push(h('span', { class: 'optional',
				title: 'Left out where a value is missing' }, into));
			into = made;
		} else if (part.startsWith('{')) {
			into.push(h('var', {}, part.slice(1, -1)
				.replaceAll('_', ' ')));
		} else {
			into.push(part);
		}
	return made;
}

/** The shorter of two lists: where it fits, or where it does not. */
function channels(list) {
	const others = names.channels.map((channel) => channel.code)
		.filter((code) => !list.includes(code));

	return others.length < list.length ? `not ${others.join(', ')}`
		: list.join(', ');
}

const tag = (text) => [' ', h('span', { class: 'tag' }, text)];

/** One line, with all that limits it, and where it comes from. */
function line(phrase, more) {
	const sources = [...phrase.claims ?? [], ...phrase.seeds ?? []];

	return h('li', { id: phrase.id },
		h('p', { class: 'text' }, template(phrase.text)),
		h('p', {}, h('small', {}, phrase.id),
		  more ? tag(more) : null,
		  phrase.speaker !== 'any' ? tag(phrase.speaker) : null,
		  phrase.fault !== 'any' ? tag(`fault: ${phrase.fault}`) : null,
		  tag(phrase.tone),
		  phrase.intensity[0] > 0 || phrase.intensity[1] < 4
			? tag(`intensity ${phrase.intensity.join('–')}`) : null,
		  phrase.channels.includes('any') ? null
			: tag(channels(phrase.channels)),
		  phrase.true_only ? tag('only if true') : null,
		  phrase.offers.length > 0
			? tag(`offers ${phrase.offers.join(', ')}`) : null,
		  sources.length > 0 ? tag(`source ${sources.join(', ')}`) : null));
}

const stageName = (code) => names.stages.find((stage) =>
	stage.code === code)?.name ?? code;
const order = (code) => names.stages.find((stage) =>
	stage.code === code)?.ord ?? 999;

/* ---- the pages ---- */

function categories() {
	const below = (parent) => {
		const children = names.categories.filter((c) => c.parent === parent);

		return children.length === 0 ? null
			: h('ul', {}, children.map((c) => h('li', {},
				h('a', { href: `#category/${c.code}` }, c.name),
				' ', h('small', {}, c.code), below(c.code))));
	};
	const tree = below(null);

	tree.className = 'tree';
	show(h('h2', {}, 'Categories'), tree);
}

async function category(code) {
	const [about, phrases] = await Promise.all([
		get(`/v1/categories/${encodeURIComponent(code)}`),
		all('/v1/phrases', { category: code })]);
	const stages = [...new Set(phrases.map((p) => p.stage))]
		.sort((a, b) => order(a) - order(b));

	show(h('h2', {}, about.name),
		h('p', {}, about.description),
		h('p', {}, 'They feel: ', about.feelings.join(', '), '. May be '
			+ 'offered: ', about.resolutions.join(', '), '. Fault, unless '
			+ `said otherwise: ${about.fault_default.replaceAll('_', ' ')}.`),
		about.parent ? h('p', {}, 'What is not here comes from ',
			h('a', { href: `#category/${about.parent}` },
			  names.categories.find((c) => c.code === about.parent).name),
			'.') : null,
		stages.map((stage) => h('section', {},
			h('h3', {}, stageName(stage)),
			h('ul', { class: 'lines' }, phrases.filter((p) =>
				p.stage === stage).map((p) => line(p))))),
		phrases.length === 0 ? h('p', {}, 'It has no lines of its own.')
			: null);
}

/** The steps of a protocol as boxes in a row, with their stages. */
function map(protocol) {
	const width = 150, gap = 26, rows = Math.max(...protocol.steps.map((step) =>
		step.stages.length));
	const height = 76 + 18 * rows;
	const total = protocol.steps.length * (width + gap) - gap;
	const cut = (text) => text.length > 19 ? `${text.slice(0, 18)}…` : text;

	return h('div', { class: 'map', tabIndex: 0, role: 'region',
		'aria-label': `Map of ${protocol.name}` },
		s('svg', { width: total, height, role: 'img',
			'aria-label': protocol.steps.map((step) =>
				`${step.letter}: ${step.name}, ${step.stages.map(
					stageName).join(', ')}`).join('; ') },
		protocol.steps.map((step, i) => {
			const x = i * (width + gap);

			return [
				i > 0 ? s('line', { x1: x - gap, x2: x, y1: 24,
					y2: 24 }) : null,
				s('rect', { x: x + 0.5, y: 0.5, width: width - 1,
					height: height - 1, rx: 8 }),
				s('text', { class: 'letter', x: x + 10, y: 30 },
					step.letter),
				s('text', { class: 'name', x: x + 10, y: 52 },
					cut(step.name), s('title', {}, step.name)),
				step.stages.map((stage, k) => s('text', {
					class: 'stage', x: x + 10, y: 72 + 18 * k },
				stageName(stage)))];
		})));
}

async function protocols() {
	const items = await all('/v1/protocols');

	show(h('h2', {}, 'Protocols'), items.map((protocol) =>
		h('section', {}, h('h3', {}, protocol.name, ' ',
			h('small', {}, protocol.code)),
		protocol.note ? h('p', {}, protocol.note) : null,
		h('p', {}, h('small', {}, `From: ${protocol.origin}`)),
		map(protocol))));
}

async function stages() {
	const items = (await all('/v1/stages')).sort((a, b) => a.ord - b.ord);

	show(h('h2', {}, 'Stages'), items.map((stage) =>
		h('section', { id: `stage-${stage.code}` },
			h('h3', {}, stage.name, tag(stage.kind)),
			h('p', {}, stage.goal),
			stage.steps.length > 0 ? h('ul', {}, stage.steps.map((step) =>
				h('li', {}, step.do))) : null,
			stage.dont.length > 0 ? [h('p', { class: 'faint' }, 'Not:'),
				h('ul', {}, stage.dont.map((dont) =>
					h('li', {}, dont.text)))] : null,
			h('p', { class: 'faint' }, `Done when: ${stage.done_when}`))));
}

async function coverage() {
	const items = await all('/v1/coverage');

	show(h('h2', {}, 'Coverage'),
		h('p', {}, items.length === 0
			? 'Three lines or more for every category, stage, channel, '
				+ 'speaker, fault and intensity.'
			: 'Here fewer than three lines fit somewhere.'),
		items.length === 0 ? null : h('table', {},
			h('tr', {}, ['Category', 'Stage', 'Fewest lines', 'Empty',
				'Thin', 'Worst'].map((title) => h('th', {
				scope: 'col' }, title))),
			items.map((item) => h('tr', {},
				h('td', {}, h('a', { href: `#category/${item.category}` },
					item.category)),
				h('td', {}, stageName(item.stage)),
				h('td', {}, item.least ?? item.lines),
				h('td', {}, item.empty), h('td', {}, item.thin),
				h('td', {}, item.worst ? Object.values(item.worst)
					.join(', ') : '')))));
}

async function search(q) {
	const page = await get(`/v1/phrases?${new URLSearchParams({ q,
		limit: 100 })}`);
	const many = page.next_cursor ? 'The first 100 lines' :
		page.items.length === 1 ? 'One line' : `${page.items.length} lines`;

	show(h('h2', {}, `${many} with “${q}”`),
		h('ul', { class: 'lines' }, page.items.map((phrase) =>
			line(phrase, stageName(phrase.stage)))));
}

const pages = { categories, protocols, stages, coverage, category, search };

/* ---- where we are ---- */

function askKey(problem) {
	const field = h('input', { id: 'key', type: 'password', required: true,
		autocomplete: 'off' });

	show(h('p', { class: 'problem' }, problem.advice),
		h('form', { onsubmit: (event) => {
			event.preventDefault();
			service.key = field.value.trim();
			try {
				sessionStorage.setItem(`evenkeel-key ${service.base}`,
					service.key);
			} catch {
				// Then it is known until the page is left.
			}
			go();
		} }, h('label', { for: 'key' }, 'API key'), field,
		h('button', { type: 'submit' }, 'Use it')));
}

async function go() {
	const [page, ...rest] = decodeURIComponent(location.hash.slice(1))
		.split('/');

	wanted.abort();
	wanted = new AbortController();
	try {
		names ??= await get('/v1/names');
		await (pages[page] ?? categories)(rest.join('/'));
		document.title = `${main.querySelector('h2').textContent} · Evenkeel`;
	} catch (problem) {
		if (problem.status === 401 || problem.status === 403)
			askKey(problem);
		else if (problem.name !== 'AbortError')
			show(h('p', { class: 'problem' }, problem.advice
				?? problem.message));
	}
}

document.querySelector('#search').addEventListener('submit', (event) => {
	event.preventDefault();
	location.hash = `search/${document.querySelector('#q').value}`;
});
window.addEventListener('hashchange', () => {
	go();
	main.focus();
});
await go();
