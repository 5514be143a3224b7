// What the server saw, for tests, in the same words as the other servers' counts; see docs/real-servers.md. There are
// no refresh tokens here, so that refresh_reuse stays 0.
import { createAuthMiddleware } from 'better-auth/api';

const LOGIN = '/sign-in/email';
const USES = new Set(['/get-session', '/list-sessions']);

const add = (table, key) => {
  table[key] = (table[key] ?? 0) + 1;
};

export class Counts {
  #grants = {};
  #refused = {};
  #loginsByUser = {};
  #overlaps = 0;
  #ended = 0;
  #newest = new Map(); // user id -> the token of the latest login
  #sessions = new Map(); // token -> user id

  // The package's hook behind each of its endpoints.
  get hook() {
    return createAuthMiddleware(async (ctx) => {
      const { returned, newSession } = ctx.context;
      if (ctx.path === LOGIN) this.#login(newSession, returned);
      if (USES.has(ctx.path) && returned?.session) this.#used(returned.session);
      if (ctx.path === '/sign-out' && returned?.success) this.#ended += 1;
    });
  }

  toJSON() {
    return {
      grants: this.#grants,
      refused: this.#refused,
      logins_by_user: this.#loginsByUser,
      refresh_reuse: 0,
      overlaps: this.#overlaps,
      families_ended: this.#ended,
    };
  }

  #login(made, returned) {
    if (!made || returned instanceof Error) {
      add(this.#refused, 'password');
      return;
    }
    add(this.#grants, 'password');
    add(this.#loginsByUser, made.user.name);
    this.#newest.set(made.user.id, made.session.token);
    this.#sessions.set(made.session.token, made.user.id);
  }

  // A session is used after the same user has begun a newer one: two visitors are one person.
  #used(session) {
    const user = this.#sessions.get(session.token);
    if (user !== undefined && this.#newest.get(user) !== session.token) this.#overlaps += 1;
  }
}
