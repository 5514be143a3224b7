// What the environment says; see docs/real-servers.md for each name.
import { scryptRounds, seconds, secret } from '../node/environment.mjs';

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
