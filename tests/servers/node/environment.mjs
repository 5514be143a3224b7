// What the environment says, for every server that Node runs; see docs/real-servers.md for each name.

const COSTS = { cheap: 16, real: 16384 }; // rounds (N) of scrypt; 16384 is Node's own default, and better-auth's

export function secret(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start the server with tests/servers/run.py, which sets it`);
  return value;
}

export function seconds(name, fallback) {
  return wholeNumber(name, process.env[name] || fallback, ' of seconds');
}

// How many requests may be answered at once; what comes beside them is shed. Without a number there is no limit.
export function atOnce() {
  return process.env.AT_ONCE ? wholeNumber('AT_ONCE', process.env.AT_ONCE) : Infinity;
}

export function scryptRounds() {
  const word = process.env.HASH_COST || 'cheap';
  if (!Object.hasOwn(COSTS, word)) throw new Error(`HASH_COST is ${word}: it must be cheap or real`);
  return COSTS[word];
}

function wholeNumber(name, text, ofWhat = '') {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} must be a whole number${ofWhat}, at least 1`);
  return value;
}
