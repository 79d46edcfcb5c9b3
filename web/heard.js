// heard.js - what the customer wrote: read, and offered; never acted on alone.

import { h, put, calmly } from './dom.js';
import { label } from './signals.js';

const WAIT = 200; // ms without a key before it is read
export const moods = ['Calm', 'Annoyed', 'Upset', 'Angry', 'Furious'];

export class Heard {
	/** offer(reading) gives the elements to show for it. */
	constructor(panel, offer) {
		this.panel = panel;
		this.offer = offer;
		this.box = h('textarea', { id: `heard-${++Heard.count}`, rows: 3,
			placeholder: 'Paste what the customer wrote',
			oninput: () => this.#changed() });
		this.out = h('div', { class: 'heard', 'aria-live': 'polite' });
		this.read = calmly(WAIT, () => this.#read());
		this.el = h('section', { class: 'customer' },
			h('h2', {}, h('label', { for: this.box.id },
				      'The customer wrote')),
			this.box, this.out);
	}

	get text() {
		return this.box.value.trim();
	}

	clear() {
		this.box.value = '';
		this.#changed();
	}

	#changed() {
		this.stop?.abort();
		if (this.text === '') {
			this.reading = null;
			put(this.out);
			this.offer(null);
		} else {
			this.read();
		}
	}

	async #read() {
		const { text } = this;

		this.stop?.abort();
		if (text === '')
			return;
		this.stop = new AbortController();
		try {
			const { body } = await this.panel.service.post('/v1/read',
				{ text }, { signal: this.stop.signal });

			if (this.text !== text)
				return;
			this.reading = body;
			put(this.out, this.offer(body));
		} catch (problem) {
			if (problem.advice)
				put(this.out, h('p', {}, problem.advice));
		}
	}
}
Heard.count = 0;

/** Buttons for the signals of a reading that lead on from this step. */
export function offers(panel, reading, step) {
	const known = new Set(step.next.map((way) => way.signal));
	const signals = reading.signals.filter((heard) => known.has(heard.code));

	return [
		h('p', {}, `Sounds ${moods[reading.intensity].toLowerCase()}. `,
		  signals.length === 0 ? 'Choose below what happened.'
			: 'Was it this?'),
		signals.map((heard) => h('button', { type: 'button',
			class: heard.confirm ? 'careful' : null,
			'data-heard': heard.code,
			onclick: () => panel.react(heard.code,
						   reading.intensity) },
			h('span', {}, label(heard.code)),
			h('small', {}, heard.confirm ? 'you decide'
				: `${Math.round(100 * heard.score)} %`))),
	];
}
