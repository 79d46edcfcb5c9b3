// signals.js - what may happen, as buttons.

import { h, put, words } from './dom.js';

// Each has a key, and stands in this order.  Those with a digit are of every
// day, the others wait behind "More".  What a library has beside them shows its
// code, and takes a click.  (c, g, i, p, r, u and w are the panel's own.)
const table = {
	calmer: ['1', 'Calmer'],
	angrier: ['2', 'Angrier'],
	told: ['3', 'Told their story'],
	confirms: ['4', 'Yes, that is it'],
	corrects: ['5', 'No, not quite'],
	gives_facts: ['6', 'Gave details'],
	accepts: ['7', 'Accepts'],
	rejects: ['8', 'Rejects'],
	satisfied: ['9', 'Satisfied'],
	silent: ['s', 'No answer'],
	new_issue: ['n', 'Another complaint'],
	only_heard: ['h', 'Just wanted to be heard'],
	unsatisfied: ['x', 'Not solved'],
	asks_human: ['b', 'Wants a person'],
	asks_manager: ['m', 'Wants a manager'],
	abusive: ['a', 'Insults me'],
	threat: ['t', 'Threatens'],
	legal: ['l', 'Lawyer or press'],
	cannot_fix: ['f', 'I cannot fix it'],
	leaves: ['q', 'Leaves'],
	deadline_missed: ['d', 'We missed the time'],
	deadline_met: ['k', 'Kept in time'],
	due: ['e', 'Follow-up is due'],
	done: ['z', 'Case is finished'],
};
const order = Object.keys(table);

const keyOf = (code) => table[code]?.[0] ?? '';
const isDaily = (code) => /^[0-9]$/.test(keyOf(code));

export const label = (code) => table[code]?.[1] ?? words(code);

/** The signal of a key, or undefined. */
export const byKey = (key) => order.find((code) => keyOf(code) === key);

/** Buttons for what leads on from here.  react(signal) is called by each. */
export class Signals {
	constructor(panel) {
		this.panel = panel;
		this.everyday = h('div', { class: 'signals' });
		this.others = h('div', { class: 'signals' });
		this.more = h('details', {}, h('summary', {}, 'More'),
			      this.others);
		this.next = h('button', { class: 'go', type: 'button',
			onclick: () => panel.react('next') });
		this.el = h('section', { class: 'react',
			'aria-labelledby': 'react' },
			h('h2', { id: 'react' }, 'What happened?'),
			this.everyday, this.more, this.next);
	}

	#button({ signal, to }) {
		const key = keyOf(signal).toUpperCase();
		const stage = this.panel.stageName(to);

		return h('button', { class: 'signal', type: 'button',
			'data-signal': signal,
			onclick: () => this.panel.react(signal) },
			key ? h('kbd', { 'aria-hidden': 'true' }, key) : null,
			h('span', {}, label(signal)),
			h('small', {}, `→ ${stage}`));
	}

	show(step) {
		const ways = step.next.filter((way) => way.signal !== 'next');
		const rank = ({ signal }) => signal in table
			? order.indexOf(signal) : order.length;
		const next = step.next.find((way) => way.signal === 'next');

		ways.sort((a, b) => rank(a) - rank(b));
		put(this.everyday, ways.filter((way) => isDaily(way.signal))
			.map((way) => this.#button(way)));
		put(this.others, ways.filter((way) => !isDaily(way.signal))
			.map((way) => this.#button(way)));
		this.more.hidden = this.others.childElementCount === 0;
		this.next.hidden = !next;
		if (next)
			put(this.next, h('kbd', { 'aria-hidden': 'true' }, 'G'),
			    h('span', {}, next.to === step.stage.code
				? 'Stay here' : 'Go on'),
			    h('small', {}, `→ ${this.panel.stageName(next.to)}`));
	}

	busy(is) {
		for (const button of this.el.querySelectorAll('button'))
			button.disabled = is;
	}
}
