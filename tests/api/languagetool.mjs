// languagetool.mjs - ask the service as a client of LanguageTool would.
//
//	node languagetool.mjs MODULES URL
//
// MODULES has gramma, as npm installs it, and nothing here touches what it
// does; URL is our /v2/check.  Prints a line for each test, "ok NAME" or
// "failed NAME: why".
import { createRequire } from 'node:module'

const [modules, url] = process.argv.slice(2)
const gramma = createRequire(modules + '/')('gramma')
let failed = false

async function test(name, body) {
	try {
		await body()
		console.log('ok ' + name)
	} catch (err) {
		failed = true
		console.log('failed ' + name + ': ' + err.message)
	}
}

function same(got, wanted) {
	const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)]
	if (a !== b)
		throw new Error(a + ', not ' + b)
}

// Each match as its rule and the words that a client would mark.
function marks(text, result) {
	return result.matches.map(m =>
		[m.rule.id, text.slice(m.offset, m.offset + m.length)])
}

const draft = 'Hi 😡👍🏽! Cafe\u0301: “yes”. You should have called us earlier. Calm down.'

await test('it_gets_matches_at_the_right_places', async () => {
	const result = await gramma.check(draft, { api_url: url })
	same(marks(draft, result),
		[['W01', 'You should have'], ['W43', 'Calm down.']])
	// What it takes from the context is what is there.
	same(result.matches.map(m => m.word),
		['You should have', 'Calm down.'])
})

await test('it_can_put_replacements_in', async () => {
	const result = await gramma.check(draft, { api_url: url })
	const change = result.matches
		.filter(m => m.replacements.length > 0)
		.map(m => ({ offset: m.offset, length: m.length,
			change: m.replacements[0].value }))
	same(change.length, 1)
	same(gramma.replaceAll(draft, change),
		draft.replace('Calm down.', change[0].change))
})

await test('it_can_send_markdown', async () => {
	const text = '# Hello\n\n😡 **Please** read `code`. You *should* have called.\n'
	const result = await gramma.check(text,
		{ api_url: url, markdown: true })
	same(marks(text, result), [['W01', 'You *should* have']])
})

await test('it_can_switch_categories_off', async () => {
	const result = await gramma.check(draft,
		{ api_url: url, rules: { blame: false, BLAME: false } })
	same(marks(draft, result), [['W43', 'Calm down.']])
})

await test('it_hears_of_a_language_that_is_none_of_ours', async () => {
	let told
	try {
		const result = await gramma.check(draft,
			{ api_url: url, language: 'de-DE' })
		told = JSON.stringify(result)
	} catch (err) {
		told = err.message
	}
	same(told.includes('matches'), false)
})

await test('it_finds_nothing_in_a_good_draft', async () => {
	const result = await gramma.check('I can send a new one today. ' +
		'It will be with you tomorrow.', { api_url: url })
	same(result.matches, [])
})

process.exit(failed ? 1 : 0)
