// What the environment says; see docs/real-servers.md for each name.
import { scryptRounds, seconds, secret } from '../node/environment.mjs';

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
