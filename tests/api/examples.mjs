// examples.mjs - what stands in tests/examples, held against what the other
// side publishes: Google's own description of a webhook's answer, and YAML as
// Rasa reads it.
//
//	node examples.mjs MODULES BASE
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [modules, base] = process.argv.slice(2)
const need = createRequire(modules + '/')
const protobuf = need('protobufjs')
const yaml = need('yaml')
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

function check(condition, what) {
	if (!condition)
		throw new Error(what)
}

const recorded = (name) =>
	JSON.parse(readFileSync(`tests/api/bots/${name}.json`, 'utf8'))

async function post(url, body, headers = {}) {
	const response = await fetch(url, { method: 'POST', headers: {
		'Content-Type': 'application/json', ...headers },
		body: JSON.stringify(body) })
	check(response.status === 200, `status ${response.status}`)
	return response.json()
}

await test('dialogflow_accepts_the_answer', async () => {
	const protos = protobuf.Root.fromJSON(JSON.parse(readFileSync(
		need.resolve('@google-cloud/dialogflow-cx/package.json').replace(
			'package.json', 'build/protos/protos.json'), 'utf8')))
	const type = (name) =>
		protos.lookupType(`google.cloud.dialogflow.cx.v3.${name}`)
	// A Struct of protobuf's is any object: not what is tested here.
	const { sessionInfo, payload, ...answer } = await post(
		base + '/v1/adapters/dialogflow-cx', recorded('dialogflow_cx'))

	const made = type('WebhookResponse').fromObject(answer)
	check(type('WebhookResponse').verify(made) === null, 'refused')
	const again = type('WebhookResponse').toObject(made, { enums: String })
	check(JSON.stringify(again) === JSON.stringify(answer),
		`something is lost: ${JSON.stringify(again)}`)
	check(Object.keys(sessionInfo).join() === 'parameters', 'sessionInfo')
	check(payload.stage === sessionInfo.parameters.evenkeel_stage, 'payload')
	for (const name of Object.keys({ ...answer, sessionInfo, payload }))
		check(type('WebhookResponse').fields[name], name)
})

await test('rasa_finds_the_endpoint', async () => {
	const { nlg } = yaml.parse(readFileSync('tests/examples/endpoints.yml',
		'utf8'))
	const url = nlg.url.replace('http://127.0.0.1:8080', base)

	check(url.startsWith(base), nlg.url)
	for (const version of ['rasa_1', 'rasa_2', 'rasa_3', 'rasa_36']) {
		const answer = await post(url, recorded(version))

		// As Rasa's schema for an NLG server has it.
		check(typeof answer.text === 'string', 'text')
		check(Array.isArray(answer.buttons), 'buttons')
		check(Array.isArray(answer.elements), 'elements')
		check('attachment' in answer && 'image' in answer, 'attachment')
		check(answer.custom !== null && typeof answer.custom === 'object' &&
			!Array.isArray(answer.custom), 'custom')
	}
})

process.exit(failed ? 1 : 0)
