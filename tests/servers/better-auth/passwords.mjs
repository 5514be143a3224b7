// Password hashes as the package makes them (scrypt, a salt of its own for each account), at a cost that can be set.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(scrypt);

export class Passwords {
  #options;

  constructor(rounds) {
    this.#options = { N: rounds, r: 16, p: 1, maxmem: 128 * rounds * 16 * 2 + 1_000_000 };
  }

  hash = async (password) => {
    const salt = randomBytes(16).toString('hex');
    return `${salt}:${(await this.#derive(password, salt)).toString('hex')}`;
  };

  verify = async ({ hash, password }) => {
    const [salt, key] = hash.split(':');
    return timingSafeEqual(await this.#derive(password, salt), Buffer.from(key, 'hex'));
  };

  #derive(password, salt) {
    return derive(password, salt, 64, this.#options);
  }
}
