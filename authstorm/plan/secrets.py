"""Secrets: where they come from, how they are held, and how they are kept out of every text.

A secret is named in YAML and never stands there: by a variable (``{env: STORM_PASSWORD}``), which is looked for in the
environment, where python-dotenv has put ``.env``, then in the file that ``STORM_PASSWORD_FILE`` names, as containers
mount them; by a file (``{file: /run/secrets/password}``); or by a command that writes it (``{exec: [op, read, ...]}``).
"""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

from pydantic import ConfigDict, Field, model_validator

from authstorm.plan.hidden_values import HiddenValues
from authstorm.plan.secret_command import LONGEST_COMMAND_S, said_by
from authstorm.plan.seen_tokens import SeenTokens
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
_NO_VALUES = "a secret never stands in YAML: name its environment variable, as {env: STORM_PASSWORD}, or its file"


class SecretName(Strict):
    """Where a secret is to be found: in a variable, in a file, or in what a command writes."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["env"]}, {"required": ["file"]}, {"required": ["exec"]}]}
    )

    env: str | None = Field(None, pattern=_VARIABLE.pattern, description="an environment variable")
    file: str | None = Field(None, min_length=1, description="path of a file that holds it and nothing else")
    command: tuple[str, ...] | None = Field(
        None, alias="exec", min_length=1, description="a command and its arguments; no shell reads them"
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_values(cls, given: object) -> object:
        """Before pydantic looks, whose messages show what was given."""
        if isinstance(given, SecretName):
            return given
        if not isinstance(given, dict):
            raise ValueError(_NO_VALUES)  # noqa: TRY004 - pydantic turns a ValueError into a problem
        if len(given) != 1:
            raise ValueError("a secret has one place: env, file or exec")
        ((kind, place),) = given.items()
        if kind in {"exec", "command"}:
            if not isinstance(place, (list, tuple)) or not place or not all(isinstance(p, str) and p for p in place):
                raise ValueError("exec is a list, which no shell reads: write [vault, kv, get, -field=password, path]")
        elif not isinstance(place, str) or not place or (kind == "env" and not _VARIABLE.fullmatch(place)):
            raise ValueError(_NO_VALUES)
        return given

    @property
    def key(self) -> str:
        """What tells this place from others; equal places are asked once."""
        return self.env or (f"file {self.file}" if self.file else f"exec {json.dumps(self.command)}")

    @property
    def place(self) -> str:
        """The place in words for an error: of a command no more than its first word."""
        if self.command:
            return f"of the command {self.command[0]!r}"
        return self.env or f"of the file {self.file}"

    def resolve(self, environ: Mapping[str, str] = os.environ, limit_s: float = LONGEST_COMMAND_S) -> Secret:
        """Find the value; KeyError with what to do when there is none. A command is run, and has ``limit_s`` for it."""
        if self.command is not None:
            return Secret(said_by(self.command, environ, limit_s))
        if self.file is not None:
            return Secret(_held(self.file, "it"))
        name = self.env or ""
        if value := environ.get(name):
            return Secret(value)
        if place := environ.get(f"{name}_FILE"):
            return Secret(_held(place, f"{name}_FILE"))
        raise KeyError(f"set {name} in the environment or in .env, or {name}_FILE to a file that holds it")


def _held(place: str, who: str) -> str:
    """What a file holds but for the line's end; KeyError when that is nothing."""
    try:
        value = Path(place).expanduser().read_text(encoding="utf-8-sig").rstrip("\r\n")
    except OSError as error:
        raise KeyError(f"{who} names a file that cannot be read: {error}") from error
    except UnicodeDecodeError:
        raise KeyError(f"{who} names a file that is no UTF-8 text: {place}") from None
    if not value:
        raise KeyError(f"{who} names an empty file: {place}")
    return value


_TOKEN_LIKE = re.compile(r"[A-Za-z0-9._~+/\-]{12,}=*")
_JWT = re.compile(r"eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]*)*")


def forms_of(secret: Secret) -> set[str]:
    """How a value can stand in a text; none of a value that is too short to be told from other text."""
    value = secret.reveal()
    if len(value) < 4:
        return set()
    texts = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    page = html.escape(value)
    pages = {page, page.replace("&quot;", "&#34;").replace("&#x27;", "&#39;")}
    return {value, quote(value, safe=""), quote_plus(value), *texts, *pages}


class Redactor:
    """Takes secrets out of texts by value: the known ones, and every token that the run has seen.

    Of tokens the newest are known, ``keep`` of them or more.
    Anything that looks like a signed JWT goes as well, seen or not.
    """

    def __init__(self, secrets: Iterable[Secret] = (), keep: int = 250_000) -> None:
        self._known: list[str] = []
        self._many = HiddenValues()
        self._seen = SeenTokens(keep)
        self.saw = self._seen.add
        """Remembers tokens that the target issued."""
        for secret in secrets:
            self.add(secret)

    def add(self, secret: Secret) -> None:
        """Redact this value from now on, also in a URL, JSON or a page; shorter ones than 4 characters cannot be."""
        self._known = sorted({*self._known, *forms_of(secret)}, key=len, reverse=True)

    def add_all(self, secrets: Iterable[Secret]) -> None:
        """The same for very many values, as the passwords of an account file."""
        for secret in secrets:
            self._many.add(forms_of(secret))

    def __call__(self, text: str) -> str:
        """The text without any secret."""
        for value in self._known:
            text = text.replace(value, HIDDEN)
        text = self._many.hidden(text, HIDDEN)
        return _TOKEN_LIKE.sub(self._hide_token, _JWT.sub(HIDDEN, text))

    def _hide_token(self, match: re.Match[str]) -> str:
        for part in {match[0], match[0].strip("./~-"), *match[0].split("/")}:
            if part in self._seen:
                return match[0].replace(part, HIDDEN)
        return match[0]
