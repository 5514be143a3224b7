// The protected API for which JWT access tokens are issued: ask with resource=urn:storm:api and scope=api.

export const RESOURCE = 'urn:storm:api';
export const OIDC_SCOPES = ['openid', 'offline_access', 'profile', 'email'];

// How access tokens for RESOURCE look (RFC 9068).
export const jwtResource = (settings) => ({
  scope: 'api',
  audience: RESOURCE,
  accessTokenFormat: 'jwt',
  accessTokenTTL: settings.accessTtlS,
  jwt: { sign: { alg: 'RS256' } },
});
