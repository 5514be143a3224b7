"""What a rehearsal room's master agrees on with its workers before each run: which plan it is, and that all are ready.

The master tells what was chosen by a welcome (``authstorm.drive.gate``), and again by another one when somebody has
chosen anew. Names travel, and the plan's hash, never a file or a secret: each worker reads its own files, resolves its
own secrets, asks the target, and answers with ``authstorm-ready`` or ``authstorm-cannot``.
"""

from __future__ import annotations

from locust.rpc import Message
from locust.runners import STATE_INIT, STATE_MISSING, MasterRunner

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gevent

from authstorm.drive.gate import WELCOME, Plan
from authstorm.errors import ConfigError, Problem
from authstorm.plan.choice import Choice, Menu
from authstorm.plan.rehearsal import Rehearsal

LOOK_EVERY_S = 0.05


class Agreement:
    """The master's half; ``chosen`` is what workers are told, {} before the first choice, and ``url`` the target's."""

    def __init__(self, runner: MasterRunner, dismiss: Callable[[str], None]) -> None:
        """``dismiss`` is called with a worker that did not come back from the run before."""
        self.chosen: dict[str, Any] = {}
        self.url = ""
        self._runner = runner
        self._dismiss = dismiss
        self._crew: set[str] = set()
        self._answers: dict[str, str] = {}
        self._number = 0

    def came(self, worker: str) -> None:
        """It was let in, and is ready for what was chosen by then: it would not have been else."""
        self._crew.add(worker)
        self._answers[worker] = ""

    def went(self, worker: str) -> None:
        """It takes part no more."""
        self._crew.discard(worker)

    def answered(self, worker: str, number: object, why: str) -> None:
        """It is ready for the choice of that number ("" as ``why``), or says why it cannot be."""
        if number == self._number:
            self._answers[worker] = why

    def gather(self, least: int, within_s: float) -> None:
        """Wait until everybody is back from the run before, and ``least`` are there; ConfigError when they are not."""
        ends = time.monotonic() + within_s
        while (len(self._crew) < least or self._away()) and time.monotonic() < ends:
            for worker in [worker for worker in self._crew if self._state(worker) == STATE_MISSING]:
                self._dismiss(worker)
            gevent.sleep(LOOK_EVERY_S)
        for worker in self._away():
            self._dismiss(worker)
        if len(self._crew) < least:
            wrong = f"{len(self._crew)} of {least} workers are there after {within_s:g} s"
            right = "start more with make worker MASTER=host, or the room anew"
            raise ConfigError([Problem("workers", None, "--expect-workers", wrong, right)])

    def propose(self, choice: Choice, plan: Plan, within_s: float) -> None:
        """Have everybody get ready for a run; ConfigError with what keeps each of them from it."""
        self._number += 1
        form = {"profile": choice.profile, "target": choice.target, "scale": repr(choice.scale)}
        seed = "" if choice.seed is None else str(choice.seed)
        self.chosen = {**form, "seed": seed, "number": self._number, "plan": plan.hash, "about": plan.about}
        self.url, self._answers = plan.url, {}
        for worker in sorted(self._crew):
            welcome = Message(WELCOME, {"url": self.url, "chosen": self.chosen}, worker)
            self._runner.server.send_to_client(welcome)
        with gevent.Timeout(within_s, False):
            while not self._crew <= self._answers.keys():
                gevent.sleep(LOOK_EVERY_S)
        silent = f"gave no answer within {within_s:g} s"
        told = {self._name(worker): self._answers.get(worker, silent) for worker in sorted(self._crew)}
        if problems := [Problem("workers", None, name, why) for name, why in told.items() if why]:
            raise ConfigError(problems)

    def _away(self) -> list[str]:
        return [worker for worker in self._crew if self._state(worker) != STATE_INIT]

    def _state(self, worker: str) -> str:
        node = self._runner.clients.get(worker)
        return "" if node is None else str(node.state)

    def _name(self, worker: str) -> str:
        return f"worker-{self._runner.get_worker_index(worker)}"


def choice_of(chosen: Mapping[str, Any], config: Path, first: Choice) -> Choice:
    """A worker's half: what the master says was chosen, where it is on this worker's own lists; ConfigError else."""
    form = {key: str(chosen.get(key, "")) for key in ("profile", "target", "seed", "scale")}
    return Menu.of(config, first).read(form, lambda: 0)


def check_same(chosen: Mapping[str, Any], rehearsal: Rehearsal) -> None:
    """ConfigError when this worker's files make another plan of the choice than the master's do."""
    if rehearsal.hash != chosen.get("plan"):
        wrong = f"is {rehearsal.hash}, and the master's is {str(chosen.get('plan'))[:80]}"
        raise ConfigError([Problem("choice", None, "plan", wrong, "use the same files on all machines")])
