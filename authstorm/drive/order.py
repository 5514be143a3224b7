"""Orders: which share of the arrivals a worker makes from which moment on, and which accounts it may use.

Pure: the master keeps a ``Roster`` of one run and asks it for orders; a worker follows the newest that it has. Shares
are by the arrivals' numbers, so that all orders from one moment on cover the plan exactly, whoever is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import ceil, inf
from typing import Any

LEASE_S = 3.0
"""So long after the master last heard of it a worker may hand out arrivals: then nobody else makes them as well."""
LEAD_S = 1.0
"""So long after it was decided a new order applies, so that every worker has it by then."""
SPARE = 1.25
"""Accounts for each visitor that a worker gets at first; the rest waits for who takes over or joins late."""


@dataclass(frozen=True, slots=True)
class Order:
    """What one worker is told.

    ``number`` grows with every order of a master. ``epoch`` is the run's start in the master's time of day, ``plan``
    the hash and ``seed`` the seed of what all agreed on. From ``from_s`` (seconds of the run) the worker makes every
    arrival whose number is ``share`` modulo ``shares``. ``slots`` of ``all_slots`` equal parts of the accounts are its
    own from now on, beside those that it was given before. It may hand out nothing that is due after ``until_s``.
    """

    number: int
    epoch: float
    plan: str
    seed: int
    from_s: float
    share: int
    shares: int
    slots: tuple[int, ...]
    all_slots: int
    until_s: float

    def to_wire(self) -> dict[str, Any]:
        """All of it in plain types."""
        return asdict(self)

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Order:
        """The order that ``to_wire`` wrote."""
        return cls(**{**wire, "slots": tuple(wire["slots"])})


class Accounting:
    """Deals accounts out in slots; a slot that somebody had is never given to another.

    A worker that went silent may still have its accounts signed in, so they stay unused until the run is over.
    """

    def __init__(self, accounts: int, workers: int) -> None:
        self.all_slots = max(1, min(accounts, 64 * workers))
        self._each = max(1, accounts // self.all_slots)
        self._awaited = workers
        self._free = list(range(self.all_slots))
        self._held: dict[str, int] = {}

    def deal(self, worker: str, visitors: int) -> tuple[int, ...]:
        """More slots for a worker that is to have so many visitors with accounts; none where it has enough."""
        held = self._held.get(worker, 0)
        wanted = ceil(visitors * SPARE / self._each) - held
        if self._awaited and not held:  # where they are few, everybody gets as many
            wanted = min(wanted, ceil(len(self._free) / self._awaited))
            self._awaited -= 1
        slots = tuple(self._free[: max(0, wanted)])
        del self._free[: len(slots)]
        self._held[worker] = held + len(slots)
        return slots

    def lacks(self, worker: str, visitors: int) -> int:
        """How many of so many visitors would be without an account."""
        return max(0, visitors - self._held.get(worker, 0) * self._each)


class Roster:
    """The workers of one run, in the order in which they came, and until when each may hand out arrivals."""

    def __init__(self, epoch: float, plan: str, seed: int, accounts: int, visitors: Mapping[str, int]) -> None:
        """``visitors`` are those of each scenario that need an account, at the plan's peak."""
        self._epoch, self._plan, self._seed = epoch, plan, seed
        self._accounts, self._visitors = accounts, visitors
        self._until: dict[str, float] = {}
        self._unheard: dict[str, dict[int, float]] = {}
        self._lost_until_s = -inf
        self._accounting: Accounting | None = None

    @property
    def workers(self) -> tuple[str, ...]:
        """Who is there."""
        return tuple(self._until)

    @property
    def visitors_each(self) -> int:
        """How many visitors with accounts a worker has at the peak."""
        return sum(ceil(count / max(1, len(self._until))) for count in self._visitors.values())

    def join(self, worker: str) -> None:
        """Somebody more; an order tells them all."""
        self._until.setdefault(worker, -inf)

    def leave(self, worker: str) -> None:
        """Somebody less, who makes nothing more from now on."""
        self._until.pop(worker, None)

    def lose(self, worker: str) -> tuple[float, float] | None:
        """Somebody less, who may go on to the end of its lease.

        Gives from when to when others may have made its arrivals as well, since it never said that it has an order
        that changed its share; None where there was no such order.
        """
        until_s = self._until.pop(worker, -inf)
        self._lost_until_s = max(self._lost_until_s, until_s)
        from_s = min(self._unheard.pop(worker, {}).values(), default=inf)
        return (from_s, until_s) if from_s < until_s else None

    def next_s(self, now_s: float) -> float:
        """From when on a new order can apply: all have it by then, and nobody who was lost makes any arrival."""
        return max(now_s + LEAD_S, self._lost_until_s)

    def extend(self, worker: str, now_s: float) -> float | None:
        """A sign of life: the moment until which the worker may go on; None for a worker that does not belong here."""
        if worker not in self._until:
            return None
        self._until[worker] = until_s = max(self._until[worker], now_s + LEASE_S)
        return until_s

    def took(self, worker: str, number: int) -> None:
        """A worker says that it has an order, and so all that were sent before it.

        A mere sign of life says nothing of orders: it may have been on its way when the order was sent.
        """
        unheard = self._unheard.get(worker, {})
        self._unheard[worker] = {each: from_s for each, from_s in unheard.items() if each > number}

    def orders(self, number: int, from_s: float, now_s: float) -> dict[str, Order]:
        """What each worker is told; the first order begins its lease, and no other one makes it longer."""
        for worker, until_s in self._until.items():
            if until_s == -inf:
                self._until[worker] = now_s + LEASE_S
            else:
                self._unheard.setdefault(worker, {})[number] = from_s
        accounting = self._accounting = self._accounting or Accounting(self._accounts, max(1, len(self._until)))
        visitors = self.visitors_each
        return {
            worker: Order(
                number=number,
                epoch=self._epoch,
                plan=self._plan,
                seed=self._seed,
                from_s=from_s,
                share=share,
                shares=len(self._until),
                slots=accounting.deal(worker, visitors),
                all_slots=accounting.all_slots,
                until_s=self._until[worker],
            )
            for share, worker in enumerate(self.workers)
        }

    def lacking(self) -> int:
        """How many visitors at the plan's peak would be without an account."""
        accounting, visitors = self._accounting, self.visitors_each
        return sum(accounting.lacks(worker, visitors) for worker in self._until) if accounting is not None else 0
