// host.js - the helpdesk that shows the panel in a frame, by the messages that
// it documents.  Only a parent on the service's list is listened to, or told
// anything: EVENKEEL_FRAME_ANCESTORS.

const PATIENCE = 5000; // ms for an answer of Zendesk

/** The parent's origin if it is on the list, else null. */
async function parentOrigin(claimed) {
	const response = await fetch('/panel/settings.json');
	const { frame_ancestors: list } = await response.json();
	const parent = location.ancestorOrigins?.[0] ?? claimed
		?? (document.referrer ? new URL(document.referrer).origin : null);

	return parent !== null && (list.includes(parent)
		|| parent === location.origin) ? parent : null;
}

const first = (name) => name?.trim().split(/\s+/)[0];

function know(panel, ref, values) {
	const known = Object.fromEntries(Object.entries(values).filter(
		([, value]) => typeof value === 'string' && value !== ''));

	panel.setAttribute('values', JSON.stringify(known));
	if (panel.getAttribute('ref') !== ref)
		panel.setAttribute('ref', ref);
}

/* ---- Chatwoot: a dashboard app ---- */

/** It tells, as a string, which conversation is open; and again when asked. */
function joinChatwoot(panel, origin) {
	window.addEventListener('message', (event) => {
		if (event.source !== window.parent || event.origin !== origin ||
		    typeof event.data !== 'string')
			return;
		let message;

		try {
			message = JSON.parse(event.data);
		} catch {
			return;
		}
		if (message?.event !== 'appContext')
			return;
		const { conversation, contact, currentAgent } = message.data ?? {};

		if (conversation?.id === undefined)
			return;
		know(panel, `chatwoot-${conversation.id}`, {
			customer_name: first(contact?.name
				?? conversation.meta?.sender?.name),
			agent_name: first(currentAgent?.name) });
	});
	window.parent.postMessage('chatwoot-dashboard-app:fetch-info', origin);
}

/* ---- Zendesk: an app in the side bar ---- */

/** Requests and answers, as the framework of Zendesk's apps has them. */
class Zendesk {
	#count = 0;
	#waiting = new Map();

	constructor(origin, guid) {
		this.origin = origin;
		this.guid = guid;
		this.ready = new Promise((resolve) => {
			this.registered = resolve;
		});
		window.addEventListener('message', (event) => {
			if (event.source === window.parent &&
			    event.origin === origin)
				this.#hear(event.data);
		});
		this.#tell({ key: 'iframe.handshake',
			message: { version: '2.0.9' } });
	}

	#tell(message) {
		window.parent.postMessage(JSON.stringify({ ...message,
			appGuid: this.guid, instanceGuid: this.guid }),
			this.origin);
	}

	#hear(data) {
		let message = data;

		if (typeof data === 'string')
			try {
				message = JSON.parse(data);
			} catch {
				return;
			}
		if (message?.key === 'zaf.app.registered')
			this.registered();
		const answer = this.#waiting.get(message?.id);

		this.#waiting.delete(message?.id);
		answer?.(message.error ? {} : message.result ?? {});
	}

	/** get: params are names; invoke: an object of names and arguments. */
	async request(name, params) {
		await this.ready;
		const id = ++this.#count;

		return new Promise((resolve) => {
			this.#waiting.set(id, resolve);
			setTimeout(resolve, PATIENCE, {});
			this.#tell({ id, request: name, params });
		});
	}
}

async function joinZendesk(panel, origin, guid) {
	const zendesk = new Zendesk(origin, guid);

	panel.setAttribute('insert', '');
	panel.addEventListener('evenkeel-insert', (event) =>
		zendesk.request('invoke', {
			'ticket.editor.insert': [event.detail.text] }));
	const known = await zendesk.request('get', ['ticket.id',
		'ticket.requester.name', 'currentUser.name']);

	if (known['ticket.id'] !== undefined)
		know(panel, `zendesk-${known['ticket.id']}`, {
			customer_name: first(known['ticket.requester.name']),
			agent_name: first(known['currentUser.name']) });
}

/** Find out who shows the panel, if anybody does, and what they know. */
export async function join(panel, query) {
	if (window.parent === window)
		return;
	const origin = await parentOrigin(query.get('origin'));

	if (origin === null)
		return;
	if (query.has('app_guid'))
		await joinZendesk(panel, origin, query.get('app_guid'));
	else
		joinChatwoot(panel, origin);
}
