// graph.mjs - PostGraphile on the same tables.
import { createRequire } from 'node:module';
import { createServer } from 'node:http';

const require = createRequire(`${process.env.MODULES}/package.json`);
const { postgraphile } = require('postgraphile');

createServer(postgraphile(process.env.DATABASE, 'evenkeel', {
	graphiql: false, disableQueryLog: true, retryOnInitFail: false,
})).listen(Number(process.env.PORT), '127.0.0.1');
