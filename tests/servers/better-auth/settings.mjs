// What the environment says; see docs/real-servers.md for each name.

const COSTS = { cheap: 16, real: 16384 }; // rounds (N) of scrypt; 16384 is the package's own default

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
  const port = Number(process.env.PORT || 9106);
  return Object.freeze({
    port,
    url: `http://127.0.0.1:${port}`,
    password: secret('BETTER_AUTH_PASSWORD'),
    scryptRounds: scryptRounds(),
    sessionTtlS: seconds('ACCESS_TTL', 600),
  });
}
