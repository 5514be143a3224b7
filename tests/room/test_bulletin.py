"""One text a second for everybody who watches: made once, and never more than a viewer can take."""

from authstorm.room.bulletin import Bulletin


def told(events):
    """The next event of a viewer, as (name, data)."""
    lines = next(events).splitlines()
    return lines[0].removeprefix("event: "), lines[1].removeprefix("data: ")


def watching(bulletin):
    events = bulletin.watch()
    assert next(events).startswith("retry: ")
    return events


def test_a_newcomer_gets_everything_and_then_what_changes():
    bulletin = Bulletin()
    bulletin.publish("one", lambda: "all-1")
    events = watching(bulletin)
    assert told(events) == ("whole", "all-1")
    bulletin.publish("two", lambda: "all-2")
    assert told(events) == ("change", "two")


def test_who_missed_a_second_gets_everything_anew():
    bulletin = Bulletin()
    events = watching(bulletin)
    told(events)
    bulletin.publish("one", lambda: "all-1")
    bulletin.publish("two", lambda: "all-2")
    assert told(events) == ("whole", "all-2")


def test_another_run_is_told_whole_to_all():
    bulletin = Bulletin()
    events = watching(bulletin)
    told(events)
    bulletin.publish(None, lambda: "other run")
    assert told(events) == ("whole", "other run")


def test_the_whole_is_made_once_however_many_come():
    bulletin, made = Bulletin(), []
    bulletin.publish("one", lambda: made.append(1) or "all")
    for _ in range(5):
        assert told(watching(bulletin)) == ("whole", "all")
    assert made == [1]


def test_viewers_are_counted_and_bounded_and_leave_once():
    bulletin = Bulletin(most=2)
    first, second = bulletin.watch(), bulletin.watch()
    assert bulletin.watch() is None
    first.close()
    first.close()
    assert bulletin.viewers == 1
    assert bulletin.watch() is not None
    second.close()


def test_a_quiet_room_still_says_that_it_is_there():
    bulletin = Bulletin(quiet_s=0.01)
    events = watching(bulletin)
    told(events)
    assert next(events) == ": nothing new\n\n"
