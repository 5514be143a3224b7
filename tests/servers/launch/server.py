"""What the launcher knows of a server."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from .readiness import answers

SERVERS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server is to be started."""

    port: int
    hash_cost: str  # cheap or real
    access_ttl_s: int
    refresh_ttl_s: int
    secrets: dict[str, str] = field(repr=False)
    at_once: int | None = None  # requests that are answered at once, the others are shed; None: no limit

    @property
    def environment(self) -> dict[str, str]:
        """The variables that every server reads."""
        return {
            "PORT": str(self.port),
            "HASH_COST": self.hash_cost,
            "ACCESS_TTL": str(self.access_ttl_s),
            "REFRESH_TTL": str(self.refresh_ttl_s),
            "AT_ONCE": str(self.at_once or ""),
            **self.secrets,
        }


class Server(ABC):
    """One authorization server: how it is installed, seeded and started.

    ``issuer_path`` is what its issuer has behind host and port; ``secret_names`` are the variables it must be given;
    ``can_shed`` says whether it can be told to turn away what is too much.
    """

    name: ClassVar[str]
    port: ClassVar[int]
    issuer_path: ClassVar[str] = ""
    secret_names: ClassVar[tuple[str, ...]]
    can_shed: ClassVar[bool] = False

    @property
    def folder(self) -> Path:
        """Where its own files lie, and where it runs."""
        return SERVERS / self.name

    @property
    def data(self) -> Path:
        """Where stamps, databases and keys are kept (ignored by git)."""
        return self.folder / "data"

    @abstractmethod
    def install(self) -> None:
        """Install what is needed, unless it is there; SetupError when that fails."""

    @abstractmethod
    def seed(self, settings: Settings) -> None:
        """Make accounts and clients, unless they are there or made at the start."""

    @abstractmethod
    def fresh_state(self, settings: Settings) -> dict[str, str]:
        """Lay out the state of a new start; return the variables that tell the server where it is."""

    def is_ready(self, url: str) -> bool:
        """Whether it answers by now."""
        return answers(url + self.issuer_path)

    @abstractmethod
    def command(self) -> Sequence[str]:
        """The command that serves in the foreground."""
