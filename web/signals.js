// signals.js - what may happen, as buttons.

import { h, put, words } from './dom.js';

// Those of every day have a digit and stand in this order; the others wait
// behind "More".  A library may have more of them: these show their code.
const daily = {
	calmer: 'Calmer',
	angrier: 'Angrier',
	told: 'Told their story',
	confirms: 'Yes, that is it',
	corrects: 'No, not quite',
	gives_facts: 'Gave details',
	accepts: 'Accepts',
	rejects: 'Rejects',
	satisfied: 'Satisfied',
};
const rare = {
	silent: 'No answer',
	new_issue: 'Another complaint',
	only_heard: 'Just wanted to be heard',
	unsatisfied: 'Not solved',
	asks_human: 'Wants a person',
	asks_manager: 'Wants a manager',
	abusive: 'Insults me',
	threat: 'Threatens',
	legal: 'Lawyer or press',
	cannot_fix: 'I cannot fix it',
	leaves: 'Leaves',
	deadline_missed: 'We missed the time',
	deadline_met: 'Kept in time',
	due: 'Follow-up is due',
	done: 'Case is finished',
};

export const label = (code) => daily[code] ?? rare[code] ?? words(code);

/** The digit of a signal, or ''. */
export function digit(code) {
	const i = Object.keys(daily).indexOf(code);

	return i < 0 ? '' : String(i + 1);
}

export const byDigit = (key) => Object.keys(daily)[Number(key) - 1];

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
		const key = digit(signal);
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
		const order = [...Object.keys(daily), ...Object.keys(rare)];
		const rank = (way) => {
			const i = order.indexOf(way.signal);

			return i < 0 ? order.length : i;
		};
		const next = step.next.find((way) => way.signal === 'next');

		ways.sort((a, b) => rank(a) - rank(b));
		put(this.everyday, ways.filter((way) => way.signal in daily)
			.map((way) => this.#button(way)));
		put(this.others, ways.filter((way) => !(way.signal in daily))
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
