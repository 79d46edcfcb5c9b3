// page.js - a page's fetch: the state of each answer goes into the next
// question.  EVENKEEL_CORS_ORIGINS must name the page's origin.

// Where it is, and a key of the role reader if it asks for one: on <html>.
const { base = 'http://127.0.0.1:8080', key } = document.documentElement.dataset;
let state;

async function next(signal) {
	const response = await fetch(`${base}/v1/next`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json',
			...(key ? { Authorization: `Bearer ${key}` } : {}) },
		body: JSON.stringify({ category: 'delivery.late',
			...(state ? { state, signal } : { stage: 'restate' }) }),
	});
	const answer = await response.json();

	if (!response.ok)
		throw new Error(answer.detail ?? answer.title);
	({ state } = answer);
	document.querySelector('#say').textContent = answer.say[0]?.text ?? '';
}

for (const signal of ['calmer', 'angrier'])
	document.querySelector(`#${signal}`).addEventListener('click', () =>
		next(signal));
await next();
