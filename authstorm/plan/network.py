"""How a target is reached: time limits, certificates, proxy, DNS."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from authstorm.plan.strict import Strict
from authstorm.plan.units import Duration
from authstorm.plan.web_address import web_address


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
