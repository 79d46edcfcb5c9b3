// promises.js - what was promised, and what is due.

import { h, put } from './dom.js';

const time = new Intl.DateTimeFormat(undefined, {
	weekday: 'short', day: 'numeric', month: 'short',
	hour: '2-digit', minute: '2-digit',
});
const kinds = { follow_up: 'Follow up', deadline: 'Promised by',
	reminder: 'Ask again' };
const results = { follow_up: ['satisfied', 'unsatisfied', 'no_answer'],
	reminder: ['no_answer', 'done'] };
const names = { satisfied: 'All is well', unsatisfied: 'Not solved',
	no_answer: 'No answer', done: 'Done' };

export class Promises {
	constructor(panel) {
		this.panel = panel;
		this.list = h('ul', {});
		this.what = h('input', { id: 'promise-what', type: 'text',
			maxlength: 200, placeholder: 'e.g. a call with the result' });
		this.due = h('input', { id: 'promise-due',
			type: 'datetime-local' });
		this.form = h('details', { class: 'promise' },
			h('summary', {}, 'Promise something'),
			h('div', { class: 'row' },
			  h('label', { for: 'promise-what' }, 'What'), this.what),
			h('div', { class: 'row' },
			  h('label', { for: 'promise-due' }, 'By when'), this.due),
			h('small', {}, 'It is noted with your next click on what '
				+ 'happened.'));
		this.el = h('section', { class: 'promises',
			'aria-labelledby': 'promises' },
			h('h2', { id: 'promises' }, 'Promises'), this.list,
			this.form);
	}

	/** What is to be noted with the next turn, or undefined. */
	get pending() {
		const what = this.what.value.trim();

		if (what === '' || this.due.value === '')
			return undefined;
		return { who: 'us', what,
			 due: new Date(this.due.value).toISOString() };
	}

	noted() {
		this.what.value = this.due.value = '';
		this.form.open = false;
	}

	show(conversation) {
		const { panel } = this;
		const open = conversation.follow_ups.filter((follow) =>
			follow.status === 'open' && follow.kind !== 'deadline');

		put(this.list,
		    conversation.promises.map((promise) => h('li', {},
			h('span', {}, `${promise.what}, by `
				+ time.format(new Date(promise.due))),
			promise.status === 'open' ? [
				h('button', { type: 'button', onclick: () =>
					panel.settle(promise.id, 'kept') }, 'Kept'),
				h('button', { type: 'button', onclick: () =>
					panel.settle(promise.id, 'broken') }, 'Broken'),
			] : h('em', {}, promise.status))),
		    open.map((follow) => followUp(panel, follow)));
	}
}

/** One that is due, with what may have come of it. */
export function followUp(panel, follow, openIt) {
	return h('li', {},
		h('span', {}, `${kinds[follow.kind]} ${time.format(
			new Date(follow.due))}`),
		openIt ? h('button', { type: 'button', onclick: openIt }, 'Open')
		: (results[follow.kind] ?? []).map((result) =>
			h('button', { type: 'button', onclick: () =>
				panel.followUp(follow.id, result) },
			  names[result])));
}
