// The npm package oidc-provider (a certified OpenID provider) as a server for load tests, on loopback alone.
// Start it with tests/servers/run.py; settings.mjs reads what it sets. Everything is in memory: a restart forgets all.
import { Accounts } from './accounts.mjs';
import { Counts } from './counts.mjs';
import { Pages } from './pages.mjs';
import { makeProvider } from './provider.mjs';
import { readSettings } from './settings.mjs';
import { serve } from '../node/serve.mjs';

const settings = readSettings();
const accounts = new Accounts(settings.scryptRounds);
await accounts.setPassword(settings.password);

const provider = makeProvider(settings, accounts);
provider.on('server_error', (ctx, error) => console.error('server_error', ctx.oidc?.route, error));
const counts = new Counts();
counts.follow(provider);
const pages = new Pages(provider, accounts, counts);
const protocol = provider.callback();

serve(settings.port, counts, (req, res) => {
  const login = /^\/login\/([\w-]+)$/.exec(req.url);
  return login ? pages.answer(req, res, login[1]) : protocol(req, res);
});
