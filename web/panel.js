// panel.js - the page at /panel: the element, and whoever shows it in a frame.
//
// What is known may be in the address: /panel?ref=T-1042&category=delivery.late

import './evenkeel-panel.js';
import { join } from './host.js';

const names = ['ref', 'subject', 'category', 'channel', 'fault', 'values'];
const query = new URLSearchParams(location.search);
const panel = document.createElement('evenkeel-panel');

for (const name of names)
	if (query.has(name))
		panel.setAttribute(name, query.get(name));

// The host may know the conversation: it is joined before the first request.
await join(panel, query);
document.querySelector('#panel').append(panel);
