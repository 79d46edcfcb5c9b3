// reply.js - the agent's own reply: what in it will make things worse is
// underlined as it is typed, with the reason and a better wording.

import { h, put, calmly } from './dom.js';

const WAIT = 200; // ms without a key before it is checked

export class Reply {
	constructor(panel) {
		this.panel = panel;
		this.found = [];
		this.box = h('textarea', { id: 'reply', rows: 4,
			'aria-describedby': 'reply-found', spellcheck: true,
			placeholder: 'Type or paste your reply',
			oninput: () => this.#changed(),
			onscroll: () => this.#scroll(),
			onclick: () => this.#point() });
		this.behind = h('div', { class: 'behind', 'aria-hidden': 'true' });
		this.list = h('ul', { class: 'found', id: 'reply-found',
			'aria-live': 'polite' });
		this.check = calmly(WAIT, () => this.#check());
		this.el = h('section', { class: 'reply' },
			h('h2', {}, h('label', { for: 'reply' }, 'Your reply')),
			h('div', { class: 'marked' }, this.behind, this.box),
			this.list);
	}

	get text() {
		return this.box.value;
	}

	set text(text) {
		this.box.value = text;
		this.#changed();
	}

	/** The step has changed: other rules may hold. */
	again() {
		if (this.text.trim() !== '')
			this.check();
	}

	#changed() {
		this.found = [];
		this.#mark();
		this.stop?.abort();
		if (this.text.trim() === '')
			put(this.list);
		else
			this.check();
	}

	async #check() {
		const text = this.text;

		this.stop?.abort();
		this.stop = new AbortController();
		try {
			const { body } = await this.panel.service.post('/v1/check',
				{ text, ...this.panel.context() },
				{ signal: this.stop.signal });

			if (this.text === text)
				this.#show(body.matches);
		} catch (problem) {
			if (problem.advice)
				put(this.list, h('li', {}, problem.advice));
		}
	}

	#show(found) {
		this.found = found;
		this.#mark();
		put(this.list, found.length === 0
			? h('li', { class: 'fine' }, 'Nothing to mend.')
			: found.map((match) => this.#finding(match)));
	}

	#finding(match) {
		const better = match.replacements[0];
		const quote = this.text.substr(match.offset, match.length);

		return h('li', {}, h('details', {},
			h('summary', { class: match.severity },
			  h('q', {}, quote.trim()), ` ${match.message}`),
			better ? h('p', {}, `Better: “${better.value}” `,
				h('button', { type: 'button', onclick: () =>
					this.#replace(better) }, 'Use it'))
			: match.hint ? h('p', {}, `Better: “${match.hint.text}”`)
			: null));
	}

	#replace({ value, offset, length }) {
		const { text } = this;

		this.text = text.slice(0, offset) + value +
			text.slice(offset + length);
		this.box.focus();
		this.box.setSelectionRange(offset, offset + value.length);
	}

	/** Underline: the same text behind the box, with marks in it. */
	#mark() {
		const parts = [], { text } = this;
		let at = 0;

		for (const { offset, length, severity } of
		     [...this.found].sort((a, b) => a.offset - b.offset)) {
			if (offset < at)
				continue;
			parts.push(text.slice(at, offset),
				h('mark', { class: severity },
				  text.slice(offset, offset + length)));
			at = offset + length;
		}
		put(this.behind, parts, `${text.slice(at)}\n`);
		this.#scroll();
	}

	#scroll() {
		this.behind.scrollTop = this.box.scrollTop;
	}

	/** A click into underlined words opens what is said about them. */
	#point() {
		const at = this.box.selectionStart;
		const i = this.found.findIndex(({ offset, length }) =>
			offset <= at && at <= offset + length);

		if (i < 0)
			return;
		const details = this.list.children[i].querySelector('details');

		for (const other of this.list.querySelectorAll('details'))
			other.open = other === details;
		details.scrollIntoView({ block: 'nearest' });
	}
}
