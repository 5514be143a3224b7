"""Three workers in networks of their own, 20 ms away by each way and with every hundredth packet lost."""

import secrets
import socket
import threading

import pytest

from .conftest import target_of
from .many import SERVICE, finding, made_in, target_count
from .networks import Networks, available
from .test_secrets import endpoints_of

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not available(), reason="network namespaces need root, /dev/net/tun and ip (Debian: iproute2)"),
]
SPIKE = SERVICE | {
    "name": "spike",
    "stages": [
        {"warm-up": {"for": "1s", "measured": False}},
        {"baseline": {"for": "1s"}},
        {"spike": {"peak": "3x", "rise": "1s", "hold": "6s", "fall": "1s"}},
    ],
}
PLANNED = 30 + 30 + 60 + 540 + 60
LONGER = SERVICE | {
    "name": "longer",
    "stages": [{"warm-up": {"for": "1s", "measured": False}}, {"spike": {"peak": "3x", "rise": "1s", "hold": "12s"}}],
}
TOKEN = {"AUTHSTORM_TOKEN": secrets.token_urlsafe(24)}


class Doorway:
    """Makes the sandbox, which listens on loopback alone, reachable on another address of this machine."""

    def __init__(self, host, url):
        name, _, port = url.removeprefix("http://").partition(":")
        self.server = (name, int(port))
        self.listener = socket.create_server((host, 0), backlog=500)
        self.url = f"http://{host}:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(self.server)
            for source, sink in ((near, far), (far, near)):
                sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self.hand_on, args=(source, sink), daemon=True).start()

    def hand_on(self, source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            sink.close()


@pytest.fixture
def far_away(many, sandbox):
    """Makes a run whose workers are far away; gives its processes and its networks."""
    made = []

    def make(profile=SERVICE, delay_ms=20, loss=0.01):
        networks = Networks(3, delay_ms, loss)
        made.append(networks)
        door = Doorway(networks.host, sandbox.url)
        made.append(door.listener)
        target = target_of(sandbox, url=door.url, discovery=False, endpoints=endpoints_of(sandbox))
        crew = many(profile, target | {"allow": [networks.host]})
        crew.start_master(3, environ=TOKEN, host=networks.host)
        for number in range(3):
            crew.start_worker(environ=TOKEN, host=networks.host, prefix=networks.inside(number))
        return crew, networks

    yield make
    for each in made:
        each.close()


def test_every_planned_arrival_is_started_or_dropped_and_the_target_saw_the_same(far_away, sandbox):
    crew, _ = far_away(SPIKE)
    run = crew.finish()
    generator = run.json()["generator"]
    assert generator["offered"] == PLANNED, run.output
    assert generator["started"] + generator["dropped"] == PLANNED
    assert run.json()["run"]["workers_lost"] == []
    assert run.counts()["service"] == generator["started"] == target_count(sandbox)
    assert (
        run.json()["steps"][0]["success"]["p50_ms"] > 40
    )  # the way there and back: the line is as slow as it was to be


def test_a_worker_that_is_cut_off_stops_and_the_others_take_over_within_five_seconds(far_away):
    crew, networks = far_away(LONGER, delay_ms=0, loss=0)
    cut_s = crew.run_until(4)
    networks.cut(0)
    cut_off = crew.workers[0]
    cut_off.wait_for("heartbeat from master", 10)
    assert crew.second() - cut_s < 6
    crew.run_until(cut_s + 6.5)
    networks.mend(0)
    run = crew.finish()
    assert cut_off.end(30) == 5, cut_off.output
    seconds = made_in(run, outcome="good")  # until its lease ends, the one that is cut off tries and cannot connect
    hole = [seconds[second] for second in range(round(cut_s), round(cut_s) + 5)]
    back = [seconds[second] for second in range(round(cut_s) + 5, 14)]
    assert min(hole) <= 75, seconds  # 90/s are planned
    assert all(80 <= made <= 100 for made in back), seconds
    assert "fell silent" in finding(run, "workers")["reason"]
    assert run.code == 5
