"""The master's part, message by message: what workers are told when one comes or goes in the middle of a run."""

from locust.rpc import Message
from locust.runners import STATE_RUNNING, STATE_STOPPED, MasterRunner, WorkerNode, WorkerNodes

from types import SimpleNamespace

import gevent
import pytest

from authstorm.drive.muster import GOING, ORDER, TOOK, Muster


class Master:
    """A muster whose run began with workers a and b; ``sent`` is what workers hear."""

    def __init__(self, accounts=1000):
        self.sent, self.listeners, self.clients, self.ended_in = [], {}, WorkerNodes(), []
        server = SimpleNamespace(send_to_client=lambda msg: None, recv_from_client=None)
        self.runner = SimpleNamespace(
            register_message=lambda kind, listener: self.listeners.update({kind: listener}),
            send_message=lambda kind, data, worker: self.sent.append((worker, kind, data)),
            get_worker_index="abcd".index,
            state=STATE_RUNNING, update_state=self.update_state, quit=lambda: self.ended_in.append(self.runner.state),
            check_stopped=lambda: MasterRunner.check_stopped(self.runner),
            handle_message=None, reset_connection=None, server=server, clients=self.clients, _users_dispatcher=None,
        )  # fmt: skip
        self.options = SimpleNamespace(enable_rebalancing=True, headless=True)
        self.now_s = 0.0
        clock = Clock(self)
        self.muster = Muster(SimpleNamespace(parsed_options=self.options), self.runner, clock)
        for name in "ab":
            self.clients[name] = WorkerNode(name)
        self.muster.begin(
            SimpleNamespace(
                pool=SimpleNamespace(peak={"login": 60}),
                target=SimpleNamespace(accounts=SimpleNamespace(count=accounts)),
                profile=SimpleNamespace(seed=7),
                hash="hash",
            )
        )

    def update_state(self, state):
        self.runner.state = state

    def at(self, now_s):
        self.now_s = now_s
        return self

    def orders(self):
        """The newest order of each worker."""
        return {worker: data for worker, kind, data in self.sent if kind == ORDER}

    def took(self, worker, number):
        self.listeners[TOOK](environment=None, msg=Message(TOOK, {"number": number, "late_s": 0.0}, worker))


class Clock:
    epoch = 1_700_000_000.0

    def __init__(self, master):
        self.master = master

    def __call__(self):
        return self.master.now_s


@pytest.fixture
def master(request):
    made = Master(*getattr(request, "param", ()))
    yield made
    made.muster._greenlet.kill()


def test_a_newcomers_share_begins_when_it_certainly_has_visitors(master):
    master.at(10.0).muster.came("c")
    orders = master.orders()
    assert [(orders[name]["share"], orders[name]["shares"], orders[name]["from_s"]) for name in "abc"] == [
        (0, 3, 12.0), (1, 3, 12.0), (2, 3, 12.0)
    ]  # fmt: skip


def test_two_newcomers_within_a_second_share_with_all_from_the_second_ones_moment_on(master):
    master.at(10.0).muster.came("c")
    master.at(10.3).muster.came("d")
    orders = master.orders()
    assert {(order["shares"], order["from_s"]) for order in orders.values()} == {(4, 12.3)}
    assert sorted(order["share"] for order in orders.values()) == [0, 1, 2, 3]


@pytest.mark.parametrize("took", [False, True])
def test_what_may_have_been_made_twice_is_told_unless_the_lost_one_had_the_order(master, took):
    master.at(9.0).muster.heard("b")
    master.at(9.5).muster.came("c")
    number = master.orders()["b"]["number"]
    if took:
        master.took("b", number)
    else:
        master.at(9.6).muster.heard("b")
    master.at(12.2).muster._miss("b")
    assert any("may have been made twice" in event for event in master.muster.events) is not took


@pytest.mark.parametrize(("master", "lacking"), [((1000,), ""), ((80,), "16 visitors have none")], indirect=["master"])
def test_a_newcomer_without_accounts_is_told_of(master, lacking):
    master.at(10.0).muster.came("c")
    told = [event for event in master.muster.events if "visitors have none" in event]
    assert bool(told) is bool(lacking)
    assert lacking in "".join(told)


def test_a_run_whose_last_worker_was_asked_to_end_is_ended_and_not_taken_for_stopped(master):
    for name in "ab":
        master.listeners[GOING](environment=None, msg=Message(GOING, None, name))
        master.runner.check_stopped()  # as Locust does after each message
    gevent.sleep(0)
    assert master.ended_in == [STATE_RUNNING], "Locust stops nothing that it takes for stopped"
    master.muster.end()
    master.runner.check_stopped()
    assert master.runner.state == STATE_STOPPED


def test_locust_does_not_deal_visitors_out_anew_besides(master):
    assert master.options.enable_rebalancing is False
