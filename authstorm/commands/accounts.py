"""``make accounts``: makes synthetic accounts where a target says how, and removes those that it made."""

from __future__ import annotations

import argparse
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Final

from authstorm.auth.endpoints import Endpoints
from authstorm.auth.session import TRANSPORT_FAILURES
from authstorm.commands.amounts import at_least_one, how_often
from authstorm.commands.approach import Approach, approached
from authstorm.commands.bar import Bar
from authstorm.commands.fetching.pace import Pace
from authstorm.commands.interruption import heard
from authstorm.commands.provisioning.api import AccountApi
from authstorm.commands.provisioning.bearer import Bearer
from authstorm.commands.provisioning.described import Described
from authstorm.commands.provisioning.keycloak import Keycloak
from authstorm.commands.provisioning.ledger import Ledger
from authstorm.commands.provisioning.making import Making, Tools
from authstorm.commands.provisioning.scim import Scim
from authstorm.commands.provisioning.zitadel import Zitadel
from authstorm.drive.auth_clients import client_makers
from authstorm.drive.identities import identities_of
from authstorm.drive.preflight import find_endpoints
from authstorm.errors import ConfigError
from authstorm.plan.provisioning import DOMAIN, Provisioning, is_synthetic
from authstorm.plan.retries import Retries
from authstorm.plan.secrets import Secret
from authstorm.plan.target import check_hosts

COMPLETE, REFUSED, PARTIAL, UNREACHED, INTERRUPTED = 0, 2, 3, 6, 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may follow ``accounts``."""
    add = parser.add_argument
    add("--target", default="sandbox", help="a target of config/targets, or a path to one")
    add("--count", "-n", type=at_least_one, help="how many (all that the target names)")
    add("--remove", action="store_true", help="remove the accounts that were made, and no others")
    add("--concurrency", type=at_least_one, default=8, help="requests at one time, at most (%(default)s)")
    add("--tries", type=how_often, default=6, help="how often a request is made that fails for a while (%(default)s)")
    add("--ledger", type=Path, help="the file of what was made (.accounts/<target>.jsonl)")
    add("--config-dir", type=Path, default=Path("config"), help="where targets are")


def run(options: argparse.Namespace) -> int:
    """Make or remove; 0 all, 3 some failed, 2 all refused, 6 nothing answered, 130 interrupted: run it again."""
    with approached(options.target, options.config_dir) as approach:
        given = _provisioning(approach)
        url = _url(approach, given)
        tools = _tools(approach, given, url, options.tries)
        ledger = Ledger(options.ledger or Path(".accounts") / f"{approach.own_name}.jsonl", f"{given.by} {url}")
        making = Making(tools, ledger, options.concurrency)
        try:
            with heard():
                code = (
                    _remove(making, ledger, options.count) if options.remove else _make(making, approach, options.count)
                )
        except KeyboardInterrupt:
            code = INTERRUPTED
        finally:
            ledger.close()
        _tell(making, approach)
    return code or _code(making)


def _make(making: Making, approach: Approach, count: int | None) -> int:
    accounts = approach.target.accounts
    wanted = accounts.count if count is None else count
    if wanted > accounts.count:
        wrong = f"there are {accounts.count} accounts named, and {wanted} are asked for"
        raise ConfigError([approach.problem("accounts.count", wrong, "raise it, or ask for fewer (N=)")])
    lender = identities_of(approach.target, approach.secrets)
    identities = list(islice(iter(lender.lend, None), wanted))
    if any(not is_synthetic(identity.name) for identity in identities):
        key = "accounts.pattern" if accounts.csv is None else "accounts.csv"
        wrong = f"names accounts outside of {DOMAIN}, which is the one domain in which accounts are made"
        raise ConfigError([approach.problem(key, wrong, f'write pattern: "load{{n:05d}}@{DOMAIN}"')])
    with Bar("accounts", wanted) as bar:
        making.make(identities, lambda: bar.show(making.done))
    return COMPLETE


def _remove(making: Making, ledger: Ledger, count: int | None) -> int:
    ours = ledger.ours()[:count]
    with Bar("accounts", len(ours)) as bar:
        making.remove(ours, lambda: bar.show(making.done))
    return COMPLETE


def _provisioning(approach: Approach) -> Provisioning:
    given = approach.target.provisioning
    if given is None:
        right = "add provisioning: {by: scim, url: ..., token: {env: NAME}} (docs/commands.md), or create them yourself"
        raise ConfigError([approach.problem("provisioning", "is missing: nothing says how accounts are made", right)])
    return given


def _url(approach: Approach, given: Provisioning) -> str:
    """Where the API answers, on a host that may be asked."""
    usual = {"scim": "/scim/v2"}.get(given.by, "")
    url = approach.target.absolute(given.url or usual) or approach.target.url
    check_hosts(approach.target, [url, given.token_url], approach.file)
    return url


def _api(given: Provisioning, url: str) -> AccountApi:
    if given.by == "scim":
        return Scim(url)
    if given.by == "keycloak":
        return Keycloak(url, given.realm)
    if given.by == "zitadel":
        return Zitadel(url, given.organization)
    assert given.create is not None  # the model saw to it
    assert given.remove is not None
    return Described(url, given.create, given.remove)


def _tools(approach: Approach, given: Provisioning, url: str, tries: int) -> Tools:
    retries = Retries.model_validate({"how": "back-off", "tries": tries, "first": "500ms", "longest": "30s"})
    bearer, pool = _bearer(approach, given), approach.new_session("pool")
    return Tools(_api(given, url), bearer, lambda: pool, retries, Pace(approach.target.ceiling), time.time)


def _bearer(approach: Approach, given: Provisioning) -> Bearer:
    """Who may manage accounts; its secrets are asked for here, for a rehearsal needs none of them."""
    secrets = _secrets(approach, given)
    for secret in secrets.values():
        approach.redact.add(secret)
    if given.token is not None:
        return Bearer(secrets[given.token.key].reveal())
    assert given.client is not None  # the model saw to it
    endpoints = Endpoints(token=approach.target.absolute(given.token_url))
    session = approach.new_session("own")
    if not endpoints.token:
        endpoints = find_endpoints(approach.target, session)
        check_hosts(approach.target, [endpoints.token], approach.file)
    client = given.client.model_copy(update={"scope": given.client.scope or ""})  # people's scope is not its own
    asking = approach.target.model_copy(update={"api": None, "client": client, "service": client})
    _, services = client_makers(asking, endpoints, {**approach.secrets, **secrets})
    return Bearer(service=services(session))


def _secrets(approach: Approach, given: Provisioning) -> dict[str, Secret]:
    found, problems = {}, []
    for key, name in given.secrets():
        try:
            found[name.key] = name.resolve()
        except KeyError as error:
            problems.append(approach.problem(key, f"the secret {name.place} is not set", str(error.args[0])))
    if problems:
        raise ConfigError(problems)
    return found


def _tell(making: Making, approach: Approach) -> None:
    parts = [("made", making.made), ("there already", making.there), ("removed", making.removed)]
    told = ", ".join(f"{count} {word}" for word, count in parts if count)
    print(told or ("nothing was done" if making.failed else "nothing to do"))
    for code, failures in making.failed.most_common():
        words = approach.redact(making.said.get(code, ""))
        print(f"{failures} failed: {code}{f', as {chr(34)}{words}{chr(34)}' if words else ''}", file=sys.stderr)
        if key := next((key for key in _TO_MEND.get(code, ()) if approach.has(f"provisioning.{key}")), ""):
            print(f"  {approach.place(f'provisioning.{key}')}: provisioning.{key}: {_WHY[code]}", file=sys.stderr)
    if making.failed:
        print("run it again: it goes on where it ended", file=sys.stderr)


_TO_MEND: Final = {
    "400": ("create.json", "by"),
    "401": ("token", "client"),
    "403": ("token", "client"),
    "404": ("realm", "create.path", "url", "by"),
    "422": ("create.json", "by"),
}
_WHY: Final = {
    "400": "the service does not take such an account: another shape, or a rule for passwords or names",
    "401": "the service does not take this token: another one, or it has ended",
    "403": "whoever this is may not manage accounts: give it the right at the service",
    "404": "there is no such place at the service: compare it, and provisioning.url, with its documentation",
    "422": "the service does not take such an account: another shape, or a rule for passwords or names",
}
"""The statuses at which a line of the file may be wrong: its keys under provisioning, and why."""


def _code(making: Making) -> int:
    if not making.failed:
        return COMPLETE
    if making.done:
        return PARTIAL
    return UNREACHED if set(making.failed) <= TRANSPORT_FAILURES else REFUSED
