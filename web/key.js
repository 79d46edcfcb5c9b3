// key.js - the API key: asked for where it is needed, and kept until the tab is
// closed.

import { h } from './dom.js';

/** What is kept for the session: nothing, where a frame of another site may
    not. */
const session = {
	read(name) {
		try {
			return sessionStorage.getItem(name) ?? '';
		} catch {
			return '';
		}
	},
	write(name, value) {
		try {
			sessionStorage.setItem(name, value);
		} catch {
			// It is known until the page is left.
		}
	},
};

export class Key {
	#name = '';

	/** given(key) is called with what was typed. */
	constructor(given) {
		const field = h('input', { id: 'key', type: 'password',
			autocomplete: 'off', required: true });

		this.el = h('form', { class: 'key', hidden: true,
			onsubmit: (event) => {
				const key = field.value.trim();

				event.preventDefault();
				field.value = '';
				this.keep(key);
				given(key);
			} }, h('label', { for: 'key' }, 'API key, of the role agent'),
			field, h('button', { class: 'first', type: 'submit' },
				 'Use it'),
			h('small', {}, 'It is kept until this tab is closed.'));
	}

	/** The key for the service at base, or ''. */
	kept(base) {
		this.#name = `evenkeel-key ${base}`;
		return session.read(this.#name);
	}

	/** Keep it for that service; '' forgets it. */
	keep(key) {
		session.write(this.#name, key);
	}
}
