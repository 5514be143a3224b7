"""Which HTTP client carries the load: ours (``wire``), or Locust's fast one (``fast``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from authstorm.auth.session import Session
from authstorm.drive.fast_session import FastSession, verifying_context
from authstorm.drive.idle_sockets import use_poll
from authstorm.plan.target import Target
from authstorm.wire.clock import KernelClock, make_clock
from authstorm.wire.session import WireSession
from authstorm.wire.settings import TlsSettings, WireSettings
from authstorm.wire.shared import WireShared

Connections = Literal["own", "pool"]
"""Whether a visitor's connections are its own, or drawn from a pool that all of its kind share."""
NewSession = Callable[[Connections], Session]

_HEADERS: Final = (("User-Agent", "authstorm"),)  # each request brings its own Accept, which would replace a default


class WireSessions:
    """Makes sessions of our own client, all with one ``WireShared`` between them."""

    def __init__(self, settings: Mapping[Connections, WireSettings]) -> None:
        self._settings = settings
        self._shared = WireShared(settings["own"])

    def __call__(self, connections: Connections) -> Session:
        """A session for one visitor."""
        return WireSession(self._settings[connections], self._shared)

    @property
    def exhausted(self) -> int:
        """Attempts to connect that failed because this machine had no ports, descriptors or memory left."""
        return self._shared.counters.exhausted


def exhausted(maker: NewSession) -> int:
    """The same of whatever makes the sessions; Locust's client does not say, so that it counts as 0."""
    return maker.exhausted if isinstance(maker, WireSessions) else 0


def session_maker(client: Literal["wire", "fast"], target: Target) -> NewSession:
    """What makes each visitor's session; call it once a process and run, after a fork."""
    if client == "fast":
        use_poll()
        context = verifying_context(target.tls.ca)
        return lambda connections: FastSession(target, context)  # noqa: ARG005 - this client shares no pool
    settings: dict[Connections, WireSettings] = {
        "own": wire_settings(target, "own"),
        "pool": wire_settings(target, "pool"),
    }
    return WireSessions(settings)


def clock_of(client: Literal["wire", "fast"], target: Target) -> str:
    """Who stamps the end of each answer on this machine: "kernel", or "loop" for the process itself."""
    kernel = client == "wire" and isinstance(make_clock(target.network.clock), KernelClock)
    return "kernel" if kernel else "loop"


def wire_settings(target: Target, connections: Connections) -> WireSettings:
    """A target's time limits, TLS and network in the words of our client."""
    tls, times, network = target.tls, target.timeouts, target.network
    return WireSettings(
        connections=connections,
        headers=_HEADERS,
        connect_timeout_s=times.connect_s,
        first_byte_timeout_s=times.first_byte_s or times.answer_s,
        total_timeout_s=times.answer_s,
        proxy=network.proxy,
        tls=TlsSettings(ca_file=tls.ca, certificate=tls.certificate, key=tls.key, resume=tls.resume),
        cookies=target.login.by == "code" or (target.api is not None and target.api.keeps_cookies),
        clock=network.clock,
        resolve_each=network.resolve_each,
    )
