"""The shared token of a distributed run: each side proves that it knows it, and it never travels itself.

Pure functions. A proof is an HMAC (RFC 2104, SHA-256) over both sides' nonces, so that what was overheard is of no use
in another handshake; without a token the key is empty, and a side that has one refuses a side that has none.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping

from authstorm.errors import ConfigError, Problem, SafetyError
from authstorm.plan.secrets import Secret, SecretName
from authstorm.plan.web_address import is_loopback

TOKEN = "AUTHSTORM_TOKEN"  # noqa: S105 - the name of a variable

SHORTEST_TOKEN = 16
"""Characters: what passes by on the network can be tried against guesses of the token."""
MAKE_ONE = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"


def new_nonce() -> str:
    """A number that is used once, as text."""
    return secrets.token_urlsafe(24)


def proof(token: Secret | None, side: str, *facts: str) -> str:
    """What only somebody with the token can make of these facts; ``side`` keeps it from being sent back."""
    key = token.reveal().encode() if token is not None else b""
    return hmac.digest(key, json.dumps([side, *facts]).encode(), "sha256").hex()


def proves(given: object, token: Secret | None, side: str, *facts: str) -> bool:
    """Whether ``given`` is that proof."""
    return isinstance(given, str) and hmac.compare_digest(given.encode(), proof(token, side, *facts).encode())


def shared_token(environ: Mapping[str, str]) -> Secret | None:
    """The token of AUTHSTORM_TOKEN or the file that AUTHSTORM_TOKEN_FILE names; None where neither is set.

    ConfigError for a file that cannot be read, and for a token that is short enough to be guessed.
    """
    if not environ.get(TOKEN) and not environ.get(f"{TOKEN}_FILE"):
        return None
    try:
        token = SecretName(env=TOKEN).resolve(environ)
    except KeyError as error:
        raise ConfigError([Problem("environment", None, TOKEN, str(error.args[0]))]) from error
    if len(token.reveal()) < SHORTEST_TOKEN:
        wrong = f"has fewer than {SHORTEST_TOKEN} characters, and could be guessed"
        raise ConfigError([Problem("environment", None, TOKEN, wrong, MAKE_ONE)])
    return token


def check_door(host: str, token: Secret | None) -> None:
    """SafetyError for a master that other machines can reach and whose workers need no token."""
    if token is None and not is_loopback(host):
        wrong = f"{host} can be reached by other machines, and {TOKEN} is not set: anybody could join or take the plan"
        raise SafetyError(
            [Problem("arguments", None, "--master-bind-host", wrong, f"bind to 127.0.0.1, or {MAKE_ONE}")]
        )
