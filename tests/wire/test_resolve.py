"""Names are asked for once, or each time, and failing ones do not hold everybody up."""

from socket import AF_INET, AF_INET6, SOCK_STREAM, gaierror
from time import perf_counter
from types import SimpleNamespace

import gevent
import pytest

from authstorm.wire.clock import LoopClock
from authstorm.wire.dial import dial_tcp
from authstorm.wire.failure import ExchangeError
from authstorm.wire.resolve import Address, Resolver
from tests.wire.scripted_server import ok


@pytest.fixture
def names(monkeypatch):
    """A name service: what it was asked, what it says (an exception is raised), how long that takes."""

    says = [(AF_INET, SOCK_STREAM, 6, "", ("127.0.0.1", 80))]
    names = SimpleNamespace(asked=[], says=says, takes_s=0.0)

    def getaddrinfo(host, *_):
        names.asked.append(host)
        gevent.sleep(names.takes_s)
        if isinstance(names.says, Exception):
            raise names.says
        return names.says

    monkeypatch.setattr("authstorm.wire.resolve.getaddrinfo", getaddrinfo)
    return names


def soon(seconds=1.0):
    return perf_counter() + seconds


@pytest.mark.parametrize(("each", "asked"), [(False, 1), (True, 3)])
def test_a_name_is_asked_for_once_a_run_or_each_time(names, each, asked):
    resolver = Resolver(each=each)
    found = [resolver.addresses("a.test", 80, soon()) for _ in range(3)]

    assert found == [(Address(AF_INET, ("127.0.0.1", 80)),)] * 3
    assert len(names.asked) == resolver.lookups == asked


def test_a_crowd_that_comes_at_once_asks_once(names):
    names.takes_s = 0.01
    resolver = Resolver()
    crowd = [gevent.spawn(resolver.addresses, "a.test", 80, soon()) for _ in range(50)]
    gevent.joinall(crowd)

    assert len({visitor.value for visitor in crowd}) == 1
    assert len(names.asked) == 1


def test_when_the_one_who_asks_is_killed_another_asks(names):
    names.takes_s = 0.01
    resolver = Resolver()
    first, second = [gevent.spawn(resolver.addresses, "a.test", 80, soon()) for _ in range(2)]
    gevent.sleep(0.002)
    first.kill()
    second.join()

    assert second.value
    assert len(names.asked) == 2


@pytest.mark.parametrize("says", [gaierror(-2, "Name or service not known"), UnicodeError("label too long")])
def test_a_name_without_address_fails_and_is_not_asked_for_again_at_once(names, says):
    names.says = says
    resolver = Resolver()
    for _ in range(3):
        with pytest.raises(ExchangeError, match="dns-failed"):
            resolver.addresses("a.test", 80, soon())
    assert len(names.asked) == 1


def test_a_name_service_that_does_not_answer_is_given_up(names):
    names.takes_s = 10
    with pytest.raises(ExchangeError, match="dns-failed"):
        Resolver().addresses("a.test", 80, soon(0.02))


@pytest.mark.parametrize(("host", "family"), [("127.0.0.1", AF_INET), ("::1", AF_INET6)])
def test_an_address_is_not_asked_for(names, host, family):
    found = Resolver(each=True).addresses(host, 80, soon())
    assert [(address.family, address.sockaddr[:2]) for address in found] == [(family, (host, 80))]
    assert names.asked == []


@pytest.mark.parametrize(("resolve_each", "asked"), [(False, 1), (True, 3)])
def test_sessions_of_one_process_ask_once_unless_told_otherwise(names, answer_all, visit, resolve_each, asked):
    server = answer_all(ok())
    names.says = [(AF_INET, SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]
    first = visit(resolve_each=resolve_each)
    sessions = [first, visit(first._way.shared), visit(first._way.shared)]
    answers = [session.send("GET", f"http://a.test:{server.port}/") for session in sessions * 2]

    assert [answer.status for answer in answers] == [200] * 6
    assert names.asked == ["a.test"] * asked


def test_an_unknown_name_is_the_answers_failure(names, visit):
    names.says = gaierror(-2, "Name or service not known")
    assert visit().send("GET", "http://a.test/").failure == "dns-failed"


def test_the_next_address_is_tried_when_one_does_not_take_us(answer_all):
    server = answer_all(ok())
    addresses = (Address(AF_INET, ("127.0.0.1", 1)), Address(AF_INET, ("127.0.0.1", server.port)))
    with dial_tcp(addresses, LoopClock(), soon()) as sock:
        assert sock.getpeername() == ("127.0.0.1", server.port)
