"""Cookie sessions over both HTTP clients: kept from call to call, one visitor's alone, gone when somebody new comes."""

import gevent
import pytest

from authstorm.auth.exchange import Identity
from authstorm.drive.auth_clients import client_makers
from authstorm.drive.clients import session_maker
from authstorm.drive.preflight import find_endpoints
from authstorm.errors import UnreachableError
from authstorm.plan.target import Target
from tests.rehearsal.json_api_server import Server
from tests.rehearsal.test_json_apis import BEARER, COOKIE

ANN, BOB = Identity("ann", "ann"), Identity("bob", "bob")


@pytest.fixture
def server():
    serving = Server()
    greenlet = gevent.spawn(serving.serve_forever, 0.01)  # which is how long its end takes
    yield serving
    serving.shutdown()
    greenlet.join()
    serving.server_close()


@pytest.fixture(params=["wire", "fast"])
def visitor(request, server):
    """Make a visitor of a service: its client, and its session."""

    def visitor(described):
        accounts = {"pattern": "u{n}", "count": 1, "password": {"env": "P"}}
        target = Target.model_validate({"name": "t", "url": server.url, "api": described, "accounts": accounts})
        session = session_maker(request.param, target)("own")
        people, _ = client_makers(target, find_endpoints(target, session), {})
        return people(session), session

    return visitor


def code(exchanges):
    (exchange,) = exchanges
    return exchange.reply.code


def signed_in(client, identity):
    (exchange,) = client.login(identity, "login")
    assert exchange.reply.good, exchange.reply
    return exchange.reply.value


def test_a_visitor_is_known_by_its_cookie_until_it_signs_out(visitor):
    client, _ = visitor(COOKIE)
    tokens = signed_in(client, ANN)
    assert [code(client.validate(tokens)) for _ in range(2)] == ["ok", "ok"]
    assert code(client.revoke(tokens)) == "ok"
    assert code(client.validate(tokens)) == "inactive"


def test_two_visitors_are_two_people(visitor):
    (ann, _), (bob, _) = visitor(COOKIE), visitor(COOKIE)
    anns, bobs = signed_in(ann, ANN), signed_in(bob, BOB)
    assert (code(ann.validate(anns)), code(bob.validate(bobs))) == ("ok", "ok")


def test_who_leaves_takes_the_cookies_away_and_who_signs_in_anew_brings_none(visitor, server):
    client, session = visitor(COOKIE)
    tokens = signed_in(client, ANN)
    session.close()
    assert code(client.validate(tokens)) == "inactive"
    signed_in(client, ANN)
    tokens = signed_in(client, BOB)
    assert code(client.validate(tokens)) == "ok"
    assert server.RequestHandlerClass.state.seen["cookie of somebody before"] == 0


def test_a_bearer_token_goes_without_any_cookie(visitor):
    client, _ = visitor(BEARER)
    tokens = signed_in(client, ANN)
    (exchange,) = client.refresh(tokens)
    assert code(client.validate(exchange.reply.value)) == "ok"
    assert code(client.refresh(tokens)) == "unauthorized"  # it was rotated


def test_a_service_that_is_not_there_is_told_before_the_load(server):
    accounts = {"pattern": "u{n}", "count": 1, "password": {"env": "P"}}
    target = Target.model_validate({"name": "t", "url": "http://127.0.0.1:1", "api": COOKIE, "accounts": accounts})
    with pytest.raises(UnreachableError, match=r"no answer from http://127\.0\.0\.1:1/cookie/login \(connect-failed\)"):
        find_endpoints(target, session_maker("wire", target)("own"))
