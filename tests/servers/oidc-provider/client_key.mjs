// The key pair of the client that signs: the private half in data/client-key.pem, for its owner alone, where the load
// test reads it. Made once; whoever starts beside us takes the one that was first.
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('./data/', import.meta.url));
const FILE = `${FOLDER}client-key.pem`;

function make() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const draft = `${FILE}.${randomBytes(4).toString('hex')}`;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, FILE);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
}

// The public half as a JWK, for the client's registration.
export function clientKey() {
  if (!existsSync(FILE)) make();
  const jwk = createPublicKey(readFileSync(FILE)).export({ format: 'jwk' });
  return { ...jwk, use: 'sig', alg: 'ES256', kid: 'storm-jwt-1' };
}
