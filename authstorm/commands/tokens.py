"""``make tokens``: fetches token sets for other load tests into a file that only its owner can read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from authstorm.auth.endpoints import Endpoints
from authstorm.auth.exchange import Identity
from authstorm.auth.renewal import RenewalRule
from authstorm.auth.session import TRANSPORT_FAILURES
from authstorm.commands.amounts import at_least_one, duration, how_often
from authstorm.commands.approach import Approach, approached
from authstorm.commands.bar import Bar
from authstorm.commands.fetching.fetch import Fetch, Means
from authstorm.commands.fetching.pace import Pace
from authstorm.commands.fetching.token_file import FORMATS, TokenFile
from authstorm.commands.interruption import heard
from authstorm.drive.auth_clients import client_makers
from authstorm.drive.identities import identities_of
from authstorm.drive.preflight import doors_of, find_endpoints
from authstorm.errors import AuthstormError, ConfigError
from authstorm.plan.retries import Retries
from authstorm.plan.target import check_hosts

COMPLETE, REFUSED, PARTIAL, UNREACHED, INTERRUPTED = 0, 2, 3, 6, 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may follow ``tokens``."""
    add = parser.add_argument
    add("--target", default="sandbox", help="a target of config/targets, or a path to one")
    add("--count", "-n", type=at_least_one, default=1000, help="how many token sets (%(default)s), each of an account")
    add("--format", choices=FORMATS, default="jsonl")
    add("--output", type=Path, help="the file (tokens/<target>.<format>)")
    add("--concurrency", type=at_least_one, default=20, help="logins at one time, at most (%(default)s)")
    add("--tries", type=how_often, default=6, help="how often a login is tried that fails for a while (%(default)s)")
    add("--keep", type=duration, default=0.0, metavar="TIME", help="keep the file fresh for so long, as 10m")
    add("--config-dir", type=Path, default=Path("config"), help="where targets are")


def run(options: argparse.Namespace) -> int:
    """Fetch; 0 all, 3 some are missing, 2 all refused, 6 nothing answered, 130 interrupted. What came is kept."""
    with approached(options.target, options.config_dir) as approach:
        path = options.output or Path("tokens") / f"{approach.own_name}.{options.format}"
        identities = _identities(approach, options.count)
        file = TokenFile(path, options.format)
        file.check()
        fetch = Fetch(_means(approach, options.tries), file, options.concurrency)
        code = None
        with Bar("token sets", options.count) as bar:
            try:
                with heard():
                    fetch.run(identities, options.keep, lambda: bar.show(len(fetch.held), _note(fetch)))
            except KeyboardInterrupt:
                code = INTERRUPTED
            except OSError as error:
                raise AuthstormError(f"{path} cannot be written any more: {error.strerror}") from error
        _tell(fetch, path, options.count)
    return _code(fetch, options.count) if code is None else code


def _means(approach: Approach, tries: int) -> Means:
    """Find the endpoints, and prepare every request."""
    target = approach.target
    endpoints = Endpoints() if target.api else find_endpoints(target, approach.new_session("own"))
    check_hosts(target, [url for url in (endpoints.token, endpoints.authorization) if url], approach.file)
    if missing := [] if target.api else [name for name in doors_of(target) if not getattr(endpoints, name)]:
        wrong, right = "is neither given nor named by discovery", "add endpoints: {{{0}: /path}}"
        problems = [approach.problem(f"endpoints.{name}", wrong, right.format(name)) for name in missing]
        raise ConfigError(problems)
    people, _ = client_makers(target, endpoints, approach.secrets)
    asked = target.renewal
    return Means(
        people,
        approach.new_session,
        Retries.model_validate({"how": "back-off", "tries": tries, "first": "500ms", "longest": "30s"}),
        Pace(target.ceiling),
        RenewalRule(lead_s=asked.lead_s, jitter_s=asked.jitter_s, unknown_lifetime_s=asked.lifetime_s),
        approach.redact.saw,
    )


def _identities(approach: Approach, count: int) -> Iterator[Identity]:
    """So many accounts, each once; ConfigError when there are fewer, or when the target gives no tokens at all."""
    target = approach.target
    if target.api is not None and target.api.login.token is None:
        wrong = "a session of cookies has no token that another program could use"
        raise ConfigError([approach.problem("api.login", wrong, "name the token's place: api.login.token, if any")])
    if count > target.accounts.count:
        wrong = f"there are {target.accounts.count} accounts, and {count} token sets are asked for, each of another one"
        right = f"ask for N={target.accounts.count}, or add accounts"
        raise ConfigError([approach.problem("accounts.count", wrong, right)])
    lender = identities_of(target, approach.secrets)
    return islice(iter(lender.lend, None), count)


def _note(fetch: Fetch) -> str:
    parts = [("retries", fetch.retried), ("renewed", fetch.renewed), ("failed", fetch.failed.total())]
    return ", ".join(f"{count} {word}" for word, count in parts if count)


def _tell(fetch: Fetch, path: Path, count: int) -> None:
    """Where they are, and what is missing; no token and no name."""
    if fetch.held:
        note = _note(fetch)
        print(
            f"{len(fetch.held)} of {count} token sets in {path}, which only you can read{f' ({note})' if note else ''}"
        )
    for code, failures in fetch.failed.most_common():
        print(f"{failures} accounts: {code}: docs/outcomes.md says what it means", file=sys.stderr)
    if fetch.is_refused:
        print("stopped early: more refusals would lock accounts. make check tells what is wrong", file=sys.stderr)


def _code(fetch: Fetch, count: int) -> int:
    if len(fetch.held) >= count:
        return COMPLETE
    if fetch.held:
        return PARTIAL
    return UNREACHED if set(fetch.failed) <= TRANSPORT_FAILURES else REFUSED
