"""The garbage collector spares the visitors of a run, and takes them when the next one begins."""

import gc
import weakref

import pytest

from authstorm.drive.garbage import clear_up, spare_visitors


class Visitor:
    def __init__(self):
        self.itself = self


@pytest.fixture(autouse=True)
def thawed():
    yield
    gc.unfreeze()


def test_visitors_that_stand_are_not_looked_at_again():
    visitors = [Visitor() for _ in range(100)]
    spare_visitors()
    assert gc.get_freeze_count() >= len(visitors)


def test_visitors_of_a_run_that_is_over_are_collected_before_the_next():
    visitor = Visitor()
    gone = weakref.ref(visitor)
    spare_visitors()
    del visitor
    gc.collect()
    assert gone() is not None  # spared, though nobody holds it any more
    clear_up()
    assert gone() is None
