// What the server saw, for tests: a load test that mixes up identities or loses a rotated refresh token can be told
// from here, whatever it says of itself. The same words as in the other server's counts; see docs/real-servers.md.

const KINDS = ['password', 'authorization_code', 'refresh_token', 'client_credentials'];
const BEGINS_FAMILY = new Set(['password', 'authorization_code']);
const USES = new Set(['userinfo', 'introspection']);

const add = (table, key) => {
  table[key] = (table[key] ?? 0) + 1;
};

export class Counts {
  #grants = {};
  #refused = {};
  #loginsByUser = {};
  #overlaps = 0;
  #presented = new Map(); // refresh token -> how often it was presented
  #rotated = new Set(); // refresh tokens that were exchanged for a new one
  #newestFamily = new Map(); // user -> grant id of the latest login
  #ended = new Set(); // grant ids

  // Listen to the provider's events; call before its callback() is made.
  follow(provider) {
    provider.on('grant.success', (ctx) => this.#granted(ctx));
    provider.on('grant.error', (ctx, error) => this.#denied(ctx, error));
    provider.on('grant.revoked', (ctx, grantId) => this.#ended.add(grantId));
    provider.use(async (ctx, next) => {
      await next();
      if (ctx.status === 200 && USES.has(ctx.oidc?.route)) this.#used(ctx.oidc.entities.AccessToken);
    });
  }

  loginPageRefused() {
    add(this.#refused, 'login_page');
  }

  toJSON() {
    return {
      grants: this.#grants,
      refused: this.#refused,
      logins_by_user: this.#loginsByUser,
      refresh_reuse: this.#reuse(),
      overlaps: this.#overlaps,
      families_ended: this.#ended.size,
    };
  }

  #granted(ctx) {
    const kind = ctx.oidc.params.grant_type;
    const { Account: account, Grant: grant } = ctx.oidc.entities;
    add(this.#grants, kind);
    if (BEGINS_FAMILY.has(kind)) {
      add(this.#loginsByUser, account.accountId);
      this.#newestFamily.set(account.accountId, grant.jti);
    }
    if (kind === 'refresh_token') {
      this.#present(ctx.oidc.params.refresh_token);
      this.#rotated.add(ctx.oidc.params.refresh_token);
      this.#used({ accountId: account.accountId, grantId: grant.jti });
    }
  }

  #denied(ctx, error) {
    const kind = ctx.oidc.params?.grant_type;
    add(this.#refused, KINDS.includes(kind) ? kind : 'other');
    // a token refused for another reason (client secret, scope) may rightly come again
    if (kind === 'refresh_token' && error.error === 'invalid_grant') this.#present(ctx.oidc.params.refresh_token);
  }

  #present(token) {
    this.#presented.set(token, (this.#presented.get(token) ?? 0) + 1);
  }

  // Once is right for a token that was exchanged, in whatever order parallel requests were answered.
  #reuse() {
    let reuse = 0;
    for (const token of this.#rotated) reuse += this.#presented.get(token) - 1;
    return reuse;
  }

  // A token of an older login is used after the same user has begun a newer one: two visitors are one person.
  #used(token) {
    if (token && this.#newestFamily.get(token.accountId) !== token.grantId) this.#overlaps += 1;
  }
}
