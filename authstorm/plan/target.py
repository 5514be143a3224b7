"""A target: the service under test, as it stands in ``config/targets/*.yaml``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from pathlib import Path
from string import Formatter
from typing import Literal
from urllib.parse import urljoin, urlsplit

from pydantic import Field, field_validator, model_validator

from authstorm.errors import Problem, SafetyError
from authstorm.plan.secrets import SecretName
from authstorm.plan.strict import Strict, read_model
from authstorm.plan.units import Duration, Rate
from authstorm.plan.yaml_file import YamlFile, read_yaml


class Client(Strict):
    """A registered client and how it proves itself (RFC 6749 section 2.3)."""

    id: str = Field(min_length=1)
    secret: SecretName | None = Field(None, description="left out for a public client")
    auth: Literal["basic", "post", "none"] = "basic"
    scope: str | None = Field(None, description="asked for with this client; the target's scope when left out")


def web_address(url: str) -> str:
    """A web address without a slash at its end; ValueError for what cannot be one. Credentials are never shown."""
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise ValueError("has credentials in it: a secret never stands in an address")
    if parts.scheme not in {"http", "https"} or not parts.hostname or not url.isprintable() or " " in url:
        raise ValueError(f"{url!r} is no web address: write https://auth.example.test or http://127.0.0.1:9080")
    if parts.port == 0:  # the port of others is asked for here too: ValueError for one that is none
        raise ValueError(f"{url!r} has port 0: name the port where the service answers")
    if parts.query or parts.fragment:
        raise ValueError(f"{url!r} has a query or a fragment: write the address alone")
    return url.rstrip("/")


def link(url: str) -> str:
    """A URL that may be relative to the target's, or ""; ValueError for what leads nowhere."""
    parts = urlsplit(url)
    if parts.scheme or parts.netloc:
        web_address(url.partition("?")[0] if parts.scheme else f"https:{url}")
    elif not url.isprintable() or " " in url:
        raise ValueError(f"{url!r} has characters that no address has")
    return url


class EndpointsGiven(Strict):
    """Endpoints that discovery does not name, or names wrongly; absolute or relative to the target's url."""

    token: str = ""
    introspection: str = ""
    userinfo: str = ""
    revocation: str = ""
    authorization: str = ""
    jwks: str = ""

    _links = field_validator("*")(link)


_NUMBER_FORMAT = re.compile(r"(0?[0-9]{1,2})?[dxX]?")
"""What leaves two numbers two names, and short ones: rounding and padding by millions do not."""


class Accounts(Strict):
    """The accounts that visitors act as, by a pattern with a running number."""

    pattern: str = Field(description="as user{n:05d}@example.test")
    count: int = Field(gt=0, le=10_000_000)
    first: int = Field(0, ge=0, le=10**12)
    password: SecretName

    @field_validator("pattern")
    @classmethod
    def _numbers(cls, pattern: str) -> str:
        try:
            fields = [(name, spec, how) for _, name, spec, how in Formatter().parse(pattern) if name is not None]
        except ValueError as error:
            raise ValueError(f"{pattern!r} cannot be filled in: write the number as {{n}} or {{n:05d}}") from error
        if any(name != "n" or how or not _NUMBER_FORMAT.fullmatch(spec or "") for name, spec, how in fields):
            raise ValueError(f"{pattern!r} cannot be filled in: write the number as {{n}} or {{n:05d}}")
        names = {pattern.format(n=1), pattern.format(n=2)}
        if len(names) < 2:
            raise ValueError(
                f"{pattern!r} gives one name for every visitor: put {{n}} or {{n:05d}} where the number goes"
            )
        return pattern

    def names(self, share: int = 0, shares: int = 1) -> list[str]:
        """The account names of one of ``shares`` equal shares; no two shares have a name in common."""
        return [self.pattern.format(n=n) for n in range(self.first + share, self.first + self.count, shares)]


class SandboxOptions(Strict):
    """How the bundled server is started when the target is the sandbox."""

    access_ttl_s: Duration = Field(300.0, alias="access-ttl", ge=1)
    refresh_ttl_s: Duration = Field(1800.0, alias="refresh-ttl", ge=1)
    hash_cost: int = Field(
        16, alias="hash-cost", ge=2, le=2**20, description="scrypt's n: 16 is next to nothing, 16384 is 30 ms"
    )
    alg: Literal["ES256", "RS256"] = "ES256"

    @field_validator("access_ttl_s", "refresh_ttl_s")
    @classmethod
    def _whole_seconds(cls, seconds: float) -> float:
        if not seconds.is_integer():
            raise ValueError(f"{seconds:g}s: lifetimes are whole seconds")
        return seconds

    @field_validator("hash_cost")
    @classmethod
    def _power_of_two(cls, cost: int) -> int:
        if cost & (cost - 1):
            raise ValueError(f"{cost} is no scrypt cost: write a power of two, as 16 or 16384")
        return cost


ValidationKind = Literal["introspection", "userinfo", "url"]


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


class Timeouts(Strict):
    """After how long a visitor gives up."""

    connect_s: Duration = Field(5.0, alias="connect", gt=0)
    first_byte_s: Duration | None = Field(None, alias="first-byte", gt=0, description="as answer, when left out")
    answer_s: Duration = Field(10.0, alias="answer", gt=0, description="from the request to the end of the answer")


class Tls(Strict):
    """How the target's certificate is verified (it always is), and the certificate that visitors show (mTLS)."""

    ca: str = Field("", description="path of a CA bundle (PEM), in place of the system's")
    certificate: str = Field("", description="path of the visitors' own certificate (PEM)")
    key: str = Field("", description="path of its key, where the certificate's file does not hold it")
    resume: bool = Field(False, description="resume TLS sessions; people who come for the first time cannot")


class Network(Strict):
    """How the target is reached."""

    proxy: str = Field("environment", description="environment (HTTP_PROXY ...), an http:// URL, or empty for none")
    resolve_each: bool = Field(False, alias="resolve-each", description="ask DNS for every connection, not once a run")
    clock: Literal["kernel", "loop"] = Field("kernel", description="who stamps the end of an answer, where Linux can")

    @field_validator("proxy")
    @classmethod
    def _plain_proxy(cls, proxy: str) -> str:
        if proxy in {"", "environment"}:
            return proxy
        if "@" in proxy:
            raise ValueError("has credentials in it: set HTTP_PROXY and HTTPS_PROXY in the environment instead")
        if not proxy.startswith("http://"):
            raise ValueError(f"{proxy!r} is no http:// URL; https and SOCKS proxies are not supported")
        return web_address(proxy)


class Target(Strict):
    """The service under test: endpoints, client, accounts, and what it may be asked to bear."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    about: str = ""
    url: str = Field(description="where the service answers; the OpenID issuer unless issuer says otherwise")
    issuer: str = Field("", description="where the discovery document hangs, when that is not url")
    discovery: bool = Field(True, description="false: every endpoint is given below")
    endpoints: EndpointsGiven = EndpointsGiven()
    client: Client
    service: Client | None = Field(None, description="for client credentials; the client when left out")
    introspector: Client | None = Field(None, description="who asks for introspection; the client when left out")
    scope: str = "openid"
    extra: dict[str, str] = Field(
        default_factory=dict, description="further fields of every token request, as resource or audience"
    )
    accounts: Accounts
    validation: Validation = Validation()
    renewal: Renewal = Renewal()
    session: Session = Session()
    timeouts: Timeouts = Timeouts()
    tls: Tls = Tls()
    network: Network = Network()
    allow: list[str] = Field(default_factory=list, description="hosts beyond loopback that may be loaded")
    ceiling: Rate | None = Field(None, description="no profile may peak above this")
    sandbox: SandboxOptions | None = Field(None, description="given: the bundled server is started for the run")

    _address = field_validator("url")(web_address)

    @field_validator("issuer")
    @classmethod
    def _issuer(cls, issuer: str) -> str:
        return issuer and web_address(issuer) and issuer  # its slash at the end is part of its name

    def secrets(self) -> Iterator[tuple[str, SecretName]]:
        """Each secret that the target names, with the key it stands under."""
        for key, client in (("client", self.client), ("service", self.service), ("introspector", self.introspector)):
            if client is not None and client.secret is not None:
                yield f"{key}.secret", client.secret
        yield "accounts.password", self.accounts.password

    def absolute(self, url: str) -> str:
        """A URL of the target file as an absolute one; "" stays ""."""
        return urljoin(self.url + "/", url) if url else ""


def read_target(path: Path, shown_as: str | None = None) -> Target:
    """Read one target; ConfigError carries every problem found."""
    file = read_yaml(path, shown_as)
    target = read_model(file, Target)
    check_hosts(
        target, [target.url, target.issuer, *target.endpoints.model_dump().values(), target.validation.url], file
    )
    return target


def is_loopback(host: str) -> bool:
    """Whether a host name or address stays on this machine, judged without DNS."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_hosts(target: Target, urls: Iterable[str], file: YamlFile | None = None) -> None:
    """SafetyError unless each URL leads to loopback or to a host on the target's allow-list."""
    hosts = {urlsplit(target.absolute(url)).hostname or "" for url in urls if url}
    strangers = sorted(host for host in hosts if not is_loopback(host) and host not in target.allow)
    if strangers:
        source, line = (
            (file.source, file.line_of(("allow",)) or file.line_of(("url",))) if file else (target.name, None)
        )
        wrong = "is neither loopback nor allowed to be loaded"
        raise SafetyError(
            [
                Problem(source, line, "allow", f"{host!r} {wrong}", f"if you may load it, add: allow: [{host}]")
                for host in strangers
            ]
        )
