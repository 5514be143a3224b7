"""How people sign in at a target: in one request, or through the provider's own pages."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from authstorm.plan.strict import Strict


class LoginFields(Strict):
    """What the provider's login form is told, where it cannot be understood by itself."""

    username: str = Field("", description="name of the field for the user's name; found by itself when left out")
    password: str = Field("", description="name of the field for the password; found by itself when left out")
    submit: dict[str, str] = Field(
        default_factory=dict, description="further fields, in place of those of the same name in the form"
    )


class LoginFlow(Strict):
    """How people sign in: ``password`` (RFC 6749 4.3), or ``code`` with PKCE through the login form."""

    by: Literal["password", "code"] = "password"
    redirect_uri: str = Field(
        "http://127.0.0.1:9/callback",
        alias="redirect-uri",
        description="as registered for the client; never asked for, the code is read from the redirect to it",
    )
    parameters: dict[str, str] = Field(
        default_factory=dict, description="further parameters of the authorization request, as prompt or audience"
    )
    form: LoginFields = LoginFields()
    consent: dict[str, str] = Field(
        default_factory=dict, description="fields of the consent page, in place of those found there"
    )

    @field_validator("redirect_uri")
    @classmethod
    def _absolute(cls, uri: str) -> str:
        parts = urlsplit(uri)
        if not parts.scheme or not uri.isascii() or not uri.isprintable() or " " in uri or parts.fragment:
            raise ValueError(
                f"{uri!r} is no redirect URI: write it as it is registered, as http://127.0.0.1:9/callback"
            )
        return uri

    @model_validator(mode="after")
    def _used(self) -> LoginFlow:
        idle = sorted(self.model_fields_set - {"by"}) if self.by == "password" else []
        if idle:
            names = ", ".join(name.replace("_", "-") for name in idle)
            raise ValueError(f"{names}: nothing asks for that without a login page: add by: code")
        return self

    def parts(self, step: str) -> tuple[str, ...]:
        """The steps of one login that goes well on one page without consent."""
        return (step,) if self.by == "password" else (f"{step}: page", f"{step}: credentials", f"{step}: code")
