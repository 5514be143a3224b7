// Where the provider keeps tokens, grants and sessions: in memory, without an upper bound. The package's own default
// holds 1,000 entries and silently drops the oldest, which under load looks like tokens that die at random.

const SWEEP_MS = 60_000;
const rows = new Map(); // "Model/id" -> { payload, dueMs }
const keysOfGrant = new Map(); // grant id -> Set of keys of the tokens that hang on it
const sessionOfUid = new Map(); // session uid -> session id

function forget(key) {
  const row = rows.get(key);
  if (!row) return;
  rows.delete(key);
  if (row.payload.uid) sessionOfUid.delete(row.payload.uid);
  const keys = keysOfGrant.get(row.payload.grantId);
  if (keys?.delete(key) && keys.size === 0) keysOfGrant.delete(row.payload.grantId);
}

function sweep() {
  const now = Date.now();
  for (const [key, row] of rows) if (row.dueMs <= now) forget(key);
}

export class Store {
  constructor(model) {
    this.model = model;
  }

  async upsert(id, payload, expiresInS) {
    const key = this.#key(id);
    rows.set(key, { payload, dueMs: expiresInS ? Date.now() + expiresInS * 1000 : Infinity });
    if (payload.uid) sessionOfUid.set(payload.uid, id);
    if (payload.grantId) {
      if (!keysOfGrant.has(payload.grantId)) keysOfGrant.set(payload.grantId, new Set());
      keysOfGrant.get(payload.grantId).add(key);
    }
  }

  async find(id) {
    const row = rows.get(this.#key(id));
    return row && row.dueMs > Date.now() ? row.payload : undefined;
  }

  async findByUid(uid) {
    return sessionOfUid.has(uid) ? this.find(sessionOfUid.get(uid)) : undefined;
  }

  async findByUserCode() {
    return undefined; // the device flow is off
  }

  async consume(id) {
    const row = rows.get(this.#key(id));
    if (row) row.payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    forget(this.#key(id));
  }

  async revokeByGrantId(grantId) {
    for (const key of [...(keysOfGrant.get(grantId) ?? [])]) if (key.startsWith(`${this.model}/`)) forget(key);
  }

  #key(id) {
    return `${this.model}/${id}`;
  }
}

setInterval(sweep, SWEEP_MS).unref();
