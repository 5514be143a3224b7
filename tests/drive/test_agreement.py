"""What a room's master and its workers agree on before a run: who is there, which plan, and that all are ready."""

from locust.rpc import Message

from types import SimpleNamespace

import pytest

import authstorm
from authstorm.drive.agreement import Agreement, check_same, choice_of
from authstorm.drive.gate import CANNOT, HELLO, PROOF, READY, WELCOME, Gate, Plan
from authstorm.drive.handshake import proof
from authstorm.errors import ConfigError
from authstorm.plan.choice import Choice

CHOICE = Choice("smoke", "sandbox", 7, 0.123456789)
PLAN = Plan("abc", "profile smoke", "http://127.0.0.1:9")


class Workers:
    """A runner whose workers answer at once; ``clients`` is what Locust knows of each."""

    def __init__(self, answers):
        self.answers, self.told, self.missed = answers, [], []
        self.clients = {name: SimpleNamespace(state="ready") for name in answers}
        self.server = SimpleNamespace(send_to_client=self.welcome)
        self.agreement = Agreement(self, self.miss)
        for name in answers:
            self.agreement.came(name)

    def get_worker_index(self, name):
        return sorted(self.answers).index(name)

    def welcome(self, message):
        self.told.append((message.type, message.node_id, message.data))
        answer = self.answers[message.node_id]
        if answer is not None:
            self.agreement.answered(message.node_id, message.data["chosen"]["number"], answer)

    def miss(self, worker):
        self.missed.append(worker)
        self.agreement.went(worker)


def test_everybody_is_told_the_choice_by_name_and_hash_and_nothing_else():
    workers = Workers({"a": "", "b": ""})
    workers.agreement.propose(CHOICE, PLAN, 0.2)
    chosen = {"profile": "smoke", "target": "sandbox", "seed": "7", "scale": "0.123456789", "number": 1,
              "plan": "abc", "about": "profile smoke"}  # fmt: skip
    assert workers.told == [(WELCOME, name, {"url": PLAN.url, "chosen": chosen}) for name in ("a", "b")]


def test_each_that_cannot_is_named_and_so_is_each_that_does_not_answer():
    with pytest.raises(ConfigError) as caught:
        Workers({"a": "no secret", "b": "", "c": None}).agreement.propose(CHOICE, PLAN, 0.2)
    assert [(problem.key, problem.wrong) for problem in caught.value.problems] == [
        ("worker-0", "no secret"),
        ("worker-2", "gave no answer within 0.2 s"),
    ]


def test_who_is_let_in_while_the_others_get_ready_is_ready_and_not_waited_for():
    workers = Workers({"a": None})
    workers.answers["b"] = None

    def answer(message):
        workers.agreement.came("b")
        workers.agreement.answered("a", message.data["chosen"]["number"], "")

    workers.server.send_to_client = answer
    workers.agreement.propose(CHOICE, PLAN, 0.2)


def test_an_answer_to_an_earlier_choice_is_none():
    workers = Workers({"a": ""})
    workers.agreement.propose(CHOICE, PLAN, 0.1)
    workers.answers["a"] = None
    workers.server.send_to_client = lambda _: workers.agreement.answered("a", 1, "")
    with pytest.raises(ConfigError, match="no answer"):
        workers.agreement.propose(CHOICE, PLAN, 0.1)


def test_too_few_are_told_with_how_many_there_are():
    with pytest.raises(ConfigError, match="1 of 2 workers are there"):
        Workers({"a": ""}).agreement.gather(2, 0.1)


@pytest.mark.parametrize("state", ["missing", "stopped", None])
def test_who_does_not_come_back_from_a_run_is_done_without(state):
    workers = Workers({"a": "", "b": ""})
    if state is None:
        del workers.clients["b"]
    else:
        workers.clients["b"].state = state
    workers.agreement.gather(1, 0.1)
    assert workers.missed == ["b"]


def test_a_worker_takes_names_of_its_own_lists_alone(tmp_path):
    for kind, name in (("profiles", "smoke"), ("targets", "sandbox")):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / f"{name}.yaml").write_text("{}")
    first = Choice("mine", "sandbox")
    told = {"profile": "smoke", "target": "sandbox", "seed": "7", "scale": "0.123456789"}
    assert choice_of(told, tmp_path, first) == CHOICE
    assert choice_of(told | {"seed": ""}, tmp_path, first).seed is None
    for wrong in ({"profile": "../smoke"}, {"target": "/etc/passwd"}, {"scale": "nan"}, {"seed": "x"}):
        with pytest.raises(ConfigError):
            choice_of(told | wrong, tmp_path, first)


def test_other_files_make_another_plan_and_are_told():
    check_same({"plan": "abc"}, SimpleNamespace(hash="abc"))
    with pytest.raises(ConfigError, match="is xyz, and the master's is abc"):
        check_same({"plan": "abc"}, SimpleNamespace(hash="xyz"))


class Door:
    """A gate of a room, and one worker before it."""

    def __init__(self, chosen):
        self.sent, self.locust, self.answers = [], [], []
        self.runner = SimpleNamespace(
            handle_message=lambda _, msg: self.locust.append(msg.type),
            server=SimpleNamespace(send_to_client=self.sent.append, recv_from_client=None),
            reset_connection=None,
            clients={},
        )
        crew = SimpleNamespace(came=lambda _: None, answered=lambda *answer: self.answers.append(answer))
        gate = Gate(self.runner, crew)
        gate.open(None, lambda: Plan("abc", "p", "", chosen))
        self.say("client_ready", "2.47.0")
        nonce = self.say(HELLO, {"nonce": "n"})[0].data["nonce"]
        facts = {"version": authstorm.__version__, "plan": "xyz"}
        ours = proof(None, "worker", "n", nonce, "w", *facts.values())
        (self.welcome,) = self.say(PROOF, {"proof": ours, **facts})

    def say(self, kind, data=None):
        before = len(self.sent)
        self.runner.handle_message("w", Message(kind, data, "w"))
        return self.sent[before:]


def test_into_a_room_a_worker_is_let_with_any_plan_but_not_without_the_choice_of_now():
    chosen = {"number": 3}
    door = Door(chosen)
    assert (door.welcome.type, door.welcome.data) == (WELCOME, {"url": "", "chosen": {"number": 3}})
    chosen["number"] = 4  # somebody chose anew while it got ready
    (again,) = door.say(READY, {"number": 3})
    assert (again.type, again.data["chosen"]) == (WELCOME, {"number": 4})
    assert door.locust == []
    door.say(READY, {"number": 4})
    assert door.locust == ["client_ready"]


def test_answers_to_a_choice_go_to_who_waits_for_them_and_not_to_locust():
    door = Door({})
    door.say(READY, {"number": None})
    door.say(READY, {"number": 1})
    door.say(CANNOT, {"number": 2, "why": "no secret"})
    door.say(CANNOT, "nonsense")
    assert door.answers == [("w", 1, ""), ("w", 2, "no secret"), ("w", None, "says that it cannot")]
    assert door.locust == ["client_ready"]
