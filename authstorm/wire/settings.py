"""What a visitor's client may be told: connection policy, time limits, size limits, TLS, proxy, clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Trust and identity for https; equal settings share one SSLContext in the process.

    ``ca_file``, ``certificate`` and ``key`` are PEM files, "" for none; an empty ``ca_file`` means the system's trust
    store. ``resume`` offers the last session of the same server when a visitor connects again: off by default, since
    visitors of a spike are mostly new to the server, which then pays for full handshakes.
    """

    verify: bool = True
    ca_file: str = ""
    certificate: str = ""
    key: str = ""
    resume: bool = False

    def __post_init__(self) -> None:
        if self.key and not self.certificate:
            raise ValueError("tls: key without certificate; give both, or a certificate file that holds the key too")


@dataclass(frozen=True, slots=True)
class WireSettings:
    """How one kind of visitor reaches the server.

    ``connections``: "own" (each session keeps its own, one an origin) or "pool" (shared by all sessions with equal
    settings, at most ``pool_idle_max`` idle ones an origin). ``connect_timeout_s`` covers name, TCP, proxy and TLS
    together; ``first_byte_timeout_s`` counts from the first byte sent, ``total_timeout_s`` from the call. Limits are
    bytes: ``body_limit`` after decoding. ``headers`` go with each request unless the caller gives the same name.
    ``cookies``: keep and send them, until ``close``; off by default, since token requests need none.
    ``proxy``: "environment" (HTTP_PROXY, HTTPS_PROXY, NO_PROXY; never for loopback), "" for none, or a http:// URL for
    everything. ``clock``: "kernel" where the system stamps received packets, else and otherwise "loop".
    ``resolve_each``: ask the name service for every connection instead of once a run.
    ``reset_on_close``: close with RST, so that many short connections do not use up the ports (TIME_WAIT).

    ``clock``, ``resolve_each`` and ``pool_idle_max`` are read by WireShared, the others by each WireSession.
    """

    connections: Literal["own", "pool"] = "own"
    connect_timeout_s: float = 5.0
    first_byte_timeout_s: float = 20.0
    total_timeout_s: float = 30.0
    body_limit: int = 1 << 20
    head_limit: int = 1 << 16
    headers: tuple[tuple[str, str], ...] = (("User-Agent", "authstorm"), ("Accept", "*/*"))
    cookies: bool = False
    proxy: str = "environment"
    tls: TlsSettings = field(default_factory=TlsSettings)
    clock: Literal["kernel", "loop"] = "kernel"
    resolve_each: bool = False
    pool_idle_max: int = 10_000
    reset_on_close: bool = False

    def __post_init__(self) -> None:
        for name in ("connect_timeout_s", "first_byte_timeout_s", "total_timeout_s", "body_limit", "head_limit"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be above 0")
        if self.connections not in {"own", "pool"}:
            raise ValueError(f'connections is {self.connections!r}; it must be "own" or "pool"')
        if self.clock not in {"kernel", "loop"}:
            raise ValueError(f'clock is {self.clock!r}; it must be "kernel" or "loop"')
