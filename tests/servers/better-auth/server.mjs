// The npm package better-auth (e-mail and password, session cookies and bearer tokens) as a server for load tests, on
// loopback alone. Start it with tests/servers/run.py; settings.mjs reads what it sets. Accounts and sessions are in
// Node's own SQLite, in memory: a restart forgets all.
import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { bearer } from 'better-auth/plugins';
import { Counts } from './counts.mjs';
import { Passwords } from './passwords.mjs';
import { readSettings } from './settings.mjs';
import { serve } from '../node/serve.mjs';

const ACCOUNTS = 200;

const settings = readSettings();
const counts = new Counts();
const passwords = new Passwords(settings.scryptRounds);
const options = {
  baseURL: settings.url,
  secret: randomBytes(32).toString('base64url'),
  database: new DatabaseSync(':memory:'),
  telemetry: { enabled: false },
  emailAndPassword: { enabled: true, autoSignIn: false, password: { hash: passwords.hash, verify: passwords.verify } },
  session: { expiresIn: settings.sessionTtlS, disableSessionRefresh: true },
  rateLimit: { enabled: false },
  hooks: { after: counts.hook },
  plugins: [bearer()],
};

await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);
for (let i = 0; i < ACCOUNTS; i += 1) {
  const name = `user${String(i).padStart(4, '0')}`;
  await auth.api.signUpEmail({ body: { email: `${name}@example.test`, password: settings.password, name } });
}

serve(settings.port, counts, toNodeHandler(auth));
