"""The master's door, message by message: nobody who was not let in reaches Locust."""

from locust.exception import RPCReceiveError
from locust.rpc import Message

from types import SimpleNamespace

import pytest

import authstorm
from authstorm.drive.gate import CHALLENGE, HELLO, LEAVE, MOST_GUESTS, PROOF, READY, TIME, WELCOME, Gate, Plan
from authstorm.drive.handshake import proof, proves
from authstorm.plan.secrets import Secret

TOKEN = Secret("a-long-enough-token")
PLAN = Plan("abc", "profile p", "http://127.0.0.1:9")
FROM_LOCUST = ("spawning", "spawning_complete", "stats", "heartbeat", "exception", "logs", "quit", "client_stopped")


class Master:
    """A gate with everything around it played: what Locust got, what was sent, what the crew was told."""

    def __init__(self, *early):
        self.locust, self.sent, self.crew, self.incoming = [], [], [], []
        server = SimpleNamespace(send_to_client=self.sent.append, recv_from_client=self.receive)
        self.runner = SimpleNamespace(
            handle_message=lambda client, msg: self.locust.append((client, msg.type)),
            server=server,
            clients=dict.fromkeys(early),
        )
        for event in ("came", "heard", "went"):
            setattr(self, event, lambda worker, event=event: self.crew.append((event, worker)))
        self.runner.reset_connection = self.reset
        self.gate = Gate(self.runner, self)
        self.gate.open(TOKEN, lambda: PLAN)

    def reset(self):
        self.runner.server = SimpleNamespace(send_to_client=self.sent.append, recv_from_client=self.receive)

    def receive(self):
        return self.incoming.pop(0)()

    def say(self, kind, data=None, worker="w", name=None):
        before = len(self.sent)
        self.runner.handle_message(worker, Message(kind, data, name or worker))
        return [(msg.type, msg.data) for msg in self.sent[before:]]

    def knock(self, worker="w", token=TOKEN, plan="abc", version=authstorm.__version__):
        assert self.say("client_ready", "2.47.0", worker) == [("ack", None)]
        ((kind, challenge),) = self.say(HELLO, {"nonce": "n"}, worker)
        assert kind == CHALLENGE
        assert proves(challenge["proof"], TOKEN, "master", "n", challenge["nonce"], worker)
        ours = proof(token, "worker", "n", challenge["nonce"], worker, version, plan)
        return self.say(PROOF, {"proof": ours, "plan": plan, "version": version, "about": "p"}, worker)


def test_who_proves_the_token_and_has_the_same_plan_is_handed_to_locust():
    master = Master()
    assert master.knock() == [(WELCOME, {"url": PLAN.url})]
    assert master.locust == []
    master.say(READY)
    assert master.locust == [("w", "client_ready")]
    master.say("stats", {})
    master.say("heartbeat", {})
    assert master.locust[1:] == [("w", "stats"), ("w", "heartbeat")]
    assert master.crew == [("came", "w"), ("heard", "w")]


@pytest.mark.parametrize(
    ("difference", "why"),
    [
        ({"token": Secret("somebody-elses-token")}, "token"),
        ({"token": None}, "token"),
        ({"version": "0.0.1"}, "it is Authstorm 0.0.1"),
        ({"plan": "xyz"}, "its plan xyz"),
    ],
)
def test_who_differs_is_told_why_and_stays_outside(difference, why):
    master = Master()
    ((kind, data),) = master.knock(**difference)
    assert kind == LEAVE
    assert why in data["why"]
    master.say(READY)
    master.say("spawning", None)
    assert master.locust == master.crew == []


@pytest.mark.parametrize("kind", FROM_LOCUST)
def test_nothing_of_a_stranger_reaches_locust(kind):
    master = Master()
    assert master.say(kind, {}) == []
    master.say("client_ready", "2.47.0")
    assert master.say(kind, {}) == []
    assert master.locust == []


def test_a_proof_without_a_challenge_and_being_ready_without_a_proof_are_nothing():
    master = Master()
    master.say("client_ready", "2.47.0")
    ((kind, _),) = master.say(PROOF, {"proof": proof(TOKEN, "worker", "", "", "w", authstorm.__version__, "abc")})
    assert kind == LEAVE
    other = Master()
    other.say("client_ready", "2.47.0")
    assert other.say(READY) == []
    assert other.locust == []


def test_strangers_who_only_knock_keep_nobody_out_and_are_not_all_remembered():
    master = Master()
    for number in range(MOST_GUESTS + 5):
        master.say("client_ready", "2.47.0", f"stranger-{number}")
    assert master.knock() == [(WELCOME, {"url": PLAN.url})]
    assert len(master.gate._guests) == MOST_GUESTS


def test_nobody_speaks_in_anothers_name():
    master = Master()
    master.knock()
    master.say(READY)
    master.say("client_ready", "2.47.0", "stranger")
    master.say("quit", None, "stranger", name="w")
    assert ("w", "quit") not in master.locust
    assert ("stranger", "quit") not in master.locust


def test_the_source_of_the_locustfile_is_not_given_away():
    ((kind, data),) = Master().say("locustfile", {"version": "2.47.0"})
    assert kind == "locustfile"
    assert set(data) == {"error"}


def test_who_came_before_the_gate_stands_before_it_too():
    master = Master("early")
    assert master.runner.clients == {}
    assert [kind for kind, _ in master.say(HELLO, {"nonce": "n"}, "early")] == [CHALLENGE]


def test_who_was_dismissed_is_told_at_each_sign_of_life_and_only_its_last_words_are_taken():
    master = Master()
    master.knock()
    master.say(READY)
    master.gate.dismiss("w", "it was silent")
    assert master.say("heartbeat", {}) == [(LEAVE, {"why": "it was silent"})]
    master.say("stats", {})
    master.say("spawning_complete", {})
    assert master.locust[1:] == [("w", "stats")]


def test_a_worker_that_quits_is_told_of_before_locust_hears_it():
    master = Master()
    master.knock()
    master.say(READY)
    master.say("quit")
    assert master.crew[-1] == ("went", "w")
    assert master.locust[-1] == ("w", "quit")


def test_the_time_is_told():
    ((kind, data),) = Master().say(TIME, {"sent": 1.25})
    assert (kind, data["sent"]) == (TIME, 1.25)
    assert data["now"] > 1_600_000_000


def fail(error):
    raise error


@pytest.mark.parametrize(
    "received",
    [
        lambda: fail(IndexError("one frame")),
        lambda: fail(TypeError("three things are missing")),
        lambda: fail(ValueError("no msgpack")),
        lambda: ("w", Message(7, None, "w")),
    ],
)
@pytest.mark.parametrize("is_new", [False, True], ids=["first socket", "second socket"])
def test_what_no_locust_sends_does_not_end_the_listener(received, is_new):
    master = Master()
    if is_new:
        master.runner.reset_connection()  # as Locust does where its socket has failed
    master.incoming.append(received)
    with pytest.raises(RPCReceiveError):  # which Locust's listener logs, and goes on
        master.runner.server.recv_from_client()


@pytest.mark.parametrize("data", [None, 3, [], "text", {"nonce": 3}, {}])
def test_what_strangers_put_into_messages_breaks_nothing(data):
    master = Master()
    master.say("client_ready", "2.47.0")
    for kind in (HELLO, PROOF, READY, TIME, "authstorm-cannot", "locustfile", "nonsense"):
        master.say(kind, data)
    assert master.locust == []
