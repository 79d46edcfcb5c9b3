// memory.mjs - Fastify that has all answers ready in memory.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(`${process.env.MODULES}/package.json`);
const app = require('fastify')();
const { query, body } = JSON.parse(readFileSync(process.env.ANSWER));
const answers = new Map([[`${query.category} ${query.stage}`, body]]);

app.get('/v1/next', (request, reply) => {
	const { category, stage } = request.query;

	reply.header('Content-Type', 'application/json')
		.send(answers.get(`${category} ${stage}`));
});
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
