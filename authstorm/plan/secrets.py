"""Secrets: where they come from, how they are held, and how they are kept out of every text.

A secret is named in YAML (``{env: STORM_PASSWORD}``) and never stands there. Its value is looked for in the
environment (where python-dotenv has put ``.env``), then in the file that ``STORM_PASSWORD_FILE`` names, as containers
mount them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

from pydantic import Field, model_validator

from authstorm.plan.strict import Strict

HIDDEN = "[redacted]"


class Secret:
    """A value that no ``repr``, ``str``, format or pickle shows; ``reveal()`` is the one way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the request that needs it."""
        return self._value

    def __repr__(self) -> str:
        return HIDDEN

    def __reduce__(self) -> str:
        raise TypeError("a secret is not to be pickled")


_VARIABLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")


class SecretName(Strict):
    """Where a secret is to be found: the name of an environment variable."""

    env: str = Field(pattern=_VARIABLE.pattern)

    @model_validator(mode="before")
    @classmethod
    def _refuse_values(cls, given: object) -> object:
        """Before pydantic looks, whose messages show what was given."""
        name = given.get("env", "") if isinstance(given, dict) else "" if isinstance(given, SecretName) else None
        if name is None or (name and not (isinstance(name, str) and _VARIABLE.fullmatch(name))):
            raise ValueError("a secret never stands in YAML: name its environment variable, as {env: STORM_PASSWORD}")
        return given

    def resolve(self, environ: Mapping[str, str] = os.environ) -> Secret:
        """Find the value; KeyError with what to set when there is none."""
        if value := environ.get(self.env):
            return Secret(value)
        if place := environ.get(f"{self.env}_FILE"):
            try:
                value = Path(place).read_text(encoding="utf-8-sig").rstrip("\r\n")
            except OSError as error:
                raise KeyError(f"{self.env}_FILE names a file that cannot be read: {error}") from error
            except UnicodeDecodeError:
                raise KeyError(f"{self.env}_FILE names a file that is no UTF-8 text: {place}") from None
            if value:
                return Secret(value)
            raise KeyError(f"{self.env}_FILE names an empty file: {place}")
        raise KeyError(f"set {self.env} in the environment or in .env, or {self.env}_FILE to a file that holds it")


_TOKEN_LIKE = re.compile(r"[A-Za-z0-9._~+/\-]{12,}=*")
_JWT = re.compile(r"eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]*)*")


class Redactor:
    """Takes secrets out of texts by value: the known ones, and every token that the run has seen.

    Tokens are kept as hashes, ``keep`` of them at most in each of two generations, so that a soak run stays small.
    Anything that looks like a signed JWT goes as well, seen or not.
    """

    def __init__(self, secrets: Iterable[Secret] = (), keep: int = 250_000) -> None:
        self._known: list[str] = []
        self._keep = keep
        self._young: set[int] = set()
        self._old: set[int] = set()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: Secret) -> None:
        """Redact this value from now on, also where it was URL-encoded; shorter ones than 4 characters cannot be."""
        value = secret.reveal()
        if len(value) >= 4:
            forms = {value, quote(value, safe=""), quote_plus(value)}
            self._known = sorted({*self._known, *forms}, key=len, reverse=True)

    def saw(self, token: str) -> None:
        """Remember a token that the target issued."""
        self._young.add(hash(token))
        if len(self._young) > self._keep:
            self._old, self._young = self._young, set()

    def __call__(self, text: str) -> str:
        """The text without any secret."""
        for value in self._known:
            text = text.replace(value, HIDDEN)
        return _TOKEN_LIKE.sub(self._hide_token, _JWT.sub(HIDDEN, text))

    def _hide_token(self, match: re.Match[str]) -> str:
        for part in {match[0], match[0].strip("./~-"), *match[0].split("/")}:
            found = hash(part)
            if found in self._young or found in self._old:
                return match[0].replace(part, HIDDEN)
        return match[0]
