"""TLS: verified by default, one context, client certificates, resumption, and alerts as codes."""

import socket
import ssl
from pathlib import Path

import gevent
import pytest
from cryptography.hazmat.primitives import serialization
from gevent.event import Event

from authstorm.wire.settings import TlsSettings
from authstorm.wire.shared import WireShared
from authstorm.wire.tls import make_context
from tests.wire.scripted_server import ok


def test_a_trusted_server_is_spoken_to_and_the_connection_kept(answer_all, visit, certificates):
    server = answer_all(lambda request: ok(request.path.encode()), context=certificates.context())
    session = visit(tls=certificates.trust())
    answers = [session.send("GET", f"{server.url}/{number}") for number in range(5)]

    assert [answer.body for answer in answers] == [b"/0", b"/1", b"/2", b"/3", b"/4"]
    assert server.connections == 1
    assert [answer.failure for answer in answers] == [""] * 5


@pytest.mark.parametrize("size", [0, 1, 16_384, 16_385, 300_000])
def test_bodies_of_any_size_come_whole(answer_all, visit, certificates, size):
    server = answer_all(lambda request: ok(request.body), context=certificates.context())
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    session = visit(tls=certificates.trust())

    assert [session.send("POST", server.url, body=body).body == body for _ in range(2)] == [True, True]


@pytest.mark.parametrize("name", ["expired", "elsewhere"])
@pytest.mark.parametrize("verify", [True, False])
def test_a_certificate_that_is_not_right_is_refused_unless_told_otherwise(
    answer_all, visit, certificates, name, verify
):
    server = answer_all(ok(), context=certificates.context(name))
    answer = visit(tls=certificates.trust(verify=verify)).send("GET", server.url)

    assert answer.failure == ("tls-failed" if verify else "")
    assert len(server.requests) == (0 if verify else 1)


def test_an_unknown_authority_is_refused(answer_all, visit, certificates):
    server = answer_all(ok(), context=certificates.context())
    assert visit().send("GET", server.url).failure == "tls-failed"


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("given", [True, False])
def test_a_client_certificate_is_shown_where_there_is_one(answer_all, visit, certificates, given, version):
    context = certificates.context(ask_client=True)
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    server = answer_all(ok(), context=context)
    answer = visit(tls=certificates.trust(certificate=certificates.client if given else "")).send("GET", server.url)

    assert answer.failure == ("" if given else "tls-failed")


def test_a_server_that_speaks_no_tls_is_a_tls_failure(serve, visit):
    server = serve(lambda peer: peer.say(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    assert visit().send("GET", server.url.replace("http", "https")).failure == "tls-failed"


def test_a_server_that_goes_during_the_handshake_is_a_tls_failure(serve, visit):
    server = serve(lambda peer: peer.sock.recv(100))
    assert visit().send("GET", server.url.replace("http", "https")).failure == "tls-failed"


def test_a_handshake_without_end_is_a_connect_timeout(serve, visit):
    server = serve(lambda peer: peer.wait_for_close())
    answer = visit(connect_timeout_s=0.05).send("GET", server.url.replace("http", "https"))
    assert answer.failure == "connect-timeout"


def test_the_name_asked_for_is_sent(answer_all, visit, certificates):
    names = []
    context = certificates.context()
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    server = answer_all(ok(), context=context)
    visit(tls=certificates.trust()).send("GET", f"https://localhost:{server.port}")

    assert names == ["localhost"]


def test_all_sessions_with_equal_settings_share_one_context(visit, certificates, monkeypatch):
    made = []
    monkeypatch.setattr("authstorm.wire.shared.make_context", lambda settings: made.append(settings) or object())
    shared = WireShared()
    contexts = {id(shared.context(settings)) for settings in [certificates.trust(), certificates.trust()] * 3}

    assert len(contexts) == len(made) == 1
    assert shared.context(TlsSettings()) is not shared.context(certificates.trust())


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("resume", [True, False])
def test_a_returning_visitor_resumes_where_that_is_switched_on(answer_all, visit, certificates, resume, version):
    context = certificates.context()
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    server = answer_all(ok(), context=context)
    session = visit(tls=certificates.trust(resume=resume))
    for _ in range(3):
        assert session.send("GET", server.url).failure == ""
        session.close()

    counters = session._way.shared.counters
    assert (counters.handshakes, counters.resumed) == (3, 2 if resume else 0)


LATE = {
    "close_notify": lambda peer: gevent.spawn(peer.sock.unwrap),
    "closed": lambda peer: peer.sock._sock.shutdown(socket.SHUT_RDWR),
    "garbage": lambda peer: peer.say(b"garbage"),
    "an answer too many": lambda peer: peer.say(ok(b"wrong")),
    "no TLS": lambda peer: peer.sock._sock.sendall(b"garbage"),
}


@pytest.mark.parametrize("then", LATE.values(), ids=LATE)
def test_an_idle_connection_that_ended_or_spoke_is_replaced_before_use(serve, visit, certificates, then):
    answered, acted = Event(), Event()

    def script(peer):
        request = peer.request()
        peer.say(ok(request.path.encode()))
        answered.wait(5)  # so that both never come in one packet
        answered.clear()
        then(peer)
        gevent.sleep(0.002)
        acted.set()
        peer.wait_for_close()

    server, session = serve(script, context=certificates.context()), visit(tls=certificates.trust())
    answers = []
    for number in range(3):
        answers.append(session.send("POST", f"{server.url}/{number}"))
        answered.set()
        acted.wait(5)
        acted.clear()

    assert [(answer.body, answer.failure) for answer in answers] == [(b"/0", ""), (b"/1", ""), (b"/2", "")]
    assert [answer.reconnects for answer in answers] == [0, 1, 1]


def test_garbage_in_the_same_packet_ends_the_connection_and_not_the_answer(serve, visit, certificates):
    def script(peer):
        while request := peer.request():
            peer.say(ok(request.path.encode()) + b"garbage")

    server, session = serve(script, context=certificates.context()), visit(tls=certificates.trust())
    bodies = [session.send("POST", f"{server.url}/{number}").body for number in range(3)]

    assert bodies == [b"/0", b"/1", b"/2"]
    assert server.connections == 3


@pytest.mark.parametrize("raw", [b"HTTP/1.1 200 OK\r\n\r\nhello", b"HTTP/1.0 200 OK\r\n\r\nhello"])
def test_a_body_may_end_with_the_connection(serve, visit, certificates, raw):
    def script(peer):
        peer.request()
        peer.say(raw)

    answer = visit(tls=certificates.trust()).send("GET", serve(script, context=certificates.context()).url)
    assert (answer.failure, answer.body) == ("", b"hello")


def test_a_broken_record_is_a_tls_failure(serve, visit, certificates):
    def script(peer):
        peer.request()
        peer.sock._sock.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)

    server = serve(script, context=certificates.context())
    assert visit(tls=certificates.trust()).send("GET", server.url).failure == "tls-failed"


def test_key_without_certificate_is_refused():
    with pytest.raises(ValueError, match="key without certificate"):
        TlsSettings(key="client.pem")


def test_a_key_under_a_passphrase_is_refused_and_nobody_is_asked_for_it(tmp_path, certificates):
    """OpenSSL would ask at the terminal, which no test and no run has somebody at."""
    own = Path(certificates.client).read_bytes()
    key = serialization.load_pem_private_key(own, None)
    locked = serialization.BestAvailableEncryption(b"long and hidden")
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
    (tmp_path / "key.pem").write_bytes(pem)
    with pytest.raises(OSError, match="must have no passphrase"):
        make_context(certificates.trust(certificate=certificates.client, key=str(tmp_path / "key.pem")))
    assert make_context(certificates.trust(certificate=certificates.client))
