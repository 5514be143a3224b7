"""The command line of run.py."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence

from .better_auth import BetterAuth
from .django_oauth_toolkit import DjangoOauthToolkit
from .download import say
from .errors import SetupError
from .oidc_provider import OidcProvider
from .secret_file import read_secrets
from .server import Server, Settings
from .serving import Serving

SERVERS: Mapping[str, Server] = {server.name: server for server in (OidcProvider(), DjangoOauthToolkit(), BetterAuth())}


def main(arguments: Sequence[str]) -> int:
    """Set a server up and run it until a signal; 0 when all went well, 1 with one message when not, 2 for arguments."""
    parser = _parser()
    options = parser.parse_args(arguments)
    server = SERVERS[options.name]
    if options.at_once and not server.can_shed:
        able = " and ".join(name for name, each in SERVERS.items() if each.can_shed)
        parser.error(f"--at-once: {options.name} has no such limit; {able} have")
    try:
        settings = Settings(
            port=options.port or server.port,
            hash_cost=options.hash,
            access_ttl_s=options.access_ttl,
            refresh_ttl_s=options.refresh_ttl,
            secrets=read_secrets(server.secret_names, os.environ),
            at_once=options.at_once,
        )
        server.install()
        server.seed(settings)
        if options.setup_only:
            return 0
        return Serving(server, settings).run(follow_parent=options.follow_parent)
    except SetupError as error:
        say(f"error: {error}")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py", description="Set up and start a real authorization server.")
    parser.add_argument("name", choices=SERVERS)
    ports = ", ".join(f"{server.name} {server.port}" for server in SERVERS.values())
    parser.add_argument("--port", type=int, help=f"default: {ports}")
    parser.add_argument("--setup-only", action="store_true", help="install and seed, start nothing")
    parser.add_argument("--follow-parent", action="store_true", help="end when the starting process ends")
    environment = os.environ.get
    parser.add_argument(
        "--hash", type=_hash_cost, default=environment("HASH_COST", "cheap"), metavar="cheap|real",
        help="what a password check costs (HASH_COST; default: cheap)",
    )  # fmt: skip
    for option, variable, default in (("--access-ttl", "ACCESS_TTL", "600"), ("--refresh-ttl", "REFRESH_TTL", "86400")):
        parser.add_argument(
            option, type=_seconds, default=environment(variable, default), metavar="SECONDS",
            help=f"life of a token ({variable}; default: {default})",
        )  # fmt: skip
    parser.add_argument(
        "--at-once", type=_requests, default=environment("AT_ONCE") or None, metavar="N",
        help="answer at most N requests at once, the others with 503 (AT_ONCE; default: no limit)",
    )  # fmt: skip
    return parser


def _requests(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number of requests, at least 1")
    return int(text)


def _hash_cost(text: str) -> str:
    if text not in {"cheap", "real"}:
        raise argparse.ArgumentTypeError(f"HASH_COST is cheap or real, not {text}")
    return text


def _seconds(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number of seconds, at least 1")
    return int(text)
