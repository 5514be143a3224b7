"""A visitor's turns: Locust's task loop without what it does for tasks drawn at random and for pauses of its own."""

from __future__ import annotations

from locust import task
from locust.exception import StopUser
from locust.user.task import LOCUST_STATE_RUNNING, LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING, TaskSet

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from locust import User

    from authstorm.drive.visitor import Visitor


class Turns(TaskSet):
    """Waits for the visitor's next turn and has it act, over and over.

    Locust stops a user at once while it waits, and after its turn while it acts; an exception in a turn is reported by
    Locust and ends that turn alone.
    """

    def __init__(self, parent: User) -> None:
        super().__init__(parent)
        self._visitor = cast("Visitor", self.user)
        self._task_queue.append(self)  # as long as something stands in it, no task is drawn

    @task
    def turn(self) -> None:
        """Have the visitor act."""
        self._visitor.act()

    def execute_next_task(self) -> None:
        """The one task there is, and the wait after it, over and over: Locust's own loop hears of exceptions alone."""
        act = self._visitor.act
        while True:
            act()
            self.wait()

    def wait(self) -> None:
        """Wait for the next turn: no pause comes on top, which would be one more round through the event loop."""
        visitor = self._visitor
        if visitor._state == LOCUST_STATE_STOPPING:
            raise StopUser
        visitor._state = LOCUST_STATE_WAITING
        visitor.wait_time()
        if visitor._state == LOCUST_STATE_STOPPING:
            raise StopUser
        visitor._state = LOCUST_STATE_RUNNING
