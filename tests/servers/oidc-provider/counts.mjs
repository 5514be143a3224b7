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
  #refreshReuse = 0;
  #overlaps = 0;
  #rotated = new Set(); // refresh tokens that were exchanged for a new one
  #newestFamily = new Map(); // user -> grant id of the latest login
  #ended = new Set(); // grant ids

  // Listen to the provider's events; call before its callback() is made.
  follow(provider) {
    provider.on('grant.success', (ctx) => this.#granted(ctx));
    provider.on('grant.error', (ctx) => this.#denied(ctx));
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
      refresh_reuse: this.#refreshReuse,
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
      this.#presented(ctx);
      this.#rotated.add(ctx.oidc.params.refresh_token);
      this.#used({ accountId: account.accountId, grantId: grant.jti });
    }
  }

  #denied(ctx) {
    const kind = ctx.oidc.params?.grant_type;
    add(this.#refused, KINDS.includes(kind) ? kind : 'other');
    if (kind === 'refresh_token') this.#presented(ctx);
  }

  #presented(ctx) {
    if (this.#rotated.has(ctx.oidc.params.refresh_token)) this.#refreshReuse += 1;
  }

  // A token of an older login is used after the same user has begun a newer one: two visitors are one person.
  #used(token) {
    if (token && this.#newestFamily.get(token.accountId) !== token.grantId) this.#overlaps += 1;
  }
}
