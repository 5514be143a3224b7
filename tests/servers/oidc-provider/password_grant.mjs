// The resource owner password grant (RFC 6749 section 4.3). The package ships no handler for it but lets its user
// register one; everything that follows the password check is done with the package's own models.
import { errors } from 'oidc-provider';
import { jwtResource, OIDC_SCOPES, RESOURCE } from './resource.mjs';

export const PARAMETERS = ['username', 'password', 'scope', 'resource'];

// The handler for provider.registerGrantType('password', handler, PARAMETERS).
export function passwordGrant(provider, accounts, settings) {
  return async (ctx) => {
    const { username, password, resource } = ctx.oidc.params;
    if (!username || !password) throw new errors.InvalidRequest('username and password are required');
    if (resource && resource !== RESOURCE) throw new errors.InvalidTarget();
    if (!await accounts.passwordIsRight(username, password)) throw new errors.InvalidGrant('wrong name or password');

    const scopes = (ctx.oidc.params.scope ?? '').split(' ').filter((scope) => OIDC_SCOPES.includes(scope));
    ctx.oidc.entity('Account', accounts.find(username));
    const grantId = await saveGrant(ctx, scopes);
    const access = await accessToken(ctx, provider, settings, scopes, grantId);
    ctx.body = {
      access_token: await access.save(),
      token_type: access.tokenType,
      expires_in: access.expiration,
      scope: access.scope,
      refresh_token: await refreshToken(ctx, provider, scopes, grantId),
      id_token: await idToken(ctx, provider, scopes),
    };
  };
}

async function saveGrant(ctx, scopes) {
  const { client, account, params, provider } = ctx.oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: account.accountId });
  if (scopes.length) grant.addOIDCScope(scopes.join(' '));
  if (params.resource) grant.addResourceScope(params.resource, 'api');
  ctx.oidc.entity('Grant', grant);
  return grant.save();
}

async function accessToken(ctx, provider, settings, scopes, grantId) {
  const { client, account, params } = ctx.oidc;
  const token = new provider.AccessToken({ client, accountId: account.accountId, grantId, gty: 'password' });
  token.scope = scopes.join(' ') || undefined;
  if (params.resource) {
    token.resourceServer = new provider.ResourceServer(RESOURCE, jwtResource(settings));
    token.scope = 'api';
  }
  ctx.oidc.entity('AccessToken', token);
  return token;
}

async function refreshToken(ctx, provider, scopes, grantId) {
  const { client, account, params } = ctx.oidc;
  if (!scopes.includes('offline_access') || !client.grantTypeAllowed('refresh_token')) return undefined;
  const token = new provider.RefreshToken({
    client,
    accountId: account.accountId,
    grantId,
    gty: 'password',
    authTime: Math.floor(Date.now() / 1000),
    rotations: 0,
    scope: [...scopes, ...(params.resource ? ['api'] : [])].join(' '),
    resource: params.resource,
  });
  ctx.oidc.entity('RefreshToken', token);
  return token.save();
}

async function idToken(ctx, provider, scopes) {
  if (!scopes.includes('openid')) return undefined;
  const claims = await ctx.oidc.account.claims();
  const token = new provider.IdToken({ ...claims, auth_time: Math.floor(Date.now() / 1000) }, { ctx });
  token.scope = scopes.join(' ');
  return token.issue({ use: 'idtoken' });
}
