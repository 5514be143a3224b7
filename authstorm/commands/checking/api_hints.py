"""Causes and remedies at JSON login APIs."""

from __future__ import annotations

from typing import Final

from authstorm.commands.checking.hint import Hint, of

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
        "compare the body in this line with the service's documentation; if it is right, see that {account!r} has the "
        "password that is looked for at {password}",
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
        ("api.{call}.lifetime", "api.{call}.expires", "api.login.lifetime", "api.login.expires"),
        "the answer has no lifetime at the path in this line, or it is no number of seconds and no date",
        "write lifetime: for seconds, expires: for a moment, or leave both out (renewal.lifetime is then assumed)",
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
