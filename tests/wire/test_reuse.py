"""Connections are kept, found dead in time, and never asked twice what must not be asked twice."""

import socket

import gevent
import pytest
from gevent.event import Event

from authstorm.wire.clock import has_kernel_clock
from authstorm.wire.connection import Connection
from authstorm.wire.shared import Way, WireShared
from tests.wire.scripted_server import answering, ok


def after_each_answer(then, answered, acted):
    """A script that answers once a connection and then, unannounced, does ``then(peer)`` and says so in ``acted``.

    It acts when the client has its answer (``answered``), so that both never come in one packet.
    """

    def script(peer):
        request = peer.request()
        if request is not None:
            peer.say(ok(request.path.encode()))
            answered.wait(5)
            answered.clear()
            then(peer)
            acted.set()
            peer.wait_for_close()

    return script


ENDINGS = {
    "closed": lambda peer: peer.sock.shutdown(socket.SHUT_RDWR),
    "reset": lambda peer: peer.reset(),
    "garbage": lambda peer: peer.say(b"garbage"),
    "an answer too many": lambda peer: peer.say(ok(b"wrong")),
}


@pytest.mark.parametrize("then", ENDINGS.values(), ids=ENDINGS)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("connections", ["own", "pool"])
def test_an_idle_connection_that_died_or_spoke_is_replaced_before_use(serve, visit, then, method, connections):
    answered, acted = Event(), Event()
    server, session = serve(after_each_answer(then, answered, acted)), visit(connections=connections)
    answers = []
    for number in range(3):
        answers.append(session.send(method, f"{server.url}/{number}"))
        answered.set()
        acted.wait(5)
        acted.clear()

    assert [(answer.body, answer.failure) for answer in answers] == [(b"/0", ""), (b"/1", ""), (b"/2", "")]
    assert [answer.reconnects for answer in answers] == [0, 1, 1]
    assert session._way.shared.counters.reconnects == 2
    assert server.connections == 3


def closing_on_the_second_request(requests):
    def script(peer):
        requests.append(peer.request())
        peer.say(ok(b"first"))
        requests.append(peer.request())  # read, and perhaps acted upon; then the connection goes

    return script


@pytest.mark.parametrize(
    ("method", "failure", "asked"), [("GET", "", 3), ("HEAD", "", 3), ("POST", "reset", 2), ("DELETE", "reset", 2)]
)
def test_only_a_safe_request_goes_out_again_once_it_was_written(serve, visit, method, failure, asked):
    requests = []
    server, session = serve(closing_on_the_second_request(requests)), visit()
    session.send("GET", server.url + "/one")
    answer = session.send(method, server.url + "/two")

    assert answer.failure == failure
    assert len([request for request in requests if request]) == asked
    assert answer.reconnects == (0 if failure else 1)


def test_a_new_connection_that_is_closed_is_not_tried_again(serve, visit):
    server = serve(lambda peer: peer.request())
    answer = visit().send("GET", server.url)

    assert (answer.failure, server.connections) == ("reset", 1)


def test_a_safe_request_is_repeated_once_only(serve, visit):
    def script(peer):
        if peer.number == 0:
            peer.request()
            peer.say(ok())
        peer.request()

    server, session = serve(script), visit()
    answers = [session.send("GET", server.url) for _ in range(2)]

    assert [answer.failure for answer in answers] == ["", "reset"]
    assert server.connections == 2


def test_an_answer_that_broke_off_is_not_asked_for_again(serve, visit):
    def script(peer):
        peer.request()
        peer.say(ok())
        peer.request()
        peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")

    server, session = serve(script), visit()
    answers = [session.send("GET", server.url) for _ in range(2)]

    assert [answer.failure for answer in answers] == ["", "reset"]
    assert server.connections == 1


@pytest.mark.parametrize("surplus", [b"garbage", ok(b"wrong"), b"HTTP/1.1 200"], ids=["garbage", "answer", "half"])
def test_bytes_behind_an_answer_end_the_connection_and_not_the_answer(serve, visit, surplus):
    def script(peer):
        while request := peer.request():
            peer.say(ok(request.path.encode()) + surplus)

    server, session = serve(script), visit()
    answers = [session.send("GET", f"{server.url}/{number}") for number in range(3)]

    assert [answer.body for answer in answers] == [b"/0", b"/1", b"/2"]
    assert server.connections == 3


def test_a_body_behind_an_answer_to_head_ends_the_connection(serve, visit):
    def script(peer):
        while peer.request():
            peer.say(ok(b"hello"))

    server, session = serve(script), visit()
    assert [session.send("HEAD", server.url).body for _ in range(2)] == [b"", b""]
    assert server.connections == 2


@pytest.mark.parametrize("noticed", ["before sending", "by its stamp"])
def test_an_answer_that_comes_before_the_first_request_does_not_shift_all_that_follow(
    serve, visit, monkeypatch, noticed
):
    def script(peer):
        peer.say(ok(b"busy", status="503 Busy"))
        while request := peer.request():
            gevent.sleep(0.01)  # late enough for a second request to be on its way
            peer.say(ok(request.path.encode()))

    connect = Way.connect

    def connect_and_rest(*arguments):
        connection = connect(*arguments)
        gevent.sleep(0.01)
        return connection

    monkeypatch.setattr(Way, "connect", connect_and_rest)
    if noticed == "by its stamp":
        if not has_kernel_clock():
            pytest.skip("this system does not stamp packets")
        monkeypatch.setattr(Connection, "speaks_first", lambda _: False)
    server, session = serve(script), visit()
    answers = [session.send("GET", f"{server.url}/{number}") for number in range(3)]

    assert [answer.status for answer in answers] == [503, 503, 503]
    assert server.connections == 3


def test_closing_brings_a_new_connection_for_the_next_visit(answer_all, visit):
    server, session = answer_all(ok()), visit()
    for _ in range(3):
        session.send("GET", server.url)
        session.send("GET", server.url)
        session.close()

    assert server.connections == 3


def test_a_pool_serves_many_sessions_one_after_another_on_one_connection(answer_all, visit):
    server, shared = answer_all(ok()), WireShared()
    sessions = [visit(shared, connections="pool") for _ in range(5)]
    for session in sessions:
        session.send("GET", server.url)
        session.close()

    assert server.connections == 1
    shared.close()
    sessions[0].send("GET", server.url)
    assert server.connections == 2


def test_sessions_of_a_pool_never_share_a_connection_at_the_same_time(serve, visit):
    def slow(request):
        gevent.sleep(0.005)
        return ok(request.path.encode())

    server, shared = serve(answering([], slow)), WireShared()
    sessions = [visit(shared, connections="pool") for _ in range(10)]

    def act(number):
        return [sessions[number].send("GET", f"{server.url}/{number}").body for _ in range(5)]

    jobs = [gevent.spawn(act, number) for number in range(10)]
    gevent.joinall(jobs)

    assert [job.value for job in jobs] == [[b"/%d" % number] * 5 for number in range(10)]
    assert server.connections == 10


def test_a_pool_keeps_no_more_idle_connections_than_it_may(serve, visit):
    def slow(request):
        gevent.sleep(0.005)
        return ok()

    server = serve(answering([], slow))
    session = visit(connections="pool", pool_idle_max=2)
    gevent.joinall([gevent.spawn(session.send, "GET", server.url) for _ in range(6)])

    assert len(session._pool) == 2


def test_own_sessions_share_nothing(answer_all, visit):
    server, shared = answer_all(ok()), WireShared()
    for session in [visit(shared), visit(shared)]:
        session.send("GET", server.url)

    assert server.connections == 2


def test_each_origin_has_its_own_connection(answer_all, visit):
    one, two, session = answer_all(ok(b"one")), answer_all(ok(b"two")), visit()
    bodies = [session.send("GET", server.url).body for server in (one, two, one, two)]

    assert bodies == [b"one", b"two", b"one", b"two"]
    assert (one.connections, two.connections) == (1, 1)


def test_a_connection_may_be_closed_with_a_reset(serve, visit):
    seen = []

    def script(peer):
        peer.request()
        peer.say(ok())
        try:
            seen.append(peer.sock.recv(10))
        except ConnectionResetError:
            seen.append("reset")

    server = serve(script)
    for abrupt in (False, True):
        session = visit(reset_on_close=abrupt)
        session.send("GET", server.url)
        session.close()
        gevent.sleep(0.01)

    assert seen == [b"", "reset"]
