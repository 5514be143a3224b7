"""Causes and remedies at JSON login APIs."""

from __future__ import annotations

from typing import Final

from authstorm.commands.checking.hint import Hint, of

LIFETIMES: Final = tuple(
    f"api.{call}.{key}" for call in ("{call}", "login") for key in ("lifetime", "lifetime-ms", "expires")
)
API_HINTS: Final = (
    # a JSON API's login, where a refusal need not be the account's
    Hint(
        ("login",),
        of("forbidden"),
        ("api.login.headers", "api.headers", "api.login"),
        "the service does not allow the call: most often it looks for a header (Origin, an API key); some refuse an "
        "account so",
        "compare the headers with those that the service's own pages send; if they are right, see that {account!r} can "
        "sign in by hand",
        of_api=True,
    ),
    Hint(
        ("login",),
        of("rejected", "invalid_request"),
        ("api.login.json", "api.login.form", "api.login"),
        "the service does not understand the call: a field has another name or shape there; some answer a wrong "
        "password so",
        "compare the body in this line with the service's documentation; if it is right, see that {password} "
        "holds the password of {account!r}",
        of_api=True,
    ),
    Hint(
        ("login",),
        of("unauthorized", "invalid_grant"),
        ("accounts.password", "accounts.csv", "api.login"),
        "the service does not let {account!r} in: no such account, another password, locked, or a call that it does "
        "not know",
        "see that {password} holds the password of {account!r}, and that it is there and can sign in by "
        "hand; if it can, compare method, path and body of api.login with the service's documentation",
        of_api=True,
    ),
    Hint(
        (),
        of("redirected"),
        ("api.{call}.path",),
        "{url} answers {status} and leads to {location}, and a call is not sent there",
        "where this is how the call says that it went well, as after a login, add expect: [{status}] to api.{call}; "
        "else write the address that it leads to: often a slash at the end, or https in place of http",
        of_api=True,
    ),
    Hint(
        (),
        of("bad-access-token"),
        ("api.{call}.token", "api.login.token"),
        "what stands at the path in this line is no token: it is empty, no text, or has characters that no header has",
        "look at the answer in the context, and write the path to the token itself, as data.tokens[0].access",
        of_api=True,
    ),
    Hint(
        (),
        of("bad-expires-in"),
        LIFETIMES,
        "what stands at the path in this line is no lifetime: no number, no date, or one that is over already",
        "write lifetime: for seconds, lifetime-ms: for milliseconds, expires: for a moment, or leave all out "
        "(renewal.lifetime is then assumed)",
        of_api=True,
    ),
    # JSON login APIs
    Hint(
        (),
        of("no-token-at-path"),
        ("api.login.token",),
        "the answer has nothing that could be a token at the path in this line",
        "look at the answer in the context, and write the path to the token, as data.tokens[0].access",
    ),
    Hint(
        (),
        of("no-refresh-at-path"),
        ("api.{call}.refresh-token", "api.login.refresh-token"),
        "the answer has no refresh token at the path in this line",
        "write the path to the refresh token, or leave the key out when there is none",
    ),
    Hint(
        (),
        of("no-lifetime-at-path"),
        LIFETIMES,
        "the answer has no lifetime at the path in this line, or it is no number of seconds and no date",
        "write lifetime: for seconds, lifetime-ms: for milliseconds, expires: for a moment, or leave all out "
        "(renewal.lifetime is then assumed)",
    ),
    Hint(
        (),
        of("no-user-at-path"),
        ("api.{call}.user", "api.login.user"),
        "the answer names nobody at the path in this line",
        "write the path to the name that the visitor signed in with, or leave the key out",
    ),
    Hint(
        (),
        of("no-cookie"),
        ("api.cookies", "api.login"),
        "the login set no cookie, and no token is named either",
        "name the token's place (api.login.token), or see whether the login really went well",
    ),
    Hint(
        (),
        of("unexpected-status"),
        ("api.{call}.expect", "api.{call}"),
        "the call answered with a status that does not mean success here",
        "correct method, path and body of the call, or name the status under expect",
    ),
)
