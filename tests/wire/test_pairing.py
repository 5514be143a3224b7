"""Under cancellations, time-outs and shared connections no request ever gets the answer to another."""

import gc
import random

import gevent
import pytest

from authstorm.wire.shared import WireShared
from tests.wire.scripted_server import answering, ok

REQUESTS = 10_000


def erratic(request):
    """Answer with the request's number: mostly at once, now and then too late for whoever asked."""
    if random.random() < 0.02:
        gevent.sleep(random.choice([0.001, 0.004, 0.02]))
    return ok(request.path.encode())


class Crowd:
    """Visitors that ask number by number, and what went wrong."""

    def __init__(self, url, numbers):
        self.url, self.numbers = url, numbers
        self.right = self.timeouts = self.interrupted = 0
        self.wrong = []

    def act(self, session):
        for number in self.numbers:
            limit = gevent.Timeout.start_new(random.choice([0.002, 0.005, 1, 1, 1]))
            try:
                answer = session.send(random.choice(["GET", "POST"]), f"{self.url}/{number}")
            except gevent.Timeout as timeout:
                assert timeout is limit
                self.interrupted += 1
            else:
                self.note(number, answer)
            finally:
                limit.close()

    def note(self, number, answer):
        if answer.failure == "timeout":
            self.timeouts += 1
        elif answer.failure or answer.body != b"/%d" % number:
            self.wrong.append((number, answer))
        else:
            self.right += 1


@pytest.mark.parametrize("connections", ["own", "pool"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_no_answer_goes_to_another_request(serve, visit, certificates, connections, tls):
    random.seed(7)
    server = serve(answering([], erratic), context=certificates.context() if tls else None)
    settings = {"connections": connections, "total_timeout_s": 0.015}
    if tls:
        settings["tls"] = certificates.trust()
    shared = WireShared()
    numbers = iter(range(REQUESTS // (8 if tls else 2)))
    crowd = Crowd(server.url, numbers)
    killed = 0
    visitors = [gevent.spawn(crowd.act, visit(shared, **settings)) for _ in range(40)]
    while not all(visitor.ready() for visitor in visitors):
        gevent.sleep(0.005)
        victim = random.randrange(len(visitors))
        if not visitors[victim].ready():
            visitors[victim].kill()
            killed += 1
            visitors[victim] = gevent.spawn(crowd.act, visit(shared, **settings))

    assert crowd.wrong == []
    assert killed > 10
    assert crowd.interrupted > 10
    assert crowd.timeouts > 1
    assert crowd.right > REQUESTS / (10 if tls else 3)
    assert [visitor.exception for visitor in visitors if visitor.exception] == []


@pytest.mark.parametrize("end", ["kill", "timeout"])
def test_a_visitor_interrupted_while_it_waits_leaves_no_connection_behind(serve, visit, end):
    def script(peer):
        peer.request()
        gevent.sleep(0.03)
        peer.say(ok(b"late"))
        peer.wait_for_close()

    server, session = serve(script), visit(connections="pool")
    waiting = gevent.spawn(session.send, "GET", server.url)
    gevent.sleep(0.01)
    if end == "kill":
        waiting.kill()
    else:
        waiting.kill(gevent.Timeout(1))
    gevent.sleep(0.03)

    assert len(session._pool) == 0
    assert session.send("GET", server.url).connected_at > 0
    assert server.connections == 2


def test_a_timeout_of_the_caller_goes_through(serve, visit):
    def script(peer):
        peer.request()
        peer.wait_for_close()

    session, url = visit(), serve(script).url
    with pytest.raises(gevent.Timeout) as raised, gevent.Timeout(0.01) as limit:
        session.send("GET", url)

    assert raised.value is limit


def test_a_visitor_killed_while_it_sends_leaves_no_connection_behind(serve, visit):
    server, session = serve(lambda peer: gevent.sleep(1)), visit()  # never reads
    sending = gevent.spawn(session.send, "POST", server.url, body=b"x" * 20_000_000)
    gevent.sleep(0.02)
    sending.kill()

    assert len(session._pool) == 0


def test_a_visitor_killed_while_it_connects_leaves_no_socket_behind(visit, descriptors):
    with gevent.socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        crowd = [gevent.socket.create_connection(full.getsockname()) for _ in range(1)]
        gc.collect()
        before = descriptors()
        jobs = [gevent.spawn(visit().send, "GET", f"http://127.0.0.1:{full.getsockname()[1]}") for _ in range(5)]
        gevent.sleep(0.02)
        gevent.killall(jobs)
        after = descriptors()
        crowd[0].close()

    assert after == before
