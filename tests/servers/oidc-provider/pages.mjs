// The pages that a person sees between the authorization request and the code: sign in, and (with prompt=consent) allow.

const MAX_BODY = 16_384; // bytes
const escaped = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const page = (title, inside) => `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1>${inside}</html>`;

const loginPage = (uid, note = '') => page('Sign in', `<p>${escaped(note)}</p>
<form method="post" action="/login/${uid}">
<label>Name <input name="username" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Sign in</button></form>`);

const consentPage = (uid, params) => page('Allow', `<p>Allow ${escaped(params.client_id)}: ${escaped(params.scope)}?</p>
<form method="post" action="/login/${uid}"><input type="hidden" name="allow" value="yes"><button>Allow</button></form>`);

function send(res, status, html) {
  res.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  res.end(html);
}

async function readForm(req) {
  const parts = [];
  let size = 0;
  for await (const part of req) {
    size += part.length;
    if (size > MAX_BODY) throw Object.assign(new Error('body_too_large'), { statusCode: 413 });
    parts.push(part);
  }
  return new URLSearchParams(Buffer.concat(parts).toString());
}

export class Pages {
  constructor(provider, accounts, counts) {
    this.provider = provider;
    this.accounts = accounts;
    this.counts = counts;
  }

  // Answer GET or POST /login/UID; an interaction that is unknown or over is 400 with the package's error code.
  async answer(req, res, uid) {
    try {
      const details = await this.provider.interactionDetails(req, res);
      if (req.method === 'POST') await this.#submit(req, res, uid, details);
      else send(res, 200, details.prompt.name === 'login' ? loginPage(uid) : consentPage(uid, details.params));
    } catch (error) {
      if (res.headersSent) return void res.destroy();
      res.writeHead(error.statusCode ?? 500, { 'content-type': 'application/json' });
      res.end(JSON.stringify({ error: error.message, error_description: error.error_description }));
    }
  }

  async #submit(req, res, uid, { prompt, params, session }) {
    const form = await readForm(req);
    if (prompt.name === 'consent') return this.#allow(req, res, params, session);
    const accountId = form.get('username');
    if (await this.accounts.passwordIsRight(accountId, form.get('password'))) {
      return this.provider.interactionFinished(req, res, { login: { accountId } });
    }
    this.counts.loginPageRefused();
    return send(res, 401, loginPage(uid, 'Wrong name or password'));
  }

  async #allow(req, res, params, session) {
    const grant = new this.provider.Grant({ clientId: params.client_id, accountId: session.accountId });
    grant.addOIDCScope(params.scope);
    if (params.resource) grant.addResourceScope(params.resource, 'api');
    const grantId = await grant.save();
    const result = { consent: { grantId } };
    return this.provider.interactionFinished(req, res, result, { mergeWithLastSubmission: true });
  }
}
