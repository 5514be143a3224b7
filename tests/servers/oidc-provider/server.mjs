// The npm package oidc-provider (a certified OpenID provider) as a server for load tests, on loopback alone.
// Start it with tests/servers/run.py; settings.mjs reads what it sets. Everything is in memory: a restart forgets all.
import http from 'node:http';
import { Accounts } from './accounts.mjs';
import { Counts } from './counts.mjs';
import { Pages } from './pages.mjs';
import { makeProvider } from './provider.mjs';
import { readSettings } from './settings.mjs';

const settings = readSettings();
const accounts = new Accounts(settings.scryptRounds);
await accounts.setPassword(settings.password);

const provider = makeProvider(settings, accounts);
provider.on('server_error', (ctx, error) => console.error('server_error', ctx.oidc?.route, error));
const counts = new Counts();
counts.follow(provider);
const pages = new Pages(provider, accounts, counts);
const protocol = provider.callback();

const server = http.createServer((req, res) => {
  const login = /^\/login\/([\w-]+)$/.exec(req.url);
  if (login) return pages.answer(req, res, login[1]);
  if (req.url === '/_counts') {
    res.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    return res.end(JSON.stringify(counts));
  }
  return protocol(req, res);
});
server.keepAliveTimeout = 65_000; // Node closes idle connections after 5 s, which is seen as resets by a load test
server.listen(settings.port, '127.0.0.1');

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}
