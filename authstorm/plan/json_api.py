"""A JSON login API as a target describes it: its calls, what they send, and where in the answers things stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import Field, JsonValue, PlainSerializer, field_validator, model_validator

from authstorm.plan.answer_place import AnswerPlace
from authstorm.plan.json_path import Path
from authstorm.plan.placeholders import unknown, words
from authstorm.plan.secrets import SecretName
from authstorm.plan.strict import Strict
from authstorm.plan.web_address import link

_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_NOT_OURS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "cookie"})
_SECRET_KEY: Final = re.compile(r"authorization|password|passwd|secret|api[-_]?key", re.IGNORECASE)
_TOKENS: Final = frozenset({"access_token", "refresh_token"})
_LOGIN: Final = frozenset({"username", "password"})
_ORIGIN: Final = "origin"
"""The target's own scheme, host and port, as browsers send it in the header Origin."""
_FIXED: Final = _TOKENS | _LOGIN | {_ORIGIN}

Status = Annotated[int, Field(ge=200, le=599)]
Headers = dict[str, str]


class Call(Strict):
    """One call: what is sent, and which statuses mean that it went well."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    path: str = Field(min_length=1, description="absolute, or relative to the target's url")
    headers: Headers = Field(default_factory=dict, description="beside the api's own; an empty one takes it away")
    json_body: Annotated[JsonValue, PlainSerializer(lambda value: value)] = Field(
        None, alias="json", description="the body, filled inside its texts: {email: '{username}'}"
    )
    form: dict[str, str] | None = Field(None, description="the body as a form, in place of json")
    expect: list[Status] = Field(default_factory=list, description="statuses that mean success; any 2xx when left out")

    _link = field_validator("path")(link)

    @field_validator("path")
    @classmethod
    def _plain_path(cls, path: str) -> str:
        if any(words(path)):
            raise ValueError(f"{path!r} would put an account or a token into an address, which servers write to logs")
        return path

    @field_validator("headers")
    @classmethod
    def _sendable(cls, headers: Headers) -> Headers:
        return sendable(headers)

    @field_validator("json_body", "form")
    @classmethod
    def _no_secrets(cls, body: Any) -> Any:
        if key := next(literal_secrets(body), ""):
            raise ValueError(_literal(key))
        return body

    @model_validator(mode="after")
    def _one_body(self) -> Call:
        if self.json_body is not None and self.form is not None:
            raise ValueError("has a json and a form body: leave one out")
        return self

    @property
    def body(self) -> Any:
        """The template of the body, whichever kind it is; None for none."""
        return self.json_body if self.form is None else self.form


class TokenCall(Call):
    """A call whose answer holds what a visitor goes on with."""

    token: AnswerPlace | None = Field(None, description="where the token stands: a path, or {header: X-Auth-Token}")
    refresh_token: AnswerPlace | None = Field(
        None, alias="refresh-token", description="where the refresh token stands: a path, or {header: X-Refresh-Token}"
    )
    lifetime: Path | None = Field(None, description="where the token's lifetime stands, in seconds")
    lifetime_ms: Path | None = Field(None, alias="lifetime-ms", description="where it stands in milliseconds")
    expires: Path | None = Field(None, description="where its end stands: a date, or seconds or milliseconds of 1970")
    user: Path | None = Field(None, description="where the name stands that the visitor signed in with")

    @model_validator(mode="after")
    def _one_end(self) -> TokenCall:
        given = [name for name in ("lifetime", "lifetime_ms", "expires") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"has {' and '.join(given).replace('_', '-')}: leave all but one out")
        return self


class UserCall(Call):
    """A call whose answer names who is signed in."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    user: Path | None = Field(None, description="where the name stands that the visitor signed in with")


class JsonApi(Strict):
    """A login API of one's own: login, and refresh, validate and logout where there are any."""

    cookies: bool | None = Field(None, description="keep and send cookies; true when login names no token")
    headers: Headers = Field(default_factory=dict, description="of every call, as Origin")
    secrets: dict[str, SecretName] = Field(default_factory=dict, description="further words to fill in, as {api_key}")
    login: TokenCall
    refresh: TokenCall | None = None
    validation: UserCall | None = Field(None, alias="validate")
    logout: Call | None = None

    @field_validator("headers")
    @classmethod
    def _sendable(cls, headers: Headers) -> Headers:
        return sendable(headers)

    @field_validator("secrets")
    @classmethod
    def _new_words(cls, secrets: dict[str, SecretName]) -> dict[str, SecretName]:
        for name in secrets:
            if name in _FIXED or not re.fullmatch(r"[a-z_][a-z0-9_]*", name):
                raise ValueError(
                    f"{name!r} cannot be a word of its own: write lower case, and none of {sorted(_FIXED)}"
                )
        return secrets

    @model_validator(mode="after")
    def _fits_together(self) -> JsonApi:
        if wrong := next(self._misfits(), ""):
            raise ValueError(wrong)
        return self

    @property
    def keeps_cookies(self) -> bool:
        """Whether a visitor keeps the cookies that the service sets."""
        return self.login.token is None if self.cookies is None else self.cookies

    def calls(self) -> Iterator[tuple[str, Call]]:
        """The calls that there are, by their key."""
        named = (("login", self.login), ("refresh", self.refresh), ("validate", self.validation))
        yield from ((name, call) for name, call in (*named, ("logout", self.logout)) if call is not None)

    def _misfits(self) -> Iterator[str]:
        login = self.login
        if login.token is None and self.cookies is False:
            yield "login names no token and cookies are off: nothing would say who a visitor is"
        if missing := sorted(_LOGIN - set(words(login.body))):
            yield f"login does not send {{{missing[0]}}}: put it into json or form"
        for name, call in self.calls():
            known = self._known(name)
            for place, texts in (("headers", {**self.headers, **call.headers}), ("body", call.body)):
                here = known - _LOGIN if place == "headers" else known
                if wrong := unknown(texts, here):
                    yield f"{name}: {place}: {(name != 'login' and _where_held(texts, here)) or wrong}"

    def _known(self, name: str) -> frozenset[str]:
        """The words that a call can fill in."""
        always = {*self.secrets, _ORIGIN}
        if name == "login":
            return frozenset(always | _LOGIN)
        held = {"access_token": self.login.token, "refresh_token": self.login.refresh_token}
        return frozenset(always) | {word for word, path in held.items() if path is not None}


def _where_held(texts: Any, known: frozenset[str]) -> str:
    """What is wrong with a call that would send a token of which the login does not say where it stands, else ""."""
    word = next(word for word in words(texts) if word not in known)
    key = {"access_token": "token", "refresh_token": "refresh-token"}.get(word)
    return f"{{{word}}} is held once login says where it stands in its answer: add {key} to login" if key else ""


def sendable(headers: Headers) -> Headers:
    """The headers; ValueError for what cannot be one, or is none of the target's business, or is a bare secret."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _NOT_OURS:
            raise ValueError(f"{name!r} cannot be set here")
        if not value.isprintable() or not value.isascii():
            raise ValueError(f"{name}: the value has characters that no header has")
    if key := next(literal_secrets(headers), ""):
        raise ValueError(_literal(key))
    return headers


def literal_secrets(value: Any) -> Iterator[str]:
    """The keys that sound like a secret and hold a plain text in place of a word to fill in."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str) and inner and _SECRET_KEY.search(str(key)) and not any(words(inner)):
                yield str(key)
            yield from literal_secrets(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from literal_secrets(inner)


def _literal(key: str) -> str:
    right = "name its variable under api.secrets, as key: {env: NAME}, and write {key} here"
    return f"{key} holds a plain text, and a secret never stands in YAML: {right}"
