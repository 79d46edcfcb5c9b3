// start.js - before the first step: what is it about?  And what is due.

import { h, put, words } from './dom.js';
import { Heard, moods } from './heard.js';
import { followUp } from './promises.js';

const SURE = 3; // categories that are offered for a message

export class Start {
	constructor(panel) {
		this.panel = panel;
		this.heard = new Heard(panel, (reading) => this.#offer(reading));
		this.category = h('select', { id: 'category', required: true });
		this.channel = h('select', { id: 'channel' });
		this.due = h('div', {});
		this.form = h('form', { onsubmit: (event) => {
			event.preventDefault();
			this.go();
		} },
			h('div', { class: 'row' },
			  h('label', { for: 'category' }, 'It is about'),
			  this.category),
			h('div', { class: 'row' },
			  h('label', { for: 'channel' }, 'We talk by'),
			  this.channel),
			h('button', { class: 'first', type: 'submit' }, 'Start'));
		this.el = h('div', { class: 'start' }, this.heard.el,
			    h('section', { 'aria-label': 'Start' }, this.form),
			    this.due);
	}

	/** The lists of the library are there. */
	fill({ categories, channels }, chosen) {
		const options = (items, choice) => items.map((item) =>
			h('option', { value: item.code,
				selected: item.code === choice },
			  item.name ?? words(item.code)));
		const below = (code) => categories.filter((c) =>
			c.parent === code).flatMap((c) => [c, ...below(c.code)]);
		const groups = categories.filter((c) => c.parent === 'general')
			.map((root) => [root, ...below(root.code)])
			.map((group) => group.length === 1
				? options(group, chosen.category)
				: h('optgroup', { label: group[0].name },
				    options(group, chosen.category)));
		const general = categories.find((c) => c.code === 'general');

		put(this.category, general ? options([general],
			chosen.category ?? 'general') : null, groups);
		put(this.channel, options(channels,
			chosen.channel ?? 'live_chat'));
	}

	#offer(reading) {
		if (!reading)
			return null;
		const names = new Map(this.panel.library.categories.map((c) =>
			[c.code, c.name]));
		const found = reading.categories.slice(0, SURE);

		if (found.length > 0)
			this.category.value = found[0].code;
		return [
			h('p', {}, `Sounds ${moods[reading.intensity]
				.toLowerCase()}. `, found.length === 0
				? 'Choose what it is about.' : 'Is it about this?'),
			found.map((heard) => h('button', { type: 'button',
				'data-category': heard.code,
				onclick: () => {
					this.category.value = heard.code;
					this.go();
				} }, h('span', {}, names.get(heard.code)),
				h('small', {}, `${Math.round(100 * heard.score)} %`))),
		];
	}

	go() {
		const { reading } = this.heard;

		this.panel.start({ category: this.category.value,
			channel: this.channel.value,
			...(reading ? { intensity: reading.intensity } : {}) },
			this.heard.text);
	}

	/** What is due by now. */
	async showDue() {
		const now = new Date().toISOString();
		const { body } = await this.panel.service.get('/v1/follow-ups?'
			+ new URLSearchParams({ due_before: now, status: 'open',
				limit: 10 }));

		put(this.due, body.items.length === 0 ? null
			: h('section', { 'aria-labelledby': 'due' },
			    h('h2', { id: 'due' }, 'Due now'),
			    h('ul', {}, body.items.map((follow) =>
				followUp(this.panel, follow, () =>
					this.panel.open(follow.conversation))))));
	}
}
