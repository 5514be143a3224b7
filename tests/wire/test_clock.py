"""The kernel's stamps measure what the network did, whatever this process was busy with."""

import struct
import time
from time import perf_counter

import gevent
import pytest
from gevent.monkey import get_original

from authstorm.wire.clock import KernelClock, LoopClock, has_kernel_clock, make_clock
from authstorm.wire.shared import WireShared
from tests.wire.scripted_server import ok

pytestmark = pytest.mark.skipif(not has_kernel_clock(), reason="this system does not stamp packets")

block = get_original("time", "sleep")  # holds the loop up, as work would
BUSY_S = 0.05


class FakeSocket:
    """Gives one byte and a stamp that lies ``age_s`` back, on a wall clock that may be set."""

    def __init__(self, age_s=0.0, *, stamped=True):
        self.age_s, self.stamped = age_s, stamped

    def recvmsg_into(self, buffers, room):
        buffers[0][:1] = b"x"
        at_ns = time.time_ns() - int(self.age_s * 1e9)
        stamp = struct.pack("@ll", *divmod(at_ns, 10**9))
        return 1, [(1, 35, stamp)] if self.stamped else [], 0, None


@pytest.fixture
def wall(monkeypatch):
    """Set the wall clock by some seconds."""
    real, shift = time.time_ns, [0]
    monkeypatch.setattr("time.time_ns", lambda: real() + shift[0])
    monkeypatch.setattr("authstorm.wire.clock.time_ns", lambda: real() + shift[0])

    def step(seconds):
        shift[0] += int(seconds * 1e9)

    return step


@pytest.mark.parametrize("age_s", [0.001, 0.05, 3.0])
def test_a_stamp_becomes_a_moment_of_perf_counter(age_s):
    size, at, clock = KernelClock().receive(FakeSocket(age_s))

    assert (size, clock) == (1, "kernel")
    assert at == pytest.approx(perf_counter() - age_s, abs=0.001)


def test_without_a_stamp_the_ordinary_clock_stands_in():
    before = perf_counter()
    _, at, clock = KernelClock().receive(FakeSocket(stamped=False))

    assert clock == "loop"
    assert before <= at <= perf_counter()


@pytest.mark.parametrize("step_s", [3600.0, 0.5, -0.5, -3600.0])
def test_a_wall_clock_that_is_set_is_noticed_within_a_tenth_of_a_second(wall, step_s, monkeypatch):
    clock = KernelClock()
    wall(step_s)
    later = perf_counter() + 0.11
    monkeypatch.setattr("authstorm.wire.clock.perf_counter", lambda: perf_counter() + 0.11)
    _, at, name = clock.receive(FakeSocket(0.001))

    assert name == "kernel"
    assert at == pytest.approx(later, abs=0.02)


def test_a_stamp_from_the_future_is_not_used_and_the_next_is_right(wall):
    clock = KernelClock()
    wall(5.0)
    first = clock.receive(FakeSocket(0.001))
    second = clock.receive(FakeSocket(0.001))

    assert (first[2], second[2]) == ("loop", "kernel")
    assert second[1] == pytest.approx(perf_counter() - 0.001, abs=0.002)


def test_resampling_says_how_far_the_clocks_moved(wall):
    clock = KernelClock()
    assert clock.resample() == pytest.approx(0.0, abs=0.001)
    wall(2.0)
    assert clock.resample() == pytest.approx(-2.0, abs=0.001)


def test_a_wall_clock_set_back_during_an_exchange_costs_neither_the_marks_nor_the_connection(answer_all, visit):
    server, session = answer_all(ok()), visit()
    session.send("GET", server.url)
    session._way.shared.clock._offset_s -= 5.0  # all stamps lie five seconds too early now
    session._way.shared.clock._resample_at = perf_counter() + 60
    answers = [session.send("GET", server.url) for _ in range(2)]

    assert [answer.clock for answer in answers] == ["loop", "kernel"]
    assert all(answer.sent_at <= answer.first_byte_at <= answer.done_at <= perf_counter() for answer in answers)
    assert server.connections == 1


@pytest.mark.parametrize(("choice", "kind"), [("kernel", KernelClock), ("loop", LoopClock)])
def test_the_clock_is_a_setting(choice, kind):
    assert type(make_clock(choice)) is kind


def test_where_packets_are_not_stamped_the_ordinary_clock_serves(monkeypatch):
    monkeypatch.setattr("authstorm.wire.clock.sys.platform", "darwin")
    assert type(make_clock("kernel")) is LoopClock


def busy_while_the_answer_comes(serve, visit, clock, **settings):
    """Seconds from sending to the end of the answer, when this process is busy as it comes."""

    def script(peer):
        peer.request()
        peer.say(ok(b"one"))
        gevent.get_hub().loop.run_callback(block, BUSY_S)  # sent, and not yet read
        peer.wait_for_close()

    server = serve(script, context=settings.pop("context", None))
    session = visit(clock=clock, **settings)
    answer = session.send("GET", server.url)
    assert answer.failure == ""
    return answer.clock, answer.done_at - answer.sent_at


def settle(serve, visit):
    """The kernel begins to stamp a moment after it was first asked to."""
    server = serve(lambda peer: (peer.request(), peer.say(ok())))
    session = visit()
    for _ in range(200):
        if session.send("GET", server.url).clock == "kernel":
            return
        gevent.sleep(0.005)
    pytest.fail("no packet was stamped")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_generators_own_work_does_not_lengthen_what_the_kernel_stamped(serve, visit, certificates, scheme):
    settle(serve, visit)
    tls = {"context": certificates.context(), "tls": certificates.trust()} if scheme == "https" else {}
    loop_clock, loop_s = busy_while_the_answer_comes(serve, visit, "loop", **tls)
    kernel_clock, kernel_s = busy_while_the_answer_comes(serve, visit, "kernel", **tls)

    assert (loop_clock, kernel_clock) == ("loop", "kernel")
    assert loop_s > BUSY_S
    assert kernel_s < BUSY_S / 2


def test_first_byte_and_end_have_stamps_of_their_own(serve, visit):
    settle(serve, visit)

    def script(peer):
        peer.request()
        peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        gevent.sleep(0.02)
        peer.say(b"hi")
        peer.wait_for_close()

    answer = visit().send("GET", serve(script).url)

    assert answer.clock == "kernel"
    assert 0.015 < answer.done_at - answer.first_byte_at < 1


def test_an_answer_that_came_in_time_but_was_read_late_is_no_timeout(serve, visit):
    def script(peer):
        peer.request()
        peer.say(ok(b"in time"))
        gevent.get_hub().loop.run_callback(block, BUSY_S)
        peer.wait_for_close()

    answer = visit(first_byte_timeout_s=BUSY_S / 2, total_timeout_s=BUSY_S / 2).send("GET", serve(script).url)
    assert (answer.failure, answer.body) == ("", b"in time")


def test_a_busy_loop_does_not_bring_a_timeout_forward(serve, visit):
    def script(peer):
        peer.request()
        peer.say(ok())
        peer.request()
        gevent.sleep(BUSY_S)
        peer.say(ok(b"in time"))

    session, url = visit(total_timeout_s=1.6 * BUSY_S), serve(script).url
    session.send("GET", url)
    block(BUSY_S)  # the loop's idea of now is older than this by as much, and timers count from there
    answer = session.send("GET", url)
    assert (answer.failure, answer.body) == ("", b"in time")


def test_marks_of_a_failure_are_taken_by_the_loop(serve, visit):
    answer = visit(WireShared()).send("GET", serve(lambda peer: peer.request()).url)
    assert (answer.failure, answer.clock) == ("reset", "loop")
