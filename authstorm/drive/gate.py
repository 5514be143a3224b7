"""The master's door: a worker gets past it when it proves the token and has the same version and the same plan.

Locust takes in whoever reaches its port. Here a message of somebody who was not admitted goes no further; until then
the two sides talk as follows, and the worker is told why where it ends.

==========================  ===  =====================================================================================
``authstorm-hello``         ->   ``nonce``; once a second until it is answered
``authstorm-challenge``     <-   ``nonce``, ``proof``, ``version``: the worker obeys no master that lacks the token
``authstorm-time``          ->   ``sent``; answered by the same with ``now``, the master's time of day
``authstorm-proof``         ->   ``proof``, ``version``, ``plan``, ``about``
``authstorm-welcome``       <-   ``url`` of the target; the worker resolves its own secrets and asks the target. In a
                                 rehearsal room also what was ``chosen``, and once more with each other choice
``authstorm-ready``         ->   now it is one of the workers; or ``authstorm-cannot`` with ``why``. Both with the
                                 ``number`` of the choice
``authstorm-leave``         <-   ``why``: refused, or dismissed later
==========================  ===  =====================================================================================
"""

from __future__ import annotations

from locust.exception import RPCReceiveError
from locust.rpc import Message
from locust.runners import MasterRunner

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from authstorm import __version__
from authstorm.drive.handshake import new_nonce, proof, proves
from authstorm.plan.secrets import Secret

log = logging.getLogger(__name__)

HELLO, CHALLENGE, TIME, PROOF = "authstorm-hello", "authstorm-challenge", "authstorm-time", "authstorm-proof"
WELCOME, READY, CANNOT, LEAVE = "authstorm-welcome", "authstorm-ready", "authstorm-cannot", "authstorm-leave"
LAST_WORDS = frozenset({"stats", "exception", "logs"})
"""What is still taken from a worker that was dismissed: what it measured was really made."""
MOST_GUESTS = 1000
"""So many strangers are remembered at most: the newest, so that those who only knock keep nobody out for good."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What both sides must agree on, and what a worker needs to begin: hash, description and the target's address.

    ``chosen`` is None where the command line says what is run, as the worker's must; in a rehearsal room it is what was
    chosen by now, {} before the first choice, and the plan is compared with each choice.
    """

    hash: str
    about: str
    url: str
    chosen: Mapping[str, Any] | None = None

    @property
    def welcome(self) -> dict[str, Any]:
        """What a worker is told that may take part."""
        return {"url": self.url} if self.chosen is None else {"url": self.url, "chosen": dict(self.chosen)}


class Crew(Protocol):
    """Who is told of those that were admitted."""

    def came(self, worker: str) -> None:
        """A worker is about to be handed to Locust."""

    def heard(self, worker: str) -> None:
        """A worker sent a sign of life."""

    def went(self, worker: str) -> None:
        """A worker says that it goes."""

    def answered(self, worker: str, number: object, why: str) -> None:
        """A worker that was let in before says whether it is ready for another choice; ``why`` is "" when it is."""


@dataclass(slots=True)
class _Guest:
    ready: Message
    heard_nonce: str = ""
    nonce: str = ""
    proved: bool = False


class Gate:
    """Stands between Locust's master and its socket; opened with the plan, before which everybody waits."""

    def __init__(self, runner: MasterRunner, crew: Crew) -> None:
        self._runner = runner
        self._crew = crew
        self._hand_on = runner.handle_message
        self._guests: dict[str, _Guest] = {}
        self._admitted: set[str] = set()
        self._dismissed: dict[str, str] = {}
        self._token: Secret | None = None
        self._plan: Callable[[], Plan] | None = None
        self._answers: dict[str, Callable[[str, _Guest, Any], None]] = {
            HELLO: self._challenge,
            PROOF: self._look_at_proof,
            READY: self._admit,
            CANNOT: self._note_failure,
        }
        for early in list(runner.clients):  # came between Locust's start and ours
            del runner.clients[early]
            self._guests[early] = _Guest(Message("client_ready", -1, early))
        runner.handle_message = self.handle  # type: ignore[method-assign]
        self._reset = runner.reset_connection
        runner.reset_connection = self._reset_guarded  # type: ignore[method-assign]
        self._guard_socket()

    def open(self, token: Secret | None, plan: Callable[[], Plan]) -> None:
        """Answer those who knock from now on."""
        self._token, self._plan = token, plan

    def dismiss(self, worker: str, why: str) -> None:
        """Let a worker in no more, and tell it at its next sign of life."""
        self._admitted.discard(worker)
        self._dismissed[worker] = why

    def _guard_socket(self) -> None:
        self._receive: Callable[[], tuple[str, Message]] = self._runner.server.recv_from_client
        self._runner.server.recv_from_client = self.receive  # type: ignore[method-assign]

    def _reset_guarded(self) -> None:
        """Locust opens its port anew where the old socket failed."""
        before = self._runner.server
        self._reset()
        if self._runner.server is not before:
            self._guard_socket()

    def receive(self) -> tuple[str, Message]:
        """The next message; what no Locust sends is skipped, where Locust's own listener would die of it."""
        try:
            worker, message = self._receive()
            if not isinstance(message.type, str):
                raise RPCReceiveError("a message without a type", addr="")
        except (IndexError, TypeError, ValueError) as error:
            raise RPCReceiveError(f"not a message: {type(error).__name__}", addr="") from error
        return worker, message

    def handle(self, client_id: str, msg: Message) -> None:
        """What Locust's listener calls for every message."""
        if msg.node_id != client_id:
            return  # it speaks in somebody else's name
        if msg.type == TIME and isinstance(msg.data, dict):
            self._send(TIME, {"sent": msg.data.get("sent"), "now": time.time()}, client_id)
        elif client_id in self._admitted:
            if msg.type in {READY, CANNOT}:
                self._note_answer(client_id, msg)
                return
            if msg.type == "quit":
                self._crew.went(client_id)
            self._hand_on(client_id, msg)
            if msg.type == "heartbeat":
                self._crew.heard(client_id)
        elif client_id in self._dismissed:
            if msg.type in LAST_WORDS:
                self._hand_on(client_id, msg)
            elif msg.type in {"heartbeat", READY, "client_ready"}:
                self._send(LEAVE, {"why": self._dismissed[client_id]}, client_id)
        else:
            self._talk(client_id, msg)

    def _talk(self, client_id: str, msg: Message) -> None:
        """Answer somebody who was not admitted."""
        if msg.type == "client_ready":
            while len(self._guests) >= MOST_GUESTS:
                del self._guests[next(iter(self._guests))]
            self._guests[client_id] = _Guest(msg)
            self._send("ack", None, client_id)  # Locust's worker does nothing before it
        elif msg.type == "locustfile":
            self._send("locustfile", {"error": "install this suite's same version on the worker's machine"}, client_id)
        elif (answer := self._answers.get(msg.type)) and (guest := self._guests.get(client_id)) and self._plan:
            answer(client_id, guest, msg.data if isinstance(msg.data, dict) else {})

    def _challenge(self, client_id: str, guest: _Guest, data: Any) -> None:
        guest.heard_nonce, guest.nonce, guest.proved = str(data.get("nonce")), new_nonce(), False
        ours = proof(self._token, "master", guest.heard_nonce, guest.nonce, client_id)
        self._send(CHALLENGE, {"nonce": guest.nonce, "proof": ours, "version": __version__}, client_id)

    def _look_at_proof(self, client_id: str, guest: _Guest, data: Any) -> None:
        assert self._plan is not None
        plan, version, theirs = self._plan(), str(data.get("version")), str(data.get("plan"))
        facts = (guest.heard_nonce, guest.nonce, client_id, version, theirs)
        if not guest.nonce or not proves(data.get("proof"), self._token, "worker", *facts):
            self._refuse(client_id, "it does not know this run's token: set the same AUTHSTORM_TOKEN on both sides")
        elif version != __version__:
            self._refuse(client_id, f"it is Authstorm {version}, and the master is {__version__}: install one version")
        elif plan.chosen is None and theirs != plan.hash:
            about = str(data.get("about"))[:200]
            self._refuse(
                client_id,
                f"its plan {theirs} ({about}) is not the master's {plan.hash} ({plan.about}): "
                "use the same files, PROFILE, TARGET, SCALE and SEED",
            )
        else:
            guest.proved = True
            self._send(WELCOME, plan.welcome, client_id)

    def _admit(self, client_id: str, guest: _Guest, data: Any) -> None:
        assert self._plan is not None
        if not guest.proved:
            return
        plan = self._plan()
        if plan.chosen is not None and data.get("number") != plan.chosen.get("number"):
            self._send(WELCOME, plan.welcome, client_id)  # somebody chose anew while it got ready
            return
        del self._guests[client_id]
        self._admitted.add(client_id)
        self._crew.came(client_id)
        self._hand_on(client_id, guest.ready)

    def _note_failure(self, client_id: str, guest: _Guest, data: Any) -> None:
        """A worker that may take part cannot, and goes by itself."""
        if guest.proved:
            del self._guests[client_id]
            log.error("worker %s cannot take part: %s", client_id, str(data.get("why"))[:1000])

    def _note_answer(self, client_id: str, msg: Message) -> None:
        data = msg.data if isinstance(msg.data, dict) else {}
        why = "" if msg.type == READY else str(data.get("why") or "says that it cannot")[:1000]
        self._crew.answered(client_id, data.get("number"), why)

    def _refuse(self, client_id: str, why: str) -> None:
        self._guests.pop(client_id, None)
        self._dismissed[client_id] = f"refused: {why}"
        if len(self._dismissed) > MOST_GUESTS:
            del self._dismissed[next(iter(self._dismissed))]
        log.error("worker %s refused: %s", client_id, why)
        self._send(LEAVE, {"why": self._dismissed[client_id]}, client_id)

    def _send(self, kind: str, data: Any, client_id: str) -> None:
        self._runner.server.send_to_client(Message(kind, data, client_id))
