// say.js - the one thing to say now, and what to do and what to avoid.

import { h, put } from './dom.js';

export class Say {
	constructor(panel) {
		this.panel = panel;
		this.at = 0;
		this.text = h('p', { class: 'line', tabIndex: -1 });
		this.note = h('p', { class: 'note' });
		this.other = h('button', { type: 'button',
			onclick: () => this.turn() },
			h('kbd', { 'aria-hidden': 'true' }, 'W'),
			h('span', {}, 'Other wording'));
		this.copy = h('button', { class: 'first', type: 'button',
			onclick: () => panel.copy() },
			h('kbd', { 'aria-hidden': 'true' }, 'C'),
			h('span', {}, 'Copy'));
		this.insert = h('button', { class: 'first', type: 'button',
			hidden: true, onclick: () => panel.insert() },
			h('kbd', { 'aria-hidden': 'true' }, 'I'),
			h('span', {}, 'Insert'));
		this.count = h('span', { class: 'count' });
		this.heading = h('h2', { id: 'say' });
		this.buttons = h('div', { class: 'buttons' }, this.insert,
				 this.copy, this.other, this.count);
		this.el = h('section', { class: 'say', 'aria-labelledby': 'say' },
			    this.heading, h('div', { 'aria-live': 'polite' },
					    this.text), this.note, this.buttons);
		this.aside = h('section', { class: 'ways',
			'aria-label': 'How' });
	}

	/** The lines of a step. */
	show(step) {
		this.step = step;
		this.lines = step.say;
		this.at = 0;
		this.#line();
		this.#ways(step);
	}

	/** The lines again, with more known: the one that this unlocked is
	    shown, else the same as before. */
	refill(lines) {
		const before = new Map(this.lines.map((line) =>
			[line.id, line.text]));
		const same = lines.findIndex((line) => line.id === this.line?.id);
		const fresh = lines.findIndex((line) => !before.has(line.id));

		this.at = same >= 0 && (fresh < 0 || lines[same].text !==
			before.get(lines[same].id)) ? same : Math.max(0, fresh);
		this.lines = lines;
		this.#line();
	}

	get line() {
		return this.lines?.[this.at];
	}

	/** Show the next wording. */
	turn() {
		if (this.lines.length < 2)
			return;
		this.at = (this.at + 1) % this.lines.length;
		this.#line();
	}

	#line() {
		const { line, lines, step } = this;

		this.heading.textContent = line ? 'Say' : 'For you';
		put(this.text, line ? line.text
			: step.self[0]?.text ?? step.stage.goal);
		put(this.note, line?.true_only ? 'Only if it is true. ' : '',
		    line?.repeated ? 'You have said this before. ' : '',
		    line?.offers?.length
			? `This offers: ${line.offers.join(', ')}.` : '');
		this.note.hidden = this.note.textContent === '';
		this.buttons.hidden = !line;
		this.other.hidden = lines.length < 2;
		this.count.textContent = lines.length < 2 ? ''
			: `${this.at + 1} of ${lines.length}`;
	}

	#ways(step) {
		const list = (title, kind, items) => items.length === 0 ? null
			: h('div', { class: kind }, h('h3', {}, title),
			    h('ul', {}, items.map((item) =>
				h('li', {}, item.text ?? item))));
		const self = step.breather ? [] : step.say.length > 0 ? step.self
			: step.self.slice(1);

		put(this.aside,
		    h('p', { class: 'goal' }, h('strong', {}, 'Goal '),
		      step.stage.goal),
		    list('Do', 'do', [...step.do, ...step.delivery]),
		    list('Avoid', 'avoid', step.avoid),
		    list('To yourself', 'self', self),
		    step.stage.done_when
			? h('p', { class: 'goal' }, h('strong', {}, 'Done when '),
			    step.stage.done_when) : null);
	}
}

/** A break after a hard conversation. */
export function breather(breather, close) {
	return h('section', { class: 'breather', 'aria-label': 'A break' },
		 h('h2', {}, `Take ${breather.minutes} minutes`),
		 h('p', {}, breather.why),
		 h('ul', {}, breather.ideas.map((idea) =>
			h('li', {}, idea.text))),
		 h('button', { type: 'button', onclick: close }, 'I am back'));
}
