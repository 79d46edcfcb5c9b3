// ask.js - what is still to be known: a form whose fields fill the lines as
// they are typed.

import { h, put, words, calmly } from './dom.js';

const WAIT = 120; // ms without a key before the lines are asked for again

export class Ask {
	constructor(panel) {
		this.panel = panel;
		this.fields = new Map();
		this.rows = h('div', { class: 'rows' });
		this.changed = calmly(WAIT, () => panel.refill());
		this.el = h('section', { class: 'ask', 'aria-labelledby': 'ask' },
			h('h2', { id: 'ask' }, 'What do you know?'), this.rows);
	}

	/** What was typed or given, by placeholder. */
	get values() {
		const values = { ...this.panel.given };

		for (const [name, field] of this.fields)
			if (field.value.trim() !== '')
				values[name] = field.value.trim();
		return values;
	}

	#row({ name, meaning, example }) {
		const field = h('input', { id: `value-${name}`, type: 'text',
			maxlength: 200, autocomplete: 'off',
			placeholder: `e.g. ${example}`,
			'aria-describedby': `meaning-${name}`,
			value: this.panel.given[name] ?? '',
			oninput: () => this.changed() });

		this.fields.set(name, field);
		return h('div', { class: 'row', 'data-name': name },
			 h('label', { for: field.id }, words(name)), field,
			 h('small', { id: `meaning-${name}` }, meaning));
	}

	/** The fields that help most first; what was filled in stays. */
	show(questions) {
		const wanted = new Set(questions.map((q) => q.name));

		for (const row of [...this.rows.children]) {
			const field = this.fields.get(row.dataset.name);

			if (wanted.has(row.dataset.name) || field.value !== '' ||
			    field.getRootNode().activeElement === field)
				continue;
			row.remove();
			this.fields.delete(row.dataset.name);
		}
		for (const question of [...questions].sort((a, b) =>
			b.unlocks - a.unlocks))
			if (!this.fields.has(question.name))
				this.rows.append(this.#row(question));
		this.el.hidden = this.rows.childElementCount === 0;
	}

	/** A new conversation knows nothing. */
	clear() {
		this.fields.clear();
		put(this.rows);
	}
}
