// table.mjs - Fastify that asks PostgreSQL for the lines of a stage.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(`${process.env.MODULES}/package.json`);
const app = require('fastify')();
const { Pool } = require('pg');
const pool = new Pool({ connectionString: process.env.DATABASE, max: 10 });
const { body } = JSON.parse(readFileSync(process.env.ANSWER));
const shape = JSON.parse(body);

app.get('/v1/next', async (request) => {
	const { rows } = await pool.query({
		name: 'lines',
		text: `SELECT id, text FROM evenkeel.phrase
			WHERE category = $1 AND stage = $2 AND upper_inf(valid)
			ORDER BY id LIMIT $3`,
		values: [request.query.category, request.query.stage,
			shape.say.length],
	});

	return { ...shape, say: shape.say.map((line, i) =>
		({ ...line, ...rows[i] })) };
});
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
