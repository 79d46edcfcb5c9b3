// demo.js - the page's side: what it does with the words.

document.querySelector('#panel').addEventListener('evenkeel-insert', (event) => {
	const answer = document.querySelector('#answer');

	answer.value += (answer.value === '' ? '' : '\n\n') + event.detail.text;
});
