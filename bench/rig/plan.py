"""The profile and the target that the suite is given in a benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import yaml

NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Load:
    """One load: over what, on which connections, by how many visitors, for how many seconds at the most.

    ``own_connections``: each visitor keeps one of its own, where else services share a pool.
    ``rate_per_s`` is for generators that keep to a schedule; the others go as fast as they can.
    """

    tls: bool = False
    new_connections: bool = False
    visitors: int = 50
    seconds: int = 30
    rate_per_s: float = 0.0
    own_connections: bool = False

    @property
    def name(self) -> str:
        """The load in words."""
        connections = "new connection each" if self.new_connections else "keep-alive"
        connections += ", its own" if self.own_connections else ""
        return f"{'HTTPS' if self.tls else 'HTTP'}, {connections}, {self.visitors:,} visitors"


def write_plan(  # noqa: PLR0913, PLR0917 - what the two files hold
    folder: Path,
    base: str,
    certificate: str,
    load: Load,
    model: str,
    profile: Mapping[str, object] = NOTHING,
    network: Mapping[str, object] = NOTHING,
) -> None:
    """Write ``profiles/bench.yaml`` and ``targets/bench.yaml``; what ``profile`` gives wins over what stands here.

    Logins come on new connections, tokens for services on kept ones that all share, with the same form and the same
    answer; visitors that keep a connection of their own ask for a page with their token.
    """
    scenario = "login" if load.new_connections else "validate" if load.own_connections else "service"
    stages = [{"load": {"for": f"{load.seconds}s"}}]
    plan: dict[str, object] = {"name": "bench", "mix": {scenario: 1}, "seed": 1, "stages": stages}
    if model == "open":
        # "visit" decides how many visitors there are: the rate times so many seconds
        plan |= {"arrivals": f"{load.rate_per_s:g}/s", "visit": f"{load.visitors / load.rate_per_s:.9f}s"}
    else:
        plan |= {"users": load.visitors, "think": "0s"}
    _write(folder / "profiles" / "bench.yaml", plan | profile)
    secret = {"env": "BENCH_SECRET"}
    target: dict[str, object] = {
        "name": "bench",
        "url": base,
        "discovery": False,
        "endpoints": {"token": "/token"},
        "client": {"id": "bench", "secret": secret},
        "accounts": {"pattern": "user{n:06d}@example.test", "count": 100_000, "password": secret},
        "validation": {"by": "url", "url": "/token"},
        "tls": {"ca": certificate},
        "network": dict(network),
    }
    _write(folder / "targets" / "bench.yaml", target)


def _write(path: Path, content: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, sort_keys=False))
