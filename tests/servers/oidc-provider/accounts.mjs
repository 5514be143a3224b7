// The 200 accounts user0000..user0199. All have one password, stored once as a salted scrypt hash; each check
// derives anew, so that a login costs what it costs where every account has a hash of its own.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const COUNT = 200;
const derive = promisify(scrypt);

export class Accounts {
  #names = new Set();
  #salt = randomBytes(16);
  #rounds;
  #stored;

  constructor(scryptRounds) {
    this.#rounds = scryptRounds;
    for (let i = 0; i < COUNT; i += 1) this.#names.add(`user${String(i).padStart(4, '0')}`);
  }

  async setPassword(password) {
    this.#stored = await this.#hash(password);
  }

  // An unknown name costs as much time as a known one.
  async passwordIsRight(name, given) {
    if (typeof name !== 'string' || typeof given !== 'string') return false;
    const right = timingSafeEqual(await this.#hash(given), this.#stored);
    return right && this.#names.has(name);
  }

  // The account in the form that the provider asks for, or undefined.
  find(name) {
    if (!this.#names.has(name)) return undefined;
    const claims = {
      sub: name,
      name: `Storm ${name}`,
      preferred_username: name,
      email: `${name}@example.test`,
      email_verified: true,
    };
    return { accountId: name, claims: async () => claims };
  }

  #hash(password) {
    return derive(password, this.#salt, 32, { N: this.#rounds });
  }
}
