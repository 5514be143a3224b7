"""A target: the service under test, as it stands in ``config/targets/*.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urljoin, urlsplit

from pydantic import ConfigDict, Field, field_validator, model_validator

from authstorm.errors import ConfigError, Problem, SafetyError
from authstorm.plan.account_file import count_accounts
from authstorm.plan.accounts import Accounts
from authstorm.plan.checks import OAUTH_CHECKS, Checks
from authstorm.plan.client import Client
from authstorm.plan.json_api import JsonApi
from authstorm.plan.login_flow import LoginFlow
from authstorm.plan.mistakes import FILE_NAME, KeyedError
from authstorm.plan.network import Network, Timeouts, Tls
from authstorm.plan.policy import Policy
from authstorm.plan.provisioning import Provisioning
from authstorm.plan.sandbox_options import SandboxOptions
from authstorm.plan.secrets import SecretName
from authstorm.plan.strict import Strict, read_model
from authstorm.plan.units import Duration, Rate
from authstorm.plan.web_address import is_loopback, link, web_address
from authstorm.plan.yaml_file import KeyPath, YamlFile, read_yaml


class EndpointsGiven(Strict):
    """Endpoints that discovery does not name, or names wrongly; absolute or relative to the target's url."""

    token: str = ""
    introspection: str = ""
    userinfo: str = ""
    revocation: str = ""
    authorization: str = ""
    jwks: str = ""

    _links = field_validator("*")(link)


ValidationKind = Literal["introspection", "userinfo", "jwks", "url"]


class Validation(Strict):
    """How tokens are validated by whoever receives them."""

    by: ValidationKind = "introspection"
    url: str = Field(
        "", description="a protected URL, for by: url; it answers 2xx to a good token and 401 to a bad one"
    )

    _link = field_validator("url")(link)

    @model_validator(mode="after")
    def _where(self) -> Validation:
        if self.by == "url" and not self.url:
            raise ValueError("by: url needs the protected URL: add url: https://api.example.test/me")
        if self.by != "url" and self.url:
            raise KeyedError("url", f"is asked by nobody with by: {self.by}: leave it out, or write by: url")
        return self


class Renewal(Strict):
    """When a signed-in visitor renews its tokens."""

    lead_s: Duration = Field(60.0, alias="lead", description="so long before expiry; less when lifetimes are short")
    jitter_s: Duration = Field(
        0.0, alias="jitter", description="up to so much earlier at random; 0s keeps a storm together"
    )
    lifetime_s: Duration = Field(300.0, alias="lifetime", gt=0, description="assumed where the server names none")


class Session(Strict):
    """What a visitor does between login and logout in the scenario session."""

    validations: int = Field(3, ge=0, le=1000)


OAUTH_KEYS: Final = frozenset({
    "issuer",
    "discovery",
    "endpoints",
    "client",
    "service",
    "services",
    "login",
    "introspector",
    "scope",
    "extra",
    "validation",
    "sandbox",
})  # fmt: skip
"""What describes an OAuth 2.0 server, and means nothing to a JSON login API."""
_NOBODY: Final = Client(id="none", auth="none")


class Target(Strict):
    """The service under test: endpoints, client, accounts, and what it may be asked to bear.

    With ``api`` it is a JSON login API, and everything of OAUTH_KEYS stays unused at its default.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "required": ["name", "url", "accounts"],
            "anyOf": [{"required": ["client"]}, {"required": ["api"]}],
        }
    )

    name: str = Field(pattern=FILE_NAME)
    about: str = ""
    url: str = Field(description="where the service answers; the OpenID issuer unless issuer says otherwise")
    issuer: str = Field("", description="where the discovery document hangs, when that is not url")
    discovery: bool = Field(True, description="false: every endpoint is given below")
    endpoints: EndpointsGiven = EndpointsGiven()
    client: Client = _NOBODY
    service: Client | None = Field(None, description="for client credentials; the client when left out")
    services: list[Client] = Field(
        default_factory=list, description="several, in place of service; visitors take turns"
    )
    introspector: Client | None = Field(None, description="who asks for introspection; the client when left out")
    scope: str = "openid"
    extra: dict[str, str] = Field(
        default_factory=dict, description="further fields of every token request, as resource or audience"
    )
    api: JsonApi | None = Field(None, description="a JSON login API in place of an OAuth 2.0 server")
    login: LoginFlow = LoginFlow()
    accounts: Accounts
    validation: Validation = Validation()
    policy: Policy = Policy()
    checks: Checks = Checks()
    renewal: Renewal = Renewal()
    session: Session = Session()
    timeouts: Timeouts = Timeouts()
    tls: Tls = Tls()
    network: Network = Network()
    allow: list[str] = Field(default_factory=list, description="hosts beyond loopback that may be loaded")
    provisioning: Provisioning | None = Field(None, description="how make accounts makes and removes accounts")
    ceiling: Annotated[Rate, Field(gt=0)] | None = Field(None, description="no profile may peak above this")
    sandbox: SandboxOptions | None = Field(None, description="given: the bundled server is started for the run")

    _address = field_validator("url")(web_address)

    @field_validator("issuer")
    @classmethod
    def _issuer(cls, issuer: str) -> str:
        return issuer and web_address(issuer) and issuer  # its slash at the end is part of its name

    @model_validator(mode="after")
    def _one_kind(self) -> Target:
        if self.api is None and "client" not in self.model_fields_set:
            raise ValueError("has neither client (an OAuth 2.0 server) nor api (a JSON login API)")
        if self.service is not None and self.services:
            raise ValueError("has service and services: write all of them under services")
        return self

    def scope_of(self, client: Client) -> str:
        """What one of the clients asks for: its own scope, or the target's."""
        return self.scope if client.scope is None else client.scope

    @property
    def service_clients(self) -> list[Client]:
        """Who fetches tokens for itself."""
        return self.services or [self.service or self.client]

    @property
    def idle_keys(self) -> frozenset[str]:
        """The keys that mean nothing to this kind of target."""
        return frozenset({"api"}) if self.api is None else OAUTH_KEYS

    def secrets(self) -> Iterator[tuple[str, SecretName]]:
        """Each secret that the target names, with the key it stands under."""
        named = {"client": self.client, "service": self.service, "introspector": self.introspector}
        for key, client in {**named, **{f"services.{n}": one for n, one in enumerate(self.services)}}.items():
            for name, secret in client.secrets() if client is not None else ():
                yield f"{key}.{name}", secret
        if self.accounts.password is not None:
            yield "accounts.password", self.accounts.password
        for name, secret in self.api.secrets.items() if self.api else ():
            yield f"api.secrets.{name}", secret

    def links(self) -> list[str]:
        """Every URL that the target names, absolute or relative; "" for those that it does not."""
        calls = [call.path for _, call in self.api.calls()] if self.api else []
        return [self.url, self.issuer, *self.endpoints.model_dump().values(), self.validation.url, *calls]

    def absolute(self, url: str) -> str:
        """A URL of the target file as an absolute one; "" stays ""."""
        return urljoin(self.url + "/", url) if url else ""


def read_target(path: Path, shown_as: str | None = None) -> Target:
    """Read one target; ConfigError carries every problem found."""
    file = read_yaml(path, shown_as)
    target = read_model(file, Target)
    strange: list[KeyPath] = [(key,) for key in file.data if key in target.idle_keys]
    if target.api is not None:
        strange += [("checks", key) for key in file.data.get("checks") or () if key in OAUTH_CHECKS]
    if strange:
        wrong = "describes an OAuth 2.0 server, and api a JSON login API: a target is one of them"
        raise ConfigError(
            [Problem(file.source, file.line_of(key), ".".join(map(str, key)), wrong, "leave it out") for key in strange]
        )
    check_hosts(target, target.links(), file)
    return target.model_copy(update={"accounts": count_accounts(target.accounts, file)})


def may_load(target: Target, url: str) -> bool:
    """Whether a URL leads to loopback or to a host on the target's allow-list."""
    host = urlsplit(url).hostname or ""
    return is_loopback(host) or host in target.allow


def check_hosts(target: Target, urls: Iterable[str], file: YamlFile | None = None) -> None:
    """SafetyError unless each URL leads to loopback or to a host on the target's allow-list."""
    hosts = {urlsplit(target.absolute(url)).hostname or "" for url in urls if url}
    strangers = sorted(host for host in hosts if not is_loopback(host) and host not in target.allow)
    if strangers:
        source, line = (
            (file.source, file.line_of(("allow",) if ("allow",) in file.lines else ("url",)))
            if file
            else (target.name, None)
        )
        wrong = "is neither loopback nor allowed to be loaded"
        raise SafetyError(
            [
                Problem(source, line, "allow", f"{host!r} {wrong}", f"if you may load it, add: allow: [{host}]")
                for host in strangers
            ]
        )
