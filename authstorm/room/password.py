"""The room's password: asked for wherever other machines can reach it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

from authstorm.errors import ConfigError, Problem, SafetyError
from authstorm.plan.secrets import Secret, SecretName
from authstorm.plan.web_address import is_loopback

PASSWORD: Final = "AUTHSTORM_ROOM_PASSWORD"  # noqa: S105 - the name of a variable
SHORTEST: Final = 12
MOST_TRIES: Final = 10
PER_S: Final = 60.0
_MAKE_ONE: Final = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(16))'"


def room_password(bound_to: str, environ: Mapping[str, str]) -> Secret | None:
    """The password of AUTHSTORM_ROOM_PASSWORD or its file; None where none is set and only loopback is served.

    SafetyError where other machines could come in without one, ConfigError for one that could be guessed.
    """
    if not environ.get(PASSWORD) and not environ.get(f"{PASSWORD}_FILE"):
        if is_loopback(bound_to):
            return None
        wrong = f"{bound_to or 'every address'} can be reached by other machines, and {PASSWORD} is not set"
        raise SafetyError([Problem("arguments", None, "--web-host", wrong, f"bind to 127.0.0.1, or {_MAKE_ONE}")])
    try:
        password = SecretName(env=PASSWORD).resolve(environ)
    except KeyError as error:
        raise ConfigError([Problem("environment", None, PASSWORD, str(error.args[0]))]) from error
    if len(password.reveal()) < SHORTEST:
        wrong = f"has fewer than {SHORTEST} characters, and could be guessed"
        raise ConfigError([Problem("environment", None, PASSWORD, wrong, _MAKE_ONE)])
    return password


class Tries:
    """How often a wrong password was given of late, by everybody together."""

    def __init__(self) -> None:
        self._wrong_at_s: deque[float] = deque(maxlen=MOST_TRIES)

    def wrong(self, now_s: float) -> None:
        """One more."""
        self._wrong_at_s.append(now_s)

    def too_many(self, now_s: float) -> bool:
        """Whether to listen to nobody for now."""
        return len(self._wrong_at_s) == MOST_TRIES and now_s - self._wrong_at_s[0] < PER_S
