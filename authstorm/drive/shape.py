"""The load shape: how many visitors there are, as a pure function of time; when they act is the pacing's business."""

from __future__ import annotations

from locust import LoadTestShape
from locust.dispatch import UsersDispatcher

import logging
from itertools import islice
from typing import TYPE_CHECKING, Any

from authstorm.drive.stagecraft import stagecraft

if TYPE_CHECKING:
    from locust import User
    from locust.runners import WorkerNode


def expect_jumps() -> None:
    """Keep Locust from asking each second whether the plan really needs so many visitors at once; it does."""
    logger = logging.getLogger("locust.runners")
    if _is_no_question not in logger.filters:
        logger.addFilter(_is_no_question)


def _is_no_question(record: logging.LogRecord) -> bool:
    return not record.msg.startswith("Your selected spawn rate is very high")


class PlannedDispatcher(UsersDispatcher):
    """Locust's dispatcher, but it looks at each class's ``fixed_count`` at every dispatch, and not at the first alone.

    The plan says for each scenario how many visitors it has in every second; ``fixed_count`` is where that is told.
    """

    @property
    def dispatch_in_progress(self) -> bool:
        """Always: Locust deals out anew itself where none is, which holds up what listens to the workers for a second.

        It also takes a dispatch that followed a change of workers for one that never ends. The shape does it instead.
        """
        return True

    @property
    def is_due(self) -> bool:
        """Whether a worker came or went since visitors were dealt out."""
        return self._rebalance

    def new_dispatch(
        self, target_user_count: int, spawn_rate: float, user_classes: list[type[User]] | None = None
    ) -> None:
        """Begin a dispatch, with whatever is missing of the fixed counts first."""
        super().new_dispatch(target_user_count, spawn_rate, user_classes)
        self._try_dispatch_fixed = True

    def _add_users_on_workers(self) -> dict[str, dict[str, int]]:
        """Give each new visitor to the worker that has fewest of its scenario, since arrivals are dealt out evenly too.

        Locust deals out users in turn whatever they are, which can leave a worker without any visitor of a scenario.
        """
        wanted = min(self._current_user_count + self._user_count_per_dispatch_iteration, self._target_user_count)
        for user in self._user_generator:
            if not user:
                self._no_user_to_spawn = True
                break
            node = self._emptiest(user, self._users_on_workers)
            self._users_on_workers[node.id][user] += 1
            self._current_user_count += 1
            self._active_users.append((node, user))
            if self._current_user_count >= wanted:
                break
        return self._users_on_workers

    def _distribute_users(self, target_user_count: int) -> Any:
        """Deal out as many anew when a worker came or went; in Locust's words, and by the same rule as above."""
        users, _, workers, _ = super()._distribute_users(0)
        generator, active = self._user_gen(), []
        for user in islice(generator, target_user_count):
            if not user:
                break
            node = self._emptiest(user, users)
            users[node.id][user] += 1
            active.append((node, user))
        return users, generator, workers, active

    def _emptiest(self, user: str, users: dict[str, dict[str, int]]) -> WorkerNode:
        return min(self._worker_nodes, key=lambda worker: users[worker.id][user])


class StormShape(LoadTestShape):
    """Follows the plan's pool of visitors; Locust asks once a second, on the master or in a single process.

    Each answer is the planned number itself with a spawn rate that gets there within the tick, since a shape that
    leaves its ramps to Locust means different things in one process and on many workers.
    """

    use_common_options = False

    def tick(self) -> tuple[int, float] | None:
        """The number of visitors wanted now, and how fast to get there; None ends the run."""
        if self.runner is None:
            return None
        craft = stagecraft(self.runner.environment)
        if self.runner.shape_last_tick is None:
            now_s = 0.0  # the run begins with this: the clock still tells of the process's start, or of the run before
        elif (now_s := craft.clock()) >= craft.rehearsal.schedule.duration_s or craft.search_over():
            return None
        wanted = craft.rehearsal.pool.at(now_s)
        by_scenario: dict[str, type[User]] = {kind.scenario: kind for kind in self.runner.environment.user_classes}  # type: ignore[attr-defined]
        workers = len(getattr(self.runner, "clients", ())) or 1
        total = 0
        for scenario, count in wanted.items():
            by_scenario[scenario].fixed_count = least = max(count, workers) if craft.rehearsal.profile.open else count
            total += least
        answer = total, max(1, abs(total - self.runner.user_count))
        dispatcher = getattr(self.runner, "_users_dispatcher", None)
        if dispatcher is not None and dispatcher.is_due and answer == self.runner.shape_last_tick:
            return total, answer[1] + 1  # Locust does nothing where it hears the same again
        return answer
