// export.mjs - read exports as the systems do that they are for.
//
//	node export.mjs MODULES FOLDER LIBRARY
//
// MODULES has csv-parse and yaml, as npm installs them; FOLDER has an export of
// each format; LIBRARY is the bundle that they are of.  Prints a line for each
// test, "ok NAME" or "failed NAME: why".
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

const [modules, folder, library] = process.argv.slice(2)
const load = createRequire(modules + '/')
const { parse } = load('csv-parse/sync')
const yaml = load('yaml')
const { phrases, placeholders } = JSON.parse(readFileSync(library, 'utf8'))
let failed = false

function test(name, body) {
	try {
		body()
		console.log('ok ' + name)
	} catch (err) {
		failed = true
		console.log('failed ' + name + ': ' +
			err.message.replaceAll('\n', ' ').slice(0, 300))
	}
}

function same(got, wanted) {
	const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)]
	if (a !== b)
		throw new Error(a + ', not ' + b)
}

const read = format => readFileSync(folder + '/' + format, 'utf8')

// Each id once, and no other; a line without a mark just as it is; of the
// others what stands between the marks; and no mark but those that are theirs.
function every_line_once(lines, theirs) {
	same(lines.map(l => l.id).sort(), phrases.map(p => p.id).sort())
	const texts = new Map(phrases.map(p => [p.id, p.text]))
	for (const { id, text } of lines) {
		const ours = texts.get(id)
		if (!/[{[]/.test(ours))
			same(text, ours)
		let at = 0
		for (const part of ours.replace(/\[\[.*?\]\]/g, '{}').split(/\{\w*\}/)) {
			const found = text.indexOf(part, at)
			if (found < 0)
				throw new Error(id + ' lacks ' + part)
			at = found + part.length
		}
		const rest = text.replace(theirs, 'x')
		if (/[{}[\]]|  | [.,!?]/.test(rest))
			throw new Error(id + ': ' + text)
	}
}

test('chatwoot_reads_every_line', () => {
	const all = JSON.parse(read('chatwoot')).canned_responses
	// Only the last two dots of a short code stand for slashes.
	every_line_once(all.map(r => ({
		id: r.short_code.replace(/^(.*)\.([^.]*)\.([^.]*)$/, '$1/$2/$3'),
		text: r.content })),
	/\{\{(contact\.name|agent\.first_name|conversation\.id)\}\}/g)
	same(new Set(all.map(r => r.short_code)).size, all.length)
})

test('zendesk_reads_every_line', () => {
	const all = JSON.parse(read('zendesk')).macros
	every_line_once(all.map(m => ({ id: m.title.split('::')[2],
		text: m.actions.at(-1).value })),
	/\{\{(ticket\.requester\.name|current_user\.first_name|ticket\.id)\}\}/g)
	const inside = new Set(phrases.filter(p =>
		['agent_self', 'organization'].includes(p.speaker)).map(p => p.id))
	for (const m of all) {
		same(m.actions.map(a => a.field),
			inside.has(m.title.split('::')[2])
				? ['comment_mode_is_public', 'comment_value']
				: ['comment_value'])
	}
})

test('zammad_reads_every_line', () => {
	const all = parse(read('zammad'), { columns: true })
	same(Object.keys(all[0]),
		['id', 'name', 'keywords', 'content', 'note', 'active'])
	every_line_once(all.map(t => ({ id: t.name.split(' - ').at(-1),
		text: t.content })),
	/#\{(ticket\.customer\.firstname|user\.firstname|ticket\.number)\}/g)
	same(new Set(all.map(t => t.name)).size, all.length)
	same(all.filter(t => t.id !== '' || t.active !== 'true'), [])
})

for (const version of ['1.1', '1.2'])
	test('rasa_reads_every_line_of_yaml_' + version.replace('.', '_'), () => {
		// The parser refuses a name that is there twice.
		const domain = yaml.parse(read('rasa'), { version })
		const all = Object.values(domain.responses).flat()
		every_line_once(all.map(r => ({ id: r.metadata.id,
			text: r.text })), /\{\w+\}/g)
		same(Object.keys(domain.slots), placeholders.map(p => p.name))
		const taken = new Set(Object.keys(domain.slots))
		for (const r of all)
			for (const [, slot] of r.text.matchAll(/\{(\w+)\}/g))
				same([slot, taken.has(slot)], [slot, true])
		const names = Object.keys(domain.responses)
		same(names.filter(n => !n.startsWith('utter_')), [])
	})

// Rasa takes any of them: none may need a slot, grant something, or be only
// for a person.
test('rasa_varies_only_what_may_always_be_said', () => {
	const domain = yaml.parse(read('rasa'))
	const by_id = new Map(phrases.map(p => [p.id, p]))
	const many = Object.values(domain.responses).filter(r => r.length > 1)
	if (many.length === 0)
		throw new Error('nothing varies')
	for (const r of many.flat()) {
		const p = by_id.get(r.metadata.id)
		same([r.text.includes('{'), p.offers, p.when, p.true_only,
			['any', 'bot'].includes(p.speaker)],
		[false, [], [], false, true])
	}
})

test('a_hand_out_has_every_line', () => {
	const lines = read('markdown').split('\n').filter(l => l.startsWith('- '))
	same(lines.length, phrases.length)
	same(lines.filter(l => /[{}]|\[\[|____/.test(l)), [])
})

process.exit(failed ? 1 : 0)
