// evenkeel-panel.js - <evenkeel-panel>: leads an agent through a conversation.
//
//	<script type="module" src="https://evenkeel.example/web/evenkeel-panel.js">
//	</script>
//	<evenkeel-panel ref="T-1042" values='{"customer_name": "Ana"}'>
//	</evenkeel-panel>
//
// Attributes: base (the service; left out, where this file comes from), key
// (API key of the role agent; left out, it is asked for where it is needed and
// kept for the session), ref and subject (your ticket and customer), category,
// channel, fault (what is known at the start), values (JSON, by placeholder),
// insert (say so where the page can take a text).
// Events: evenkeel-insert with detail.text; evenkeel-step with detail.step;
// evenkeel-copy with detail.text.  Methods: begin(), which looks for a
// conversation of ref again.

import { Service } from './api.js';
import { Ask } from './ask.js';
import { copyText, h, put, words } from './dom.js';
import { Heard, moods, offers } from './heard.js';
import { Key } from './key.js';
import { Promises } from './promises.js';
import { Reply } from './reply.js';
import { Say, breather } from './say.js';
import { Signals, byKey } from './signals.js';
import { Start } from './start.js';
import { track } from './track.js';

const LINES = 6; // wordings that are asked for
const origin = new URL('/', import.meta.url).href;

/** The object that a text of JSON is; nothing where it is none. */
function objectOf(text) {
	try {
		return { ...JSON.parse(text ?? '{}') };
	} catch {
		console.warn('evenkeel-panel: the attribute values is no JSON object');
		return {};
	}
}

export class EvenkeelPanel extends HTMLElement {
	static observedAttributes = ['ref', 'values'];

	#conversation = null;
	#etag = null;
	#been = new Set();
	#said = { ids: [], texts: [] };
	#working = null;	// what stops it, while there is something
	#width = 0;

	constructor() {
		super();
		this.attachShadow({ mode: 'open', delegatesFocus: true });
		this.given = {};
		this.shadowRoot.append(h('link', { rel: 'stylesheet',
			href: new URL('panel.css', import.meta.url).href }));
		this.say = new Say(this);
		this.signals = new Signals(this);
		this.ask = new Ask(this);
		this.reply = new Reply(this);
		this.heard = new Heard(this, (reading) => reading
			? offers(this, reading, this.step) : null);
		this.promises = new Promises(this);
		this.startView = new Start(this);
		this.key = new Key((key) => this.unlock(key));
		this.#build();
		this.shadowRoot.addEventListener('keydown', (event) =>
			this.#key(event));
	}

	#build() {
		this.heading = h('p', { class: 'title' });
		this.track = h('div', { class: 'rails' });
		this.undoButton = h('button', { type: 'button',
			onclick: () => this.undo() },
			h('kbd', { 'aria-hidden': 'true' }, 'U'),
			h('span', {}, 'Undo'));
		this.leaveButton = h('button', { type: 'button',
			onclick: () => this.leave() }, 'New');
		this.mood = h('select', { id: 'mood', 'aria-label':
			'How upset is the customer?' },
			moods.map((mood, i) => h('option', { value: i }, mood)));
		this.bar = h('div', { class: 'bar', role: 'alert' });
		this.break = h('div', {});
		this.head = h('header', {}, this.heading, h('div', { class: 'tools' },
			this.mood, this.undoButton, this.leaveButton));
		this.body = h('div', { class: 'talk', hidden: true },
			h('div', { class: 'main' }, this.break, this.say.el,
			  this.track, this.signals.el, this.ask.el),
			h('div', { class: 'side' }, this.say.aside,
			  this.heard.el, this.reply.el, this.promises.el));
		this.wait = h('div', { class: 'wait', 'aria-busy': 'true' },
			h('span', { class: 'hidden' }, 'Loading'),
			h('i'), h('i'), h('i'));
		this.startView.el.hidden = true;
		this.root = h('div', { class: 'panel' }, this.bar, this.head,
			this.wait, this.key.el, this.startView.el,
			this.body);
		this.head.hidden = true;
		this.shadowRoot.append(this.root);
	}

	/** Begin; or go on where a key was no longer good. */
	unlock(key) {
		this.service.key = key;
		if (!this.#conversation) {
			this.begin();
			return;
		}
		this.key.el.hidden = true;
		this.body.hidden = false;
		this.open(this.#conversation.id);
	}

	connectedCallback() {
		this.service = new Service(this.getAttribute('base') ?? origin,
			(problem) => this.#waiting(problem));
		this.service.key = this.getAttribute('key')
			?? this.key.kept(this.service.base);
		this.say.insert.hidden = !this.hasAttribute('insert');
		this.observer = new ResizeObserver(([entry]) => {
			const width = Math.round(entry.contentRect.width);

			if (width === this.#width)
				return;
			this.#width = width;
			this.#drawTrack();
		});
		this.observer.observe(this.track);
		this.begin();
	}

	disconnectedCallback() {
		this.observer.disconnect();
		this.stop?.abort();
	}

	attributeChangedCallback(name, before, now) {
		if (name === 'values')
			this.given = objectOf(now);
		if (!this.isConnected || before === now || !this.service)
			return;
		if (name === 'ref')
			this.begin();
		else if (this.step)
			this.refill();
	}

	/* ---- what goes on ---- */

	/** Run what asks the service, and may be stopped by the signal it gets;
	    say what went wrong. */
	async #work(fn) {
		if (this.#working)
			return;
		const mine = new AbortController();

		this.#working = mine;
		this.#busy(true);
		this.#tell('');
		try {
			await fn(mine.signal);
		} catch (problem) {
			this.#fail(problem);
		} finally {
			if (this.#working === mine)
				this.#idle();
		}
	}

	#idle() {
		this.#working = null;
		this.#busy(false);
	}

	/** Wait no longer.  What was asked for may have been done: the version
	    in If-Match keeps the next step from being taken twice. */
	#halt() {
		const id = this.#conversation?.id;

		this.#working?.abort();
		this.late = false;
		this.#idle();
		this.#tell('Stopped. It may have been done all the same.', id
			? h('button', { type: 'button',
				onclick: () => this.open(id) }, 'Look') : null);
	}

	#busy(is) {
		this.root.classList.toggle('busy', is);
		this.signals.busy(is);
		this.undoButton.disabled = is;
	}

	#tell(text, ...more) {
		put(this.bar, text ? h('p', {}, text, ' ', more) : null);
	}

	#waiting(problem) {
		const late = problem !== null;

		if (late)
			this.#tell(problem.status === 0
				? 'The service does not answer. Trying again …'
				: `${problem.message} Trying again …`,
			this.#working ? h('button', { type: 'button',
				onclick: () => this.#halt() }, 'Stop') : null);
		else if (this.late)
			this.#tell('');
		this.late = late;
	}

	#fail(problem) {
		if (problem?.name === 'AbortError')
			return;
		this.wait.hidden = true;
		if (problem.status === 401 || problem.status === 403) {
			this.key.el.hidden = false;
			this.startView.el.hidden = this.body.hidden = true;
			if (this.service.key !== '')
				this.#tell(problem.advice);
			this.key.keep('');
			return;
		}
		if (problem.status === 412) {
			this.#tell('Somebody else has moved this conversation on. '
				+ 'This is where it stands now.');
			this.#load(this.#conversation.id).catch((again) =>
				this.#fail(again));
			return;
		}
		this.#tell(problem.advice ?? `This went wrong: ${problem.message}`);
	}

	/** Look for a conversation of ref; else show what begins one. */
	begin() {
		this.stop?.abort();
		this.#working?.abort();
		this.#idle();
		this.stop = new AbortController();
		const { signal } = this.stop;

		this.#clear();
		this.wait.hidden = false;
		this.key.el.hidden = true;
		this.#begin(signal).catch((problem) => this.#fail(problem));
	}

	async #begin(signal) {
		if (!this.library) {
			const { body } = await this.service.get('/v1/names',
				{ signal });

			this.library = body;
		}
		const ref = this.getAttribute('ref');

		if (ref) {
			const { body } = await this.service.get('/v1/conversations?'
				+ new URLSearchParams({ ref, status: 'active' }),
				{ signal });

			if (body.items.length > 0) {
				await this.#load(body.items.at(-1).id, signal);
				return;
			}
		}
		this.startView.fill(this.library, {
			category: this.getAttribute('category') ?? undefined,
			channel: this.getAttribute('channel') ?? undefined });
		this.wait.hidden = true;
		this.startView.el.hidden = false;
		await this.startView.showDue();
	}

	#clear() {
		this.#conversation = this.step = null;
		this.#been.clear();
		this.#said = { ids: [], texts: [] };
		this.ask.clear();
		this.heard.clear();
		this.head.hidden = this.body.hidden = true;
		this.startView.el.hidden = true;
		put(this.track);
		put(this.break);
		this.#tell('');
	}

	/** Begin a conversation.  message, if there is one, was read for it. */
	start(known, message) {
		return this.#work(async (signal) => {
			const more = {};

			for (const name of ['ref', 'subject', 'fault'])
				if (this.getAttribute(name))
					more[name] = this.getAttribute(name);
			const answer = await this.service.post('/v1/conversations',
				{ ...known, ...more, values: this.ask.values,
				  phrases: LINES }, { signal });

			this.startView.heard.clear();
			this.startView.el.hidden = true;
			this.#take(answer);
			this.heard.box.value = message;
			if (message !== '')
				this.heard.read();
		});
	}

	/** Go on with a conversation that there is. */
	open(id) {
		return this.#work((signal) => this.#load(id, signal));
	}

	async #load(id, signal) {
		const { body: { turns } } = await this.service.get(
			`/v1/conversations/${id}?turns=all`, { signal });
		const answer = await this.service.get(
			`/v1/conversations/${id}?phrases=${LINES}`, { signal });

		this.startView.el.hidden = this.wait.hidden = true;
		this.#been = new Set(turns.map((turn) => turn.to));
		this.#take(answer);
		this.refill();
	}

	/** An answer about the conversation is the new state of all. */
	#take({ body, etag }) {
		this.#conversation = body.conversation;
		this.#etag = etag;
		this.#said.ids = [];
		this.step = body.step;
		this.#been.add(this.step.stage.code);
		this.#show();
		this.dispatchEvent(new CustomEvent('evenkeel-step', {
			bubbles: true, composed: true,
			detail: { step: this.step,
				  conversation: this.#conversation } }));
	}

	#show() {
		const { step } = this;
		const plan = step.protocol.step;

		this.head.hidden = this.body.hidden = false;
		put(this.heading, h('strong', {}, step.stage.name),
		    h('span', {}, step.category.name, plan
			? ` · ${plan.n} of ${plan.of}: ${plan.name}` : ''));
		this.mood.value = this.#conversation.intensity;
		this.say.show(step);
		this.signals.show(step);
		this.ask.show(step.ask);
		this.promises.show(this.#conversation);
		this.reply.again();
		put(this.break, step.breather ? breather(step.breather, () =>
			put(this.break)) : null);
		if (step.held_back)
			this.#tell(step.held_back.because);
		this.#drawTrack();
	}

	#drawTrack() {
		if (!this.step || this.#width === 0)
			return;
		put(this.track, track(this.library.stages, this.step.stage.code,
			this.#been, new Set(this.step.next.map((way) => way.to)),
			this.#width));
	}

	/* ---- what an agent does ---- */

	/** This just happened. */
	react(what, intensity) {
		if (!this.step)
			return undefined;
		return this.#work(async (signal) => {
			const { line } = this.say;
			const used = this.#said.ids.length > 0 ? this.#said.ids
				: line ? [line.id] : [];
			const promise = this.promises.pending;
			const mood = intensity ?? Number(this.mood.value);

			this.#take(await this.service.post(this.#path('/turns'), {
				signal: what, used, values: this.ask.values,
				phrases: LINES, ...(promise ? { promise } : {}),
				...(mood !== this.#conversation.intensity
					? { intensity: mood } : {}) },
				{ match: this.#etag, signal }));
			if (promise)
				this.promises.noted();
			this.heard.clear();
			this.say.text.focus();
		});
	}

	undo() {
		if (!this.step)
			return undefined;
		return this.#work(async (signal) => {
			this.#take(await this.service.post(this.#path('/undo'),
				{ values: this.ask.values, phrases: LINES },
				{ match: this.#etag, signal }));
			this.say.text.focus();
		});
	}

	settle(n, result) {
		return this.#work(async (signal) =>
			this.#take(await this.service.post(
				this.#path(`/promises/${n}`),
				{ result, values: this.ask.values,
				  phrases: LINES }, { signal })));
	}

	followUp(id, result) {
		return this.#work(async (signal) =>
			this.#take(await this.service.post(
				`/v1/follow-ups/${id}`,
				{ result, values: this.ask.values,
				  phrases: LINES }, { signal })));
	}

	/** Leave this conversation as it is, and begin another. */
	leave() {
		this.#working?.abort();
		this.late = false;
		this.#idle();
		this.#clear();
		this.startView.fill(this.library, {});
		this.startView.el.hidden = false;
		this.startView.heard.box.focus();
	}

	#path(more) {
		return `/v1/conversations/${this.#conversation.id}${more}`;
	}

	/** The lines again, with what is known by now.  Changes nothing. */
	async refill() {
		const { step } = this;

		if (!step)
			return;
		this.refilling?.abort();
		this.refilling = new AbortController();
		const c = this.#conversation, { stage, ...state } = step.state;

		try {
			const { body } = await this.service.post(
				`/v1/steps/${step.stage.code}`, {
				category: c.category, protocol: c.protocol,
				channel: c.channel, speaker: c.speaker,
				fault: c.fault, intensity: c.intensity,
				locale: c.locale, may_offer: c.may_offer, state,
				values: this.ask.values, phrases: LINES },
				{ signal: this.refilling.signal });

			if (this.step !== step)
				return;
			this.say.refill(body.say);
			this.ask.show(body.ask);
			this.reply.again();
		} catch (problem) {
			this.#fail(problem);
		}
	}

	/** What a check of words is to know. */
	context() {
		const c = this.#conversation;

		return c ? { stage: c.stage, category: c.category,
			channel: c.channel, speaker: c.speaker, fault: c.fault,
			intensity: c.intensity, values: this.ask.values,
			said: this.#said.texts.slice(-20) } : {};
	}

	stageName(code) {
		return this.library.stages.find((stage) =>
			stage.code === code)?.name ?? words(code);
	}

	#use(name) {
		const { line } = this.say;

		if (!line)
			return null;
		if (!this.#said.ids.includes(line.id)) {
			this.#said.ids.push(line.id);
			this.#said.texts.push(line.text);
		}
		this.dispatchEvent(new CustomEvent(name, { bubbles: true,
			composed: true, detail: { text: line.text } }));
		return line.text;
	}

	async copy() {
		const text = this.#use('evenkeel-copy');

		if (text === null)
			return;
		await copyText(this.root, text);
		this.say.copy.lastChild.textContent = 'Copied';
		setTimeout(() => {
			this.say.copy.lastChild.textContent = 'Copy';
		}, 1500);
	}

	insert() {
		this.#use('evenkeel-insert');
	}

	/** Keys, but while a text is typed. */
	#key(event) {
		const typing = event.target.matches('input, textarea, select');

		if (event.key === 'Escape' && typing) {
			this.say.text.focus();
			return;
		}
		if (typing || event.ctrlKey || event.metaKey || event.altKey ||
		    !this.step || this.body.hidden)
			return;
		const act = {
			c: () => this.copy(),
			i: () => !this.say.insert.hidden && this.insert(),
			w: () => this.say.turn(),
			u: () => this.undo(),
			g: () => this.react('next'),
			r: () => this.reply.box.focus(),
			p: () => this.heard.box.focus(),
		}[event.key.toLowerCase()];
		const signal = byKey(event.key.toLowerCase());

		if (act) {
			event.preventDefault();
			act();
		} else if (signal && this.step.next.some((way) =>
			way.signal === signal)) {
			event.preventDefault();
			this.react(signal);
		}
	}
}

customElements.define('evenkeel-panel', EvenkeelPanel);
