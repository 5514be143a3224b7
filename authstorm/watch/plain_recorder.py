"""The recorder in a locustfile that is not ours: every request counts, and nothing is known of a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from authstorm.watch.plain_event import plain_sample
from authstorm.watch.recorder import Recorder

if TYPE_CHECKING:
    from locust.env import Environment


class Unplanned(NamedTuple):
    """The arrivals of a locustfile whose users come back by themselves: none, but the users are known."""

    visitors: int
    offered: int = 0
    started: int = 0
    dropped: int = 0
    start_delays_ms: Iterable[float] = ()
    visitors_busy: int = 0
    without_account: int = 0
    sharing: int = 0
    exhausted: int = 0
    by_stage: Iterable[tuple[int, int, int, int]] = ()


class PlainRecorder(Recorder):
    """Takes the events of our own visitors as they are, and every other as Locust tells it."""

    @classmethod
    def begin(cls, environment: Environment, clock: Callable[[], float]) -> Recorder:
        """Start to listen; see ``Recorder.attach``."""

        def pacing() -> Unplanned:
            runner = environment.runner
            return Unplanned(0 if runner is None else runner.user_count)

        return cls.attach(environment, clock=clock, pacing=pacing, stage_at=lambda _moment_s: 0)

    def _on_request(
        self, name: str, response_length: int, context: Mapping[str, Any] | None = None, **event: Any
    ) -> None:
        if context and "planned_s" in context:
            super()._on_request(name, response_length, context)
            return
        try:
            self.tally.add(
                plain_sample(
                    name,
                    event.get("response_time") or 0.0,
                    response_length,
                    event.get("exception"),
                    event.get("response"),
                    self._clock(),
                )
            )
        except Exception:
            if self._is_first_error():
                raise
