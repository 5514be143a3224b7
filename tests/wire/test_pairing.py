"""Under cancellations, time-outs and shared connections no request ever gets the answer to another."""

import gc
import random

import gevent
import pytest

from authstorm.wire.shared import WireShared
from tests.wire.scripted_server import answering, ok

PATIENCE_S = 0.05


def erratic(request):
    """Answer with the request's number: mostly at once, now and then late, or too late for whoever asked."""
    number = int(request.path[1:])
    if number % 20 == 0:
        gevent.sleep(0.08 if number % 100 == 0 else 0.004)
    return ok(request.path.encode())


class Crowd:
    """Visitors that ask number by number, and what went wrong."""

    def __init__(self, url, numbers):
        self.url, self.numbers = url, numbers
        self.right = self.timeouts = self.interrupted = 0
        self.wrong = []

    def come(self, size, new_session):
        """Let ``size`` visitors act until the numbers are used up, kill one now and then; returns how many."""
        killed = 0
        visitors = [gevent.spawn(self.act, new_session()) for _ in range(size)]
        while not all(visitor.ready() for visitor in visitors):
            gevent.sleep(0.2 / size)
            victim = random.randrange(size)
            if not visitors[victim].ready():
                visitors[victim].kill()
                killed += 1
                visitors[victim] = gevent.spawn(self.act, new_session())
        assert [visitor.exception for visitor in visitors if visitor.exception] == []
        return killed

    def act(self, session):
        for number in self.numbers:
            limit = gevent.Timeout.start_new(random.choice([0.002, 0.005, 1, 1, 1]))
            try:
                answer = session.send(random.choice(["GET", "POST"]), f"{self.url}/{number}")
            except gevent.Timeout as timeout:
                if timeout is not limit:
                    raise
                self.interrupted += 1
            else:
                self.note(number, answer)
            finally:
                limit.close()

    def note(self, number, answer):
        if answer.failure in {"timeout", "connect-timeout"}:
            self.timeouts += 1
        elif answer.failure or answer.body != b"/%d" % number:
            self.wrong.append((number, answer))
        else:
            self.right += 1


@pytest.mark.parametrize("connections", ["own", "pool"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_answer_goes_to_another_request(serve, visit, certificates, connections, scheme):
    random.seed(7)
    # a handshake takes long where both ends share a processor
    requests, visitors = {"http": (10_000, 40), "https": (2_000, 4)}[scheme]
    server = serve(answering([], erratic), context=certificates.context() if scheme == "https" else None)
    shared = WireShared()
    settings = {"connections": connections, "total_timeout_s": PATIENCE_S, "tls": certificates.trust()}
    crowd = Crowd(server.url, iter(range(requests)))
    killed = crowd.come(visitors, lambda: visit(shared, **settings))

    assert crowd.wrong == []
    assert min(killed, crowd.interrupted, crowd.timeouts) > 2
    assert crowd.right > requests / 4


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

    assert after <= before
