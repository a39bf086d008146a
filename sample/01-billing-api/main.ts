import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { USERS } from './auth/users.js';

/** Serves the billing API until it is stopped; `npm run sample:serve`. */
const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
app.enableShutdownHooks();
await app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1');
const url = await app.getUrl();
const [admin] = USERS;

console.log(`Billing API with an audit trail: ${url} (log: ${process.env.AUDIT_STORAGE_PATH ?? './audit.sqlite'})

# log in, keep the token
TOKEN=$(curl -s ${url}/auth/login -H 'content-type: application/json' \\
  -d '{"email":"${admin.email}","password":"${admin.password}"}' | sed 's/.*:"\\(.*\\)".*/\\1/')

# change something, be refused something
curl -s ${url}/invoices -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
  -d '{"number":"2026-001","customer":"Initech","amount":12500,"cardNumber":"4111111111111111"}'; echo
curl -s -X DELETE ${url}/invoices/00000000-0000-4000-8000-000000000000; echo

# read the trail and check it
curl -s ${url}/admin/trail -H "authorization: Bearer $TOKEN"; echo
curl -s -X POST ${url}/admin/verify -H "authorization: Bearer $TOKEN"; echo`);
