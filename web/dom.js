// dom.js - elements, made of a name, properties and children.  Text is always
// set as text: nothing that comes from the service or from a person is parsed.

const attributes = /^(aria-|data-|role$|for$|type$|maxlength$|autocomplete$)/;

/** An element: on... are listeners; null and false leave a property out. */
export function h(tag, props = {}, ...children) {
	const el = document.createElement(tag);

	for (const [name, value] of Object.entries(props)) {
		if (value === null || value === undefined || value === false)
			continue;
		if (name.startsWith('on'))
			el.addEventListener(name.slice(2), value);
		else if (attributes.test(name) || !(name in el))
			el.setAttribute(name, value === true ? '' : value);
		else
			el[name] = value;
	}
	put(el, ...children);
	return el;
}

/** An element of SVG; all properties are attributes. */
export function s(tag, props = {}, ...children) {
	const el = document.createElementNS('http://www.w3.org/2000/svg', tag);

	for (const [name, value] of Object.entries(props))
		if (value !== null && value !== undefined && value !== false)
			el.setAttribute(name, value);
	put(el, ...children);
	return el;
}

/** In place of what is in el. */
export function put(el, ...children) {
	el.replaceChildren(...children.flat(9).filter((c) =>
		c !== null && c !== undefined && c !== false && c !== ''));
	return el;
}

/** "order_id" as a person would write it, and "option_a", "followup_date". */
export function words(code) {
	const text = code.replaceAll(/[_.-]+/g, ' ')
		.replace('followup', 'follow-up')
		.replace(/ [a-z]$/, (last) => last.toUpperCase());

	return text.charAt(0).toUpperCase() + text.slice(1);
}

/** fn, once nothing has called for it during ms. */
export function calmly(ms, fn) {
	let timer = 0;

	return (...args) => {
		clearTimeout(timer);
		timer = setTimeout(fn, ms, ...args);
	};
}

/** Onto the clipboard; by way of a field in el, where a frame may not. */
export async function copyText(el, text) {
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		const field = h('textarea', { value: text, readOnly: true });

		el.append(field);
		field.select();
		document.execCommand('copy');
		field.remove();
	}
}
