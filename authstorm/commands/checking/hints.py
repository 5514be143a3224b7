"""Causes and remedies by step and code: the table that turns an answer into the line to change.

The first row that fits counts. ``{words}`` are filled in by ``explain``; ``{who}`` is the key of the client that asked:
client, service or introspector.
"""

from __future__ import annotations

from typing import Final

from authstorm.commands.checking.api_hints import API_HINTS
from authstorm.commands.checking.hint import ANY, REFUSED_AT_AUTHORIZATION, Hint, of

SERVER_HINTS: Final = (
    Hint(
        (),
        of("rate-limited", "unavailable"),
        ("ceiling", "url"),
        "the server sheds load already with one visitor{retry}",
        "wait and check again; lift its limit for this machine before a rehearsal, or set a ceiling below it",
    ),
    Hint(
        (),
        of("server-error"),
        ("url",),
        "the server failed by itself: its log has the reason",
        "look there for {url} at this minute; a field that it did not expect (scope, extra) is a common cause",
    ),
)
"""Of a server that fails by itself, whatever it was asked: no line of the file is to blame."""
HINTS: Final = (
    *SERVER_HINTS,
    *API_HINTS,
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
        REFUSED_AT_AUTHORIZATION,
        ("login.redirect-uri", "client.id"),
        "the server refuses the authorization request: most often the redirect URI is not registered for {client!r}, "
        "or there is no such client",
        "register login.redirect-uri for {client!r} at the server, letter by letter, or write the one that is; "
        "compare client.id",
    ),
    # the client
    Hint(
        (),
        of("invalid_client"),
        ("{who}.secret", "{who}.id", "client.id"),
        "the server does not know client {client!r}, or does not take its secret, or not in the way it is sent "
        "({auth})",
        "{proof}; if it is right, compare {who}.id, and {who}.auth with the method that the client is registered with",
    ),
    Hint(
        ("introspect",),
        of("unauthorized", "forbidden", "unauthorized_client", "invalid_request", "access_denied"),
        ("introspector.id", "client.id"),
        "the server does not let client {client!r} introspect tokens: many allow that to resource servers alone",
        "name a client that may, as introspector: {{id: my-api, secret: {{env: MY_API_SECRET}}}}, or allow it to this "
        "one at the server, or choose another validation.by: userinfo or url; some answer a wrong secret so, and this "
        "client's is looked for at {secret}",
    ),
    Hint(
        (),
        of("unauthorized_client", "unsupported_grant_type"),
        ("{who}.id", "login", "client.id"),
        "client {client!r} may not use this grant ({grant}), or the server offers it to nobody",
        "allow the grant to {client!r} at the server (Keycloak: Direct access grants, Service accounts roles), or name "
        "a client in {who}.id that may, or sign in by another flow (login.by)",
    ),
    Hint(
        ("login", "service"),
        of("invalid_request"),
        ("api.{call}", "{who}.id", "client.id"),
        "the server does not take the request as it is; some answer so when client {client!r} may not use this grant "
        "({grant})",
        "read in the context what it said; allow the grant to {client!r} at the server, or name a client in {who}.id "
        "that may",
    ),
    Hint(
        (),
        of("invalid_scope"),
        ("{who}.scope", "{scope_key}", "client.id"),
        "the server does not give client {client!r} the scope {scope!r}",
        'write the scope that the client is registered for; scope: "" asks for none',
    ),
    Hint(
        (),
        of("invalid_target"),
        ("extra",),
        "the server knows no such audience or resource",
        "correct audience or resource under extra",
    ),
    # the people's login
    Hint(
        ("login: code",),
        of("invalid_grant"),
        ("login.redirect-uri", "login"),
        "the code was not taken: its redirect URI or PKCE verifier is not what it was issued for, or it was too old",
        "compare login.redirect-uri with the one that is registered for client {client!r}",
    ),
    Hint(
        ("login",),
        of("invalid_grant", "access_denied", "unauthorized", "forbidden", "rejected", "login_required"),
        ("accounts.password", "accounts.pattern", "accounts.csv"),
        "the server does not let {account!r} in: no such account, another password, locked, or not set up to its end",
        "see that {password} holds the password of {account!r}, and that it is there (make accounts "
        "creates accounts where provisioning is described) and can sign in by hand",
    ),
    Hint(
        ("login",),
        of("login-rejected"),
        ("accounts.password", "accounts.pattern", "accounts.csv"),
        "the login form came back after it was sent: {account!r} is not let in, or another field was meant",
        "see that {password} holds the password of {account!r}, and that it can sign in by hand, and that "
        "the fields that login names are those of the form in the context",
    ),
    Hint(
        ("login",),
        of("no-login-form"),
        ("login.form.username", "login.form.password", "login.form", "login"),
        "no form on the page asks for a name or a password in a way that is understood, or by the names in this line",
        "compare the form in the context with login.form, and name its fields there; a page that a script draws cannot "
        "be filled in",
    ),
    Hint(
        ("login",),
        of("unknown-page"),
        ("login.consent", "login"),
        "a page came after the login form that is neither a consent nor the way back",
        "sign in by hand as {account!r} once: a new password, a second factor or terms may stand in the way",
    ),
    Hint(
        ("login",),
        of("foreign-redirect"),
        ("allow", "login"),
        "the login leads to another host, which may not be loaded: {location}",
        "if you may load that host too, add it to allow",
    ),
    Hint(
        ("login",),
        of("redirect-loop", "bad-location", "no-code"),
        ("login.redirect-uri", "login", "url"),
        "the way through the login does not end at the redirect URI with a code ({code})",
        "compare login.redirect-uri with the one that is registered for {client!r}, letter by letter",
    ),
    # refresh
    Hint(
        ("refresh",),
        of("invalid_grant"),
        ("policy.rotation", "client.id"),
        "the server does not take the refresh token that it gave a moment ago",
        "see that {client!r} may refresh, and that nothing else uses this account: reuse ends many a family",
    ),
    # validation
    Hint(
        ("introspect",),
        of("inactive"),
        ("introspector.id", "client.id"),
        "a token that was issued a moment ago is not active for client {client!r}: servers tell only those whom a "
        "token is meant for",
        "name a client in introspector that is an audience of the token, or ask for that audience (extra, scope)",
    ),
    Hint(
        ("userinfo",),
        of("insufficient_scope", "unauthorized", "forbidden", "invalid_token", "no-sub"),
        ("scope", "client.scope"),
        "the token is not good for userinfo: it needs the scope openid, and an audience that userinfo takes",
        "add openid to scope, or choose another validation.by",
    ),
    Hint(
        ("validate",),
        of("unauthorized", "forbidden", "invalid_token", "insufficient_scope"),
        ("validation.url", "api.validate"),
        "the protected URL does not take the token: another issuer, audience or scope is wanted there",
        "compare the audience (extra) and scope with what the service at that URL expects",
    ),
    # addresses
    Hint(
        (),
        of("not-found"),
        ("endpoints.{endpoint}", "api.{call}.path", "validation.url", "issuer", "url"),
        "there is nothing at {url}, for the method {method} at least",
        "correct the address in this line, or the method",
    ),
    Hint(
        (),
        of("redirected"),
        ("endpoints.{endpoint}", "api.{call}.path", "validation.url", "issuer", "url"),
        "{url} answers with a redirect to {location}, which a client must not follow with a form",
        "write the address that it leads to: often a slash at the end, or https in place of http",
    ),
    Hint(
        (),
        of("empty-body", "not-json", "bad-json", "not-object", "wrong-content-type"),
        ("endpoints.{endpoint}", "api.{call}.path", "url"),
        "{url} answers, but not with JSON: something else stands there, as a web page or a proxy",
        "correct the address in this line, or what stands before the service",
    ),
    Hint(
        (),
        of("invalid_request", "rejected", "unauthorized", "forbidden"),
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
