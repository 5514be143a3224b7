"""Asks the target for its endpoints before any load, and checks that they may be loaded and are enough."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from authstorm.auth.discovery import discover
from authstorm.auth.endpoints import Endpoints
from authstorm.auth.session import Session
from authstorm.errors import ConfigError, Problem, UnreachableError
from authstorm.plan.rehearsal import Rehearsal
from authstorm.plan.target import Target, check_hosts
from authstorm.plan.web_address import web_address

_NEEDS = {
    "login": ("token",),
    "refresh": ("token",),
    "service": ("token",),
    "session": ("token", "revocation"),
    "stuffing": ("token",),
    "validate": ("token",),
}


def doors_of(target: Target) -> tuple[str, ...]:
    """The endpoints without which nobody signs in at an OAuth 2.0 server."""
    return ("token", "authorization") if target.login.by == "code" else ("token",)


def find_endpoints(target: Target, session: Session) -> Endpoints:
    """What the target gives, completed by discovery; UnreachableError when that gives no answer that can be used."""
    if target.api is not None:
        _see_that_it_answers(target, session)
        return Endpoints()
    given = Endpoints(**{name: target.absolute(url) for name, url in target.endpoints.model_dump().items()})
    if not target.discovery:
        return given
    issuer = target.issuer or target.url
    reply = discover(session, issuer)
    if reply.value is None:
        hint = "Start it with `make sandbox`." if target.sandbox else "Is it started, and is url right?"
        raise UnreachableError(
            f"target {target.name}: no discovery document at {issuer} ({reply.outcome}: {reply.code}). {hint} "
            "A server without discovery needs `discovery: false` and its endpoints in the target file."
        )
    return given.over(reply.value)


def check_endpoints(rehearsal: Rehearsal, endpoints: Endpoints) -> None:
    """SafetyError where an endpoint leads to a host that is not allowed, ConfigError for each one that is missing."""
    target = rehearsal.target
    if target.api is not None:
        return
    by_code = target.login.by == "code"
    unasked = {"issuer"} if by_code else {"issuer", "authorization"}
    check_hosts(target, [url for name, url in _named(endpoints) if name not in unasked])
    needed = {name for scenario in rehearsal.scenarios for name in _NEEDS[scenario]}
    if {"validate", "session"} & set(rehearsal.scenarios) and target.validation.by != "url":
        needed.add(target.validation.by)
    if by_code and set(rehearsal.scenarios) - {"service"}:
        needed.add("authorization")
    missing = [name for name in sorted(needed) if not getattr(endpoints, name)]
    if missing:
        wrong = "is not named by discovery, and a scenario needs it"
        source = f"target {target.name}"
        raise ConfigError(
            [Problem(source, None, f"endpoints.{name}", wrong, f"add endpoints: {{{name}: /path}}") for name in missing]
        )


def _see_that_it_answers(target: Target, session: Session) -> None:
    """UnreachableError when nothing speaks HTTP where a login would go; any status will do for a bare GET."""
    assert target.api is not None
    url = target.absolute(target.api.login.path)
    if failure := session.send("GET", url).failure:
        raise UnreachableError(
            f"target {target.name}: no answer from {url} ({failure}). Is it started, and is url right?"
        )


def check_scenarios(rehearsal: Rehearsal, there: Iterable[str]) -> None:
    """ConfigError when the plan needs a user class that was not chosen on Locust's command line."""
    if missing := sorted(set(rehearsal.scenarios) - set(there)):
        wrong = f"the profile also brings {', '.join(missing)}"
        raise ConfigError([Problem("arguments", None, "user classes", wrong, "name none: the profile says who comes")])


@contextmanager
def told_as_config(target: Target) -> Iterator[None]:
    """ConfigError for certificates and proxies that a client cannot be made with."""
    try:
        yield
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        named = {name: getattr(target.tls, name) for name in ("ca", "certificate", "key")}
        files = {f"tls.{name}": path for name, path in named.items() if path}
        missing = next((key for key, path in files.items() if not Path(path).is_file()), "tls" if files else "network")
        wrong = f"{error} ({', '.join(files.values())})" if isinstance(error, OSError) and files else str(error)
        raise ConfigError([Problem(f"target {target.name}", None, missing, wrong)]) from error


def _named(endpoints: Endpoints) -> list[tuple[str, str]]:
    return [(name, getattr(endpoints, name)) for name in endpoints.__dataclass_fields__]


def at_address(target: Target, url: str) -> Target:
    """The target at another address than its file's; ConfigError where that is none, or where the target forbids it."""
    try:
        web_address(url)
    except ValueError as error:
        raise ConfigError([Problem("--host", None, "host", str(error))]) from None
    check_hosts(target, [url])
    if url.rstrip("/") == target.url:
        return target
    return target.model_copy(update={"url": url.rstrip("/"), "issuer": ""})
