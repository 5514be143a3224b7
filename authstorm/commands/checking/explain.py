"""From an answer that is not good to a finding: what was seen, why, and the line to change."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any, Final
from urllib.parse import urlsplit

from authstorm.auth.exchange import Exchange
from authstorm.auth.html_forms import read_forms
from authstorm.auth.journey import Journey
from authstorm.auth.outcome import Outcome
from authstorm.auth.session import TRANSPORT_FAILURES, Answer
from authstorm.commands.approach import Approach
from authstorm.commands.checking.hint import REFUSED_AT_AUTHORIZATION
from authstorm.commands.checking.hints import HINTS
from authstorm.commands.checking.proofs import password_place, place_of, proof
from authstorm.commands.checking.reach import Closer, look_closer
from authstorm.commands.checking.row import UNREACHABLE, UNWELL, Finding, exit_code_of
from authstorm.commands.said import said
from authstorm.plan.client import Client
from authstorm.plan.places import key_path
from authstorm.plan.target import Target

_SHOWN_CHARACTERS: Final = 200
_FORM_CODES: Final = frozenset({"login-rejected", "no-login-form"})
_ENDPOINTS: Final = {"introspect": "introspection", "userinfo": "userinfo", "revoke": "revocation"}
_WRONG: Final = (
    "an answer contradicts what was asked: this is a fault of the service, or the target file declares something else"
)
_UNREACHED: Final = {
    "name": (
        "the host name is misspelt, or not known to this machine's DNS",
        "correct the host in this line",
    ),
    "refused": (
        "nothing listens there: the service is not started, or answers at another port",
        "start it, or correct the port in this line",
    ),
    "silent": (
        "a firewall drops the packets, or the machine is off",
        "see whether this machine may reach it, and correct host and port in this line",
    ),
    "network": (
        "there is no way to this address",
        "correct the host in this line, or the network",
    ),
    "tls-expired": (
        "the server's certificate is not valid now, by this machine's clock",
        "renew it at the server; verification cannot be switched off",
    ),
    "tls-authority": (
        "the certificate is signed by an authority that this machine does not trust, or by itself",
        "name the authority's certificate: tls: {ca: path/to/ca.pem}",
    ),
    "tls": (
        "server and client do not agree on TLS: the port may not speak it, or the server wants a client's certificate",
        "write http in place of https if it is plain, or name tls.certificate and tls.key",
    ),
    "open": (
        "the connection stands, and then gives no answer",
        "see the server's log, and raise timeouts in the target file if it is only slow",
    ),
}


def explain(exchange: Exchange, approach: Approach) -> Finding:
    """The finding for an exchange that is not good; it may open one more connection to see why none stands."""
    reply = exchange.reply
    if reply.code in TRANSPORT_FAILURES:
        return _transport(exchange, approach)
    if reply.outcome is Outcome.WRONG:
        return _wrong(exchange, approach)
    if reply.code in _FORM_CODES and (finding := _misnamed(exchange, approach)):
        return finding
    step, is_api = _kind(exchange.step), approach.target.api is not None
    hint = next(hint for hint in HINTS if hint.fits(_hinted_step(exchange), reply.code, is_api=is_api))
    words = _words(exchange, approach, step)
    keys = [key.format_map(words) for key in hint.keys]
    code = exit_code_of(reply.outcome)
    if reply.outcome is Outcome.BROKEN and reply.code != "server-error":
        code = exit_code_of(Outcome.REFUSED)  # an answer of another kind than was meant: the file leads elsewhere
    return Finding(
        present(keys, approach),
        context(exchange, approach),
        hint.cause.format_map(words),
        hint.remedy.format_map(words),
        code,
    )


def _hinted_step(exchange: Exchange) -> str:
    """The step whose hint it is: a server that looks at the authorization request only after the login refuses it then.

    A password that is refused brings the form again, and no redirect to an error.
    """
    answer, code = exchange.reply.answer, exchange.reply.code
    is_late = exchange.step in {"login: credentials", "login: consent"} and isinstance(answer, Journey)
    return "login: page" if is_late and code in REFUSED_AT_AUTHORIZATION else exchange.step


def _misnamed(exchange: Exchange, approach: Approach) -> Finding | None:
    """The finding for a field of the login form that the file names and no form on the page has."""
    forms = read_forms(exchange.reply.answer, exchange.url)
    there = {field.name for form in forms for field in form.fields if field.kind != "hidden"}
    asked = approach.target.login.form
    for key, name in (("username", asked.username), ("password", asked.password)):
        if name and there and name not in there:
            return Finding(
                f"login.form.{key}",
                context(exchange, approach),
                f"no form on the page has a field {name!r}",
                f"write the name of the field for the {key}, one of {', '.join(sorted(there))}; or leave the key out, "
                "and the field is found by itself",
            )
    return None


def present(keys: list[str], approach: Approach) -> str:
    """The first key that stands in the file; else the first whose section does; else ``url``, which always does."""
    lines = approach.file.lines
    for key in keys:
        if key_path(key) in lines:
            return key
    return next((key for key in keys if (key.partition(".")[0],) in lines), "url")


def context(exchange: Exchange, approach: Approach) -> str:
    """What was sent where and what came back, with the server's own words, redacted."""
    answer = exchange.reply.answer
    sent = f"{exchange.step}: {exchange.method} {exchange.url}"
    if not answer.status:
        return f"{sent} got no answer ({exchange.reply.code})"
    if isinstance(answer, Journey):
        sent += f" led to {approach.redact(answer.led_to.partition('?')[0])[:_SHOWN_CHARACTERS]}, which"
    return f"{sent} answered {answer.status} {exchange.reply.code}{_said(answer, approach)}"


def _said(answer: Answer, approach: Approach) -> str:
    """What the server says of an error; of a success the shape of its body alone, for it may hold tokens."""
    if forms := read_forms(answer, "") if answer.body else ():
        return f"; its forms: {'; '.join(map(repr, forms))}"
    if 200 <= answer.status < 300:
        return _shape(answer)
    told = said(answer)
    return f', and said: "{approach.redact(told)}"' if told else ""


def _shape(answer: Answer) -> str:
    """The keys of a JSON body, to two levels; its values are never shown."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        kind = answer.header("content-type") or "no content type"
        return f" with {len(answer.body)} bytes of {kind}"
    return f" with the keys {_keys(body)}" if isinstance(body, dict) and body else ""


def _keys(body: dict[str, Any]) -> str:
    names = []
    for key, value in body.items():
        names.append(str(key))
        if isinstance(value, dict):
            names.extend(f"{key}.{inner}" for inner in value)
    return ", ".join(names)[:_SHOWN_CHARACTERS]


def _wrong(exchange: Exchange, approach: Approach) -> Finding:
    evidence = exchange.evidence
    key = present([_PROMISES.get(exchange.reply.code, "checks"), "policy"], approach)
    if evidence is None:
        remedy = f"docs/outcomes.md says what {exchange.reply.code} means"
        return Finding(key, context(exchange, approach), _WRONG, remedy, exit_code_of(Outcome.WRONG))
    fault = evidence.fault
    told = f"{fault.what} should be {fault.expected}, and is {fault.got}"
    seen = f"{exchange.step}: {exchange.method} {exchange.url}: {told}"
    trace = f" (trace {evidence.trace})" if evidence.trace else ""
    usual = "if the service is right, say so under checks or policy (docs/targets.md)"
    remedy = _RIGHTED.get(exchange.reply.code, usual).format(got=fault.got)
    return Finding(
        key,
        approach.redact(f"{seen}{trace}"),
        _WRONG,
        approach.redact(f"{remedy}; {exchange.reply.code} is described in docs/outcomes.md"),
        exit_code_of(Outcome.WRONG),
    )


_RIGHTED: Final = {
    "scope-narrower": "write the scope that the client does get ({got}), or allow it the rest at the server; checks: "
    "{{scope: narrower}} takes it as right",
    "jwt-malformed": "where tokens are opaque nobody can verify them here: choose another validation.by "
    "(introspection, userinfo), or make the server sign them",
    "scope-wider": "write the scope that the client does get ({got}), or take the rest away at the server; checks: "
    "{{scope: wider}} takes it as right",
    "wrong-user": "if this line does not point at the name that people sign in with, correct it; if it does, the "
    "answer is somebody else's, and the service is to be looked at first",
}


_PROMISES: Final = {
    "wrong-issuer": "checks.issuer",
    "jwt-malformed": "validation.by",
    "jwt-issuer": "checks.issuer",
    "wrong-audience": "checks.audience",
    "jwt-audience": "checks.audience",
    "wrong-client": "checks.client",
    "wrong-subject": "checks.username",
    "wrong-username": "checks.username",
    "wrong-user": "api.login.user",
    "scope-wider": "checks.scope",
    "scope-narrower": "scope",
    "jwt-expired": "checks.clock-skew",
    "jwt-not-yet": "checks.clock-skew",
}


def _transport(exchange: Exchange, approach: Approach) -> Finding:
    target, url = approach.target, exchange.url
    closer = look_closer(url, target.tls, target.timeouts.connect_s)
    key = present([*_place_of(url, target), "url"], approach)
    if closer.kind == "tls-name":
        return _name_mismatch(exchange, closer, key, approach)
    cause, remedy = _UNREACHED[closer.kind]
    if closer.kind == "open" and exchange.reply.code == "timeout":
        key = present(["timeouts.answer", key], approach)
    if closer.kind.startswith("tls-a"):
        key = present(["tls.ca", key], approach)
    code = UNWELL if closer.kind == "open" else UNREACHABLE
    return Finding(key, f"{context(exchange, approach)}: {closer.detail}", cause, remedy, code)


def _name_mismatch(exchange: Exchange, closer: Closer, key: str, approach: Approach) -> Finding:
    cause = "the server that answers shows a certificate for another name: a wrong host, or a server that was set up so"
    names = f", for which the certificate is good: {', '.join(closer.names)}" if closer.names else ""
    remedy = f"write a host in this line{names}; or give the server a certificate for this one"
    return Finding(key, f"{context(exchange, approach)}: {closer.detail}", cause, remedy, UNREACHABLE)


def _place_of(url: str, target: Target) -> list[str]:
    """The keys, beside ``url``, whose absolute address leads to the host and port of a URL."""
    given = [(f"endpoints.{name}", link) for name, link in target.endpoints.model_dump().items()]
    given += [("validation.url", target.validation.url), ("issuer", target.issuer)]
    return [key for key, link in given if link and urlsplit(link)[:2] == urlsplit(url)[:2]]


def _words(exchange: Exchange, approach: Approach, step: str) -> defaultdict[str, str]:
    """What the hints' texts are filled with; a word that means nothing here is empty."""
    target, answer = approach.target, exchange.reply.answer
    who, client = _asker(exchange.step, target)
    retry = exchange.reply.retry_after_s
    return defaultdict(str, {
        "who": who,
        "client": client.id,
        "auth": client.auth,
        "secret": place_of(client.secret),
        "proof": proof(who, client),
        "scope": target.scope_of(client),
        "scope_key": "scope" if who == "client" else who,
        "account": approach.identity.name,
        "password": password_place(target),
        "grant": "authorization_code" if step == "login" and target.login.by == "code" else _GRANTS.get(step, step),
        "url": exchange.url,
        "endpoint": _ENDPOINTS.get(step, "authorization" if exchange.step == "login: page" else "token"),
        "call": step,
        "method": exchange.method,
        "status": str(answer.status),
        "code": exchange.reply.code,
        "location": answer.header("location") or "nowhere",
        "retry": f" and asks to wait {retry:.0f} s" if retry else "",
    })  # fmt: skip


_GRANTS: Final = {"login": "password", "service": "client_credentials", "refresh": "refresh_token"}


def _asker(step: str, target: Target) -> tuple[str, Client]:
    """Which client of the file made a step, and its key."""
    kind, _, number = step.partition(" ")
    if kind == "service" and target.services:
        return f"services.{int(number or 1) - 1}", target.services[int(number or 1) - 1]
    if kind == "service" and target.service is not None:
        return "service", target.service
    if step == "introspect" and target.introspector is not None:
        return "introspector", target.introspector
    return "client", target.client


def _kind(step: str) -> str:
    """The verb of a step: what stands before its part, or its number."""
    return step.partition(":")[0].partition(" ")[0]
