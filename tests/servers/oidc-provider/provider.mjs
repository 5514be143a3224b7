// The provider's configuration: clients, scopes, lifetimes, features. What is not said here is the package's default.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import Provider, { errors } from 'oidc-provider';
import { clientKey } from './client_key.mjs';
import { PARAMETERS, passwordGrant } from './password_grant.mjs';
import { jwtResource, OIDC_SCOPES, RESOURCE } from './resource.mjs';
import { Store } from './store.mjs';

const REDIRECT_URI = 'http://127.0.0.1:9/callback'; // nothing listens there: the code is read from the redirect

function clients(secret) {
  const person = {
    redirect_uris: [REDIRECT_URI],
    response_types: ['code'],
    scope: [...OIDC_SCOPES, 'api'].join(' '),
    grant_types: ['password', 'authorization_code', 'refresh_token'],
  };
  const confidential = { ...person, client_secret: secret, grant_types: [...person.grant_types, 'client_credentials'] };
  return [
    { ...confidential, client_id: 'storm-basic', token_endpoint_auth_method: 'client_secret_basic' },
    { ...confidential, client_id: 'storm-post', token_endpoint_auth_method: 'client_secret_post' },
    { ...person, client_id: 'storm-public', token_endpoint_auth_method: 'none' },
    { // a resource server: validates other clients' tokens by introspection
      client_id: 'storm-api',
      client_secret: secret,
      token_endpoint_auth_method: 'client_secret_basic',
      redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials'],
    },
    { // a service that signs instead of having a secret (RFC 7523)
      client_id: 'storm-jwt',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [clientKey()] },
      redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials'],
    },
  ];
}

function signingKeys() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'storm-1' }] };
}

const lifetimes = ({ accessTtlS, refreshTtlS }) => ({
  AccessToken: accessTtlS,
  ClientCredentials: accessTtlS,
  IdToken: accessTtlS,
  RefreshToken: refreshTtlS,
  Grant: Math.max(accessTtlS, refreshTtlS),
  AuthorizationCode: 60,
  Interaction: 600,
  Session: 3600,
});

const features = (settings) => ({
  devInteractions: { enabled: false }, // the package's own pages let everybody in
  clientCredentials: { enabled: true },
  introspection: {
    enabled: true,
    allowedPolicy: async (ctx, client, token) => client.clientAuthMethod !== 'none' || token.clientId === client.clientId,
  },
  revocation: { enabled: true },
  userinfo: { enabled: true },
  rpInitiatedLogout: { enabled: true },
  resourceIndicators: {
    enabled: true,
    useGrantedResource: async () => true,
    getResourceServerInfo: async (ctx, indicator) => {
      if (indicator !== RESOURCE) throw new errors.InvalidTarget();
      return jwtResource(settings);
    },
  },
});

// The clients are first-party: a sign-in grants what was asked for, unless the consent page was asked for and shown.
async function grantWithoutAsking(ctx) {
  const { provider, client, session, params, result } = ctx.oidc;
  if (result?.consent?.grantId) return provider.Grant.find(result.consent.grantId);
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope([...ctx.oidc.requestParamOIDCScopes].join(' '));
  if (params.resource) grant.addResourceScope(RESOURCE, 'api');
  await grant.save();
  return grant;
}

export function makeProvider(settings, accounts) {
  const provider = new Provider(settings.issuer, {
    adapter: Store,
    clients: clients(settings.clientSecret),
    jwks: signingKeys(),
    cookies: { keys: [randomBytes(24).toString('hex')] },
    scopes: [...OIDC_SCOPES, 'api'],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'] },
    pkce: { required: (ctx, client) => client.clientAuthMethod === 'none' },
    findAccount: (ctx, sub) => accounts.find(sub),
    rotateRefreshToken: true,
    issueRefreshToken: async (ctx, client, code) => (
      client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access')
    ),
    loadExistingGrant: grantWithoutAsking,
    interactions: { url: (ctx, interaction) => `/login/${interaction.uid}` },
    ttl: lifetimes(settings),
    features: features(settings),
  });
  provider.registerGrantType('password', passwordGrant(provider, accounts, settings), PARAMETERS);
  return provider;
}
