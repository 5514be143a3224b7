// What the environment says; see docs/real-servers.md for each name.

const COSTS = { cheap: 16, real: 16384 }; // rounds (N) of scrypt; 16384 is Node's own default

function secret(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start the server with tests/servers/run.py, which sets it`);
  return value;
}

function seconds(name, fallback) {
  const value = Number(process.env[name] || fallback);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} must be a whole number of seconds, at least 1`);
  return value;
}

function scryptRounds() {
  const word = process.env.HASH_COST || 'cheap';
  if (!Object.hasOwn(COSTS, word)) throw new Error(`HASH_COST is ${word}: it must be cheap or real`);
  return COSTS[word];
}

export function readSettings() {
  const port = Number(process.env.PORT || 9101);
  return Object.freeze({
    port,
    issuer: `http://127.0.0.1:${port}`,
    password: secret('OIDC_PROVIDER_PASSWORD'),
    clientSecret: secret('OIDC_PROVIDER_CLIENT_SECRET'),
    scryptRounds: scryptRounds(),
    accessTtlS: seconds('ACCESS_TTL', 600),
    refreshTtlS: seconds('REFRESH_TTL', 86400),
  });
}
