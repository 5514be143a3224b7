"""Causes and remedies by step and code: the table that turns an answer into the line to change.

The first row that fits counts. ``{words}`` are filled in by ``explain``; ``{who}`` is the key of the client that asked:
client, service or introspector.
"""

from __future__ import annotations

from typing import Final, NamedTuple

ANY: Final = frozenset[str]()


class Hint(NamedTuple):
    """A cause and its remedy: ``keys`` are those to change, of which the first that stands in the file is named."""

    steps: tuple[str, ...]
    codes: frozenset[str]
    keys: tuple[str, ...]
    cause: str
    remedy: str

    def fits(self, step: str, code: str) -> bool:
        """Whether the row speaks of this step and code; ``login`` also of ``login: page`` and its like."""
        right_step = not self.steps or any(step == one or step.startswith(f"{one}:") for one in self.steps)
        return right_step and (not self.codes or code in self.codes)


def _of(*codes: str) -> frozenset[str]:
    return frozenset(codes)


HINTS: Final = (
    # finding the server
    Hint(
        ("discovery",),
        ANY,
        ("issuer", "url"),
        "there is no discovery document below the address in this line ({code})",
        "write the issuer as the provider names it (Keycloak: https://host/realms/name), or, for a server without "
        "discovery, discovery: false and its endpoints: {{token: /path, ...}}",
    ),
    Hint(
        ("keys",),
        ANY,
        ("endpoints.jwks", "issuer", "url"),
        "{url} gives no keys that could verify a signature ({code})",
        "correct endpoints.jwks, or ask the server's operator why its key set is empty",
    ),
    # the authorization request, before the client itself proves anything
    Hint(
        ("login: page",),
        _of("invalid_request", "rejected", "invalid_client", "unauthorized_client"),
        ("login.redirect-uri", "client.id"),
        "the server refuses the authorization request: most often the redirect URI is not registered for {client!r}",
        "register login.redirect-uri for {client!r} at the server, letter by letter, or write the one that is",
    ),
    # the client
    Hint(
        (),
        _of("invalid_client"),
        ("{who}.secret", "{who}.id", "client.id"),
        "the server does not know client {client!r}, or does not take its secret, or not in the way it is sent "
        "({auth})",
        "put the secret that the server has for {client!r} where {secret} is looked for; if it is right, compare "
        "{who}.id, and {who}.auth with the method that the client is registered with",
    ),
    Hint(
        ("introspect",),
        _of("unauthorized", "forbidden", "unauthorized_client", "invalid_request", "access_denied"),
        ("introspector.id", "client.id"),
        "the server does not let client {client!r} introspect tokens: many allow that to resource servers alone",
        "name a client that may, as introspector: {{id: my-api, secret: {{env: MY_API_SECRET}}}}, or allow it to this "
        "one at the server, or choose another validation.by: userinfo or url",
    ),
    Hint(
        (),
        _of("unauthorized_client", "unsupported_grant_type"),
        ("{who}.id", "login", "client.id"),
        "client {client!r} may not use this grant ({grant}), or the server offers it to nobody",
        "allow the grant to {client!r} at the server (Keycloak: Direct access grants, Service accounts roles), or name "
        "a client in {who}.id that may, or sign in by another flow (login.by)",
    ),
    Hint(
        (),
        _of("invalid_scope"),
        ("{who}.scope", "{scope_key}", "client.id"),
        "the server does not give client {client!r} the scope {scope!r}",
        'write the scope that the client is registered for; scope: "" asks for none',
    ),
    Hint(
        (),
        _of("invalid_target"),
        ("extra",),
        "the server knows no such audience or resource",
        "correct audience or resource under extra",
    ),
    # the people's login
    Hint(
        ("login: code",),
        _of("invalid_grant"),
        ("login.redirect-uri", "login"),
        "the code was not taken: its redirect URI or PKCE verifier is not what it was issued for, or it was too old",
        "compare login.redirect-uri with the one that is registered for client {client!r}",
    ),
    Hint(
        ("login",),
        _of("invalid_grant", "access_denied", "unauthorized", "forbidden", "rejected", "login_required"),
        ("accounts.password", "accounts.pattern", "accounts.csv"),
        "the server does not let {account!r} in: no such account, another password, locked, or not set up to its end",
        "put the accounts' password where {password} is looked for; see that {account!r} is there (make accounts "
        "creates accounts where provisioning is described) and can sign in by hand",
    ),
    Hint(
        ("login",),
        _of("login-rejected"),
        ("accounts.password", "accounts.pattern", "accounts.csv"),
        "the login form came back after it was sent: {account!r} is not let in, or another field was meant",
        "put the accounts' password where {password} is looked for; see that {account!r} can sign in by hand, and that "
        "the fields that login names are those of the form in the context",
    ),
    Hint(
        ("login",),
        _of("no-login-form"),
        ("login.form.username", "login.form.password", "login.form", "login"),
        "no form on the page asks for a name or a password in a way that is understood, or by the names in this line",
        "compare the form in the context with login.form, and name its fields there; a page that a script draws cannot "
        "be filled in",
    ),
    Hint(
        ("login",),
        _of("unknown-page"),
        ("login.consent", "login"),
        "a page came after the login form that is neither a consent nor the way back",
        "sign in by hand as {account!r} once: a new password, a second factor or terms may stand in the way",
    ),
    Hint(
        ("login",),
        _of("foreign-redirect"),
        ("allow", "login"),
        "the login leads to another host, which may not be loaded: {location}",
        "if you may load that host too, add it to allow",
    ),
    Hint(
        ("login",),
        _of("redirect-loop", "bad-location", "no-code"),
        ("login.redirect-uri", "login", "url"),
        "the way through the login does not end at the redirect URI with a code ({code})",
        "compare login.redirect-uri with the one that is registered for {client!r}, letter by letter",
    ),
    # refresh
    Hint(
        ("refresh",),
        _of("invalid_grant"),
        ("policy.rotation", "client.id"),
        "the server does not take the refresh token that it gave a moment ago",
        "see that {client!r} may refresh, and that nothing else uses this account: reuse ends many a family",
    ),
    # validation
    Hint(
        ("introspect",),
        _of("inactive"),
        ("introspector.id", "client.id"),
        "a token that was issued a moment ago is not active for client {client!r}: servers tell only those whom a "
        "token is meant for",
        "name a client in introspector that is an audience of the token, or ask for that audience (extra, scope)",
    ),
    Hint(
        ("userinfo",),
        _of("insufficient_scope", "unauthorized", "forbidden", "invalid_token", "no-sub"),
        ("scope", "client.scope"),
        "the token is not good for userinfo: it needs the scope openid, and an audience that userinfo takes",
        "add openid to scope, or choose another validation.by",
    ),
    Hint(
        ("validate",),
        _of("unauthorized", "forbidden", "invalid_token", "insufficient_scope"),
        ("validation.url", "api.validate"),
        "the protected URL does not take the token: another issuer, audience or scope is wanted there",
        "compare the audience (extra) and scope with what the service at that URL expects",
    ),
    # JSON login APIs
    Hint(
        (),
        _of("no-token-at-path"),
        ("api.login.token",),
        "the answer has nothing that could be a token at the path in this line",
        "look at the answer in the context, and write the path to the token, as data.tokens[0].access",
    ),
    Hint(
        (),
        _of("no-refresh-at-path"),
        ("api.{call}.refresh-token", "api.login.refresh-token"),
        "the answer has no refresh token at the path in this line",
        "write the path to the refresh token, or leave the key out when there is none",
    ),
    Hint(
        (),
        _of("no-lifetime-at-path"),
        ("api.{call}.lifetime", "api.{call}.expires", "api.login.lifetime", "api.login.expires"),
        "the answer has no lifetime at the path in this line, or it is no number of seconds and no date",
        "write lifetime: for seconds, expires: for a moment, or leave both out (renewal.lifetime is then assumed)",
    ),
    Hint(
        (),
        _of("no-user-at-path"),
        ("api.{call}.user", "api.login.user"),
        "the answer names nobody at the path in this line",
        "write the path to the name that the visitor signed in with, or leave the key out",
    ),
    Hint(
        (),
        _of("no-cookie"),
        ("api.cookies", "api.login"),
        "the login set no cookie, and no token is named either",
        "name the token's place (api.login.token), or see whether the login really went well",
    ),
    Hint(
        (),
        _of("unexpected-status"),
        ("api.{call}.expect", "api.{call}"),
        "the call answered with a status that does not mean success here",
        "correct method, path and body of the call, or name the status under expect",
    ),
    # addresses
    Hint(
        (),
        _of("not-found"),
        ("endpoints.{endpoint}", "api.{call}.path", "validation.url", "issuer", "url"),
        "there is nothing at {url}",
        "correct the address in this line",
    ),
    Hint(
        (),
        _of("redirected"),
        ("endpoints.{endpoint}", "api.{call}.path", "validation.url", "issuer", "url"),
        "{url} answers with a redirect to {location}, which a client must not follow with a form",
        "write the address that it leads to: often a slash at the end, or https in place of http",
    ),
    # the server itself
    Hint(
        (),
        _of("rate-limited", "unavailable"),
        ("ceiling", "url"),
        "the server sheds load already with one visitor{retry}",
        "wait and check again; lift its limit for this machine before a rehearsal, or set a ceiling below it",
    ),
    Hint(
        (),
        _of("server-error"),
        ("url",),
        "the server failed by itself: its log has the reason",
        "look there for {url} at this minute; a field that it did not expect (scope, extra) is a common cause",
    ),
    Hint(
        (),
        _of("empty-body", "not-json", "bad-json", "not-object", "wrong-content-type"),
        ("endpoints.{endpoint}", "api.{call}.path", "url"),
        "{url} answers, but not with JSON: something else stands there, as a web page or a proxy",
        "correct the address in this line, or what stands before the service",
    ),
    Hint(
        (),
        _of("invalid_request", "rejected", "unauthorized", "forbidden"),
        ("api.{call}", "{who}.id", "url"),
        "the server does not understand the request, or does not allow it",
        "compare the call with the server's documentation; what it said stands in the context",
    ),
    Hint(
        (),
        ANY,
        ("endpoints.{endpoint}", "api.{call}", "url"),
        "the answer is not what the protocol promises here (code {code}, see docs/outcomes.md)",
        "look at the server's log for {url} at this minute, and at docs/outcomes.md for the code",
    ),
)
