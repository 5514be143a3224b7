"""Thousands of connections, descriptors beyond 1024, and little memory for each."""

import resource
import tracemalloc

import gevent
import pytest
from gevent.event import Event

from authstorm.wire.session import WireSession
from authstorm.wire.settings import WireSettings
from authstorm.wire.shared import WireShared
from tests.wire.scripted_server import ok

CROWD = 2_000


@pytest.fixture
def enough_descriptors():
    wanted = 2 * CROWD + 500
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        if hard != resource.RLIM_INFINITY and hard < wanted:
            pytest.skip(f"the system allows {hard} descriptors, {wanted} are needed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_two_thousand_visitors_keep_their_connections(enough_descriptors, serve, visit):
    everybody_is_here = Event()
    asked = []

    def script(peer):
        while request := peer.request():
            asked.append(request.path)
            if len(asked) == CROWD:
                everybody_is_here.set()
            everybody_is_here.wait(30)
            peer.say(ok(request.path.encode()))

    server, shared = serve(script), WireShared()
    sessions = [visit(shared, total_timeout_s=60, first_byte_timeout_s=60, connect_timeout_s=60) for _ in range(CROWD)]

    def act(number):
        return [sessions[number].send("POST", f"{server.url}/{number}") for _ in range(3)]

    jobs = [gevent.spawn(act, number) for number in range(CROWD)]
    gevent.joinall(jobs)
    answers = [answer for job in jobs for answer in job.value]

    assert {answer.failure for answer in answers} == {""}
    assert [job.value[2].body for job in jobs] == [b"/%d" % number for number in range(CROWD)]
    assert server.connections == CROWD
    assert shared.counters.reconnects == 0


def test_running_out_of_descriptors_is_counted_as_the_generators_own_fault(serve, visit):
    server, session = serve(lambda peer: None), visit()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    gevent.sleep(0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        answer = session.send("GET", server.url)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert answer.failure == "connect-failed"
    assert session._way.shared.counters.exhausted == 1


def test_a_session_with_an_idle_connection_is_small(serve):
    server = serve(lambda peer: (peer.request(), peer.say(ok()), peer.wait_for_close()))
    settings = WireSettings()
    shared = WireShared(settings)
    warm = [WireSession(settings, shared) for _ in range(5)]
    for session in warm:
        session.send("GET", server.url)
    crowd = []
    tracemalloc.start()
    try:
        for _ in range(100):
            session = WireSession(settings, shared)
            session.send("GET", server.url)
            crowd.append(session)
        ours = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/authstorm/wire/*")])
    finally:
        tracemalloc.stop()
    size = sum(trace.size for trace in ours.statistics("filename")) / len(crowd)

    assert 500 < size < 3_000
    for session in crowd + warm:
        session.close()
