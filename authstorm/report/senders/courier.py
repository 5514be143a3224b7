"""One receiver's thread: takes what is due out of its mailbag, and is held up by nobody else's receiver."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from math import inf
from queue import Empty, SimpleQueue
from random import Random
from threading import Condition, Thread
from typing import Final

from authstorm.report.senders.failure import NotTakenError
from authstorm.report.senders.mailbag import Mailbag, Pace, Waiting
from authstorm.report.senders.notice import Notice
from authstorm.report.senders.sender import Sender

GRACE_S: Final = 0.5
"""What a sender's own limits may take longer than they should, before its try is left behind."""
MOST_HANGING: Final = 4
"""So many tries may hang at once that no limit of their own has ended: as with a receiver that drips bytes."""
LONGEST_NAP_S: Final = 3600.0

Tell = Callable[[Waiting, bool, str], None]
"""What became of a notice, whether it was delivered, and what came back."""


class Courier:
    """Begins to work when it is made; ``tell`` is called once for each notice, by any thread."""

    def __init__(self, sender: Sender, pace: Pace, timeout_s: float, tell: Tell) -> None:
        self._sender = sender
        self._limit_s = timeout_s + GRACE_S
        self._tell = tell
        self._bag = Mailbag(pace)
        self._changed = Condition()
        self._is_over = False
        self._hanging = 0
        self._random = Random()  # noqa: S311 - jitter
        self._thread = Thread(target=self._work, daemon=True)
        self._thread.start()

    def put(self, notice: Notice) -> None:
        """Deliver a notice, behind the others."""
        with self._changed:
            self._bag.put(notice, time.monotonic())
            self._changed.notify()

    def close(self, ends_s: float) -> None:
        """Give up at that moment of the monotonic clock what is not delivered by then."""
        with self._changed:
            self._bag.close(ends_s)
            self._changed.notify()

    def wait(self, ends_s: float) -> None:
        """Wait until all is done, or until that moment; then it is over, whatever still hangs."""
        self._thread.join(max(0.0, ends_s - time.monotonic()))
        with self._changed:
            for each in self._bag.left():
                each.why = each.why or "it was still being sent when the run's last call was over"
                self._tell(each, False, each.why)
            self._is_over = True
        self._sender.close()

    def _work(self) -> None:
        while True:
            with self._changed:
                now_s = time.monotonic()
                for each in self._bag.overdue(now_s):
                    self._tell(each, False, each.why)
                if self._is_over or self._bag.is_done:
                    return
                notices = self._bag.due(now_s)
                if not notices:
                    wakes_s = self._bag.wakes_s()
                    self._changed.wait(LONGEST_NAP_S if wakes_s == inf else max(0.001, wakes_s - now_s))
                    continue
            self._try(notices)

    def _try(self, notices: Sequence[Notice]) -> None:
        try:
            said = self._sent(notices)
        except NotTakenError as error:
            with self._changed:
                for each in self._bag.failed(notices, error, time.monotonic(), self._random.random()):
                    self._tell(each, False, each.why)
            return
        with self._changed:
            for each in self._bag.taken(notices, time.monotonic()):
                self._tell(each, True, said)

    def _sent(self, notices: Sequence[Notice]) -> str:
        """One try, in a thread of its own that is left behind when its time is up: no library's limit is whole."""
        if self._hanging >= MOST_HANGING:
            raise NotTakenError("hangs", "earlier tries still hang", again=True)
        came: SimpleQueue[str | NotTakenError] = SimpleQueue()

        def attempt() -> None:
            try:
                came.put(self._sender.send(notices))
            except NotTakenError as error:
                came.put(error)
            except Exception as error:  # noqa: BLE001 - a fault of ours must not end the thread that all wait for
                came.put(NotTakenError("internal", f"the sender failed: {type(error).__name__}", again=False))
            finally:
                with self._changed:
                    self._hanging -= 1

        with self._changed:
            self._hanging += 1
        Thread(target=attempt, daemon=True).start()
        try:
            result = came.get(timeout=self._limit_s)
        except Empty:
            limit_s = self._limit_s - GRACE_S
            raise NotTakenError("timeout", f"no whole answer within {limit_s:g} s", again=True) from None
        if isinstance(result, NotTakenError):
            raise result
        return result
