"""The command line of the sandbox; secrets never stand on it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from authstorm.errors import ConfigError, Problem

ABOUT = """\
A real OAuth 2.0 / OpenID Connect authorization server to rehearse against, with faults that can be switched on while
it runs. It is a rehearsal partner, not an identity provider: everything is in memory, and it binds to loopback alone.
"""

MANUAL = """\
clients
  storm         confidential (HTTP Basic or form): password, client_credentials, authorization_code, refresh_token
  storm-public  no secret, PKCE required: authorization_code, refresh_token
  storm-api     confidential, the resource server: introspection, client_credentials
  storm-jwt     private_key_jwt (RFC 7523), else as storm; there when SANDBOX_CLIENT_KEY is

accounts
  user00000@example.test, user00001@example.test ... all with one password

memory
  about 0.8 kB for each token set issued, until its refresh token would have expired

secrets
  SANDBOX_PASSWORD       the accounts' password
  SANDBOX_CLIENT_SECRET  the secret of storm and storm-api
  SANDBOX_CLIENT_KEY     the private key of storm-jwt, a JWK in JSON
  from the environment; what is not set there comes from the file .sandbox.env (mode 0600), which is created with
  random values when it is missing

control (loopback only, no browser)
  GET, PUT, DELETE /control/faults   what goes wrong, a JSON list with one object a fault, for example
        [{"delay_ms": 200, "endpoints": ["token"]},
         {"outage": "503", "from_s": 10, "for_s": 5},
         {"admission_per_s": 400}, {"error_share": 0.02, "seed": 7}, {"swap_one_in": 100, "grants": ["refresh_token"]},
         {"lockout_after": 5, "lock_s": 900}, {"open_one_in": 100}]
  GET, DELETE /control/counts        what was asked, by endpoint, grant and status, and what was seen on the way
  GET /control/log?since=<epoch s>   service time of each request (with --log-times)
  GET /control/run                   whether it ends with a run that started it (--with-parent)

It prints one line when it answers: "sandbox ready http://127.0.0.1:9080 pid 123". SIGTERM and SIGINT stop it.
exit codes: 0 stopped, 1 it could not start or died, 2 bad arguments
"""

MAX_HASH_COST = 2**20
MAX_LOCKOUT = 1_000


@dataclass(frozen=True, slots=True)
class Options:
    """Everything the command line decides; times in seconds."""

    host: str = "127.0.0.1"
    port: int = 9080
    accounts: int = 5000
    hash_cost: int = 16
    access_ttl_s: int = 300
    refresh_ttl_s: int = 1800
    alg: str = "ES256"
    opaque: bool = False
    clock_offset_s: int = 0
    lockout_after: int | None = None
    redirect_uris: tuple[str, ...] = ("http://127.0.0.1:9/callback",)
    log_times: bool = False
    with_parent: bool = False
    secrets_file: Path = Path(".sandbox.env")


def read_options(arguments: Sequence[str]) -> Options:
    """Read the command line; raises ConfigError with every problem, SystemExit for what argparse ends by itself."""
    given = vars(_parser().parse_args(arguments))
    given["redirect_uris"] = tuple(given["redirect_uris"] or Options().redirect_uris)
    options = Options(**given)
    problems = [*_problems(options)]
    if problems:
        raise ConfigError(problems)
    return options


def is_loopback(host: str) -> bool:
    """Whether a host, without its port, can only mean this machine: 127.0.0.0/8, ::1 or ``localhost``."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _whole_seconds(text: str) -> int:
    """A lifetime as any program prints it (``300``, ``300.0``, ``1e+06``), in the whole seconds of a signed token."""
    seconds = float(text)
    if not seconds.is_integer():
        raise argparse.ArgumentTypeError(f"{text}: lifetimes are whole seconds")
    return int(seconds)


def _problems(options: Options) -> list[Problem]:
    cost = options.hash_cost
    rules = (
        (is_loopback(options.host), "--host", f"{options.host} is not loopback", "127.0.0.1, ::1 or localhost"),
        (0 <= options.port <= 65535, "--port", f"{options.port} is no port", "0 to 65535; 0 takes any free one"),
        (1 <= options.accounts <= 10_000_000, "--accounts", f"{options.accounts}", "1 to 10000000"),
        (
            2 <= cost <= MAX_HASH_COST and cost & (cost - 1) == 0,
            "--hash-cost",
            f"{cost} is no scrypt cost",
            f"a power of two, 2 to {MAX_HASH_COST}",
        ),
        (
            options.lockout_after is None or 1 <= options.lockout_after <= MAX_LOCKOUT,
            "--lockout-after",
            f"{options.lockout_after}",
            f"1 to {MAX_LOCKOUT} wrong passwords",
        ),
        (options.access_ttl_s >= 1, "--access-ttl", f"{options.access_ttl_s}", "at least 1 s"),
        (options.refresh_ttl_s >= 1, "--refresh-ttl", f"{options.refresh_ttl_s}", "at least 1 s"),
    )
    return [Problem("arguments", None, key, wrong, right) for holds, key, wrong, right in rules if not holds]


def _parser() -> argparse.ArgumentParser:
    default = Options()
    parser = argparse.ArgumentParser(
        prog="python -m authstorm.sandbox",
        description=ABOUT,
        epilog=MANUAL,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--host", default=default.host, help="loopback address to bind to (%(default)s); any other is refused")
    add("--port", type=int, default=default.port, help="port (%(default)s); a free one when it is in use")
    add("--accounts", type=int, default=default.accounts, metavar="N", help="number of accounts (%(default)s)")
    add(
        "--hash-cost",
        type=int,
        default=default.hash_cost,
        metavar="N",
        help="scrypt n of the password hash (%(default)s, about 0.1 ms; 16384 is realistic, 30 to 60 ms)",
    )
    add("--access-ttl", dest="access_ttl_s", type=_whole_seconds, default=default.access_ttl_s, metavar="S",
        help="lifetime of access and ID tokens in seconds (%(default)s)")  # fmt: skip
    add("--refresh-ttl", dest="refresh_ttl_s", type=_whole_seconds, default=default.refresh_ttl_s, metavar="S",
        help="lifetime of refresh tokens in seconds (%(default)s)")  # fmt: skip
    add("--alg", choices=("ES256", "RS256"), default=default.alg, help="signature of the tokens (%(default)s)")
    add("--opaque", action="store_true", help="opaque access tokens instead of signed ones")
    add("--clock-offset", dest="clock_offset_s", type=_whole_seconds, default=default.clock_offset_s, metavar="S",
        help="seconds by which the clock goes ahead, or behind with a minus (%(default)s)")  # fmt: skip
    add("--lockout-after", dest="lockout_after", type=int, metavar="N",
        help="begin with the fault lockout_after: so many wrong passwords lock an account")  # fmt: skip
    add("--redirect-uri", dest="redirect_uris", action="append", metavar="URI",
        help=f"allowed redirect URI, may be repeated ({default.redirect_uris[0]})")  # fmt: skip
    add("--log-times", action="store_true", help="keep the service times of the last 200,000 requests")
    add("--with-parent", action="store_true", help="end when the process that started it ends")
    add("--secrets-file", type=Path, default=default.secrets_file, metavar="FILE",
        help="where unset secrets come from (%(default)s)")  # fmt: skip
    return parser
