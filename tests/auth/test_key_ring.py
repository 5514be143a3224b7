"""A key set that many visitors share: fetched once for all, and no faster than its cool-down for keys nobody knows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from authstorm.auth.key_ring import COOL_DOWN_S, KeyRing
from authstorm.auth.local_validation import verified_here
from authstorm.auth.promises import Promises
from authstorm.auth.tokens import TokenSet
from tests.auth.fakes import SERVER, TODAY_S, FakeAnswer, FakeSession, json_answer

MANY = 16
OLD, NEW = (ECKey.generate_key("P-256", {"kid": kid}, private=True) for kid in ("old", "new"))


def published(*keys):
    return json_answer(KeySet(list(keys)).as_dict(private=False))


def token(key, *, kid="", obtained_s=0.0):
    claims = {"iss": SERVER, "sub": "ann", "exp": int(TODAY_S) + 300}
    access = jwt.encode({"alg": "ES256", "kid": kid or key.kid}, claims, key)
    return TokenSet(access, "", "", "Bearer", "", obtained_s, obtained_s + 300)


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


def ring(clock):
    return KeyRing(f"{SERVER}/jwks", clock=clock, wall_clock=lambda: TODAY_S)


def codes(tokens, keys, session):
    return [exchange.reply.code for exchange in verified_here(tokens, keys, session, Promises(issuer=SERVER))]


def test_visitors_who_come_at_one_time_wait_for_one_fetch():
    session, keys, together = FakeSession(published(OLD)), ring(Clock()), Barrier(MANY)

    def visit(number):
        together.wait(10)
        return codes(token(OLD), keys, session)

    with ThreadPoolExecutor(MANY) as pool:
        ended = list(pool.map(visit, range(MANY)))
    assert len(session.asked) == 1
    assert sorted(ended) == [["ok"]] * (MANY - 1) + [["ok", "ok"]]


def test_forged_key_ids_make_one_fetch_in_a_cool_down_however_many_they_are():
    clock, session = Clock(), FakeSession(published(OLD))
    keys = ring(clock)
    for number in range(200):
        codes(token(OLD, kid=f"forged-{number}", obtained_s=clock.now_s), keys, session)
        clock.now_s += COOL_DOWN_S / 50
    assert len(session.asked) == 4


def test_after_a_rollover_tokens_of_both_keys_are_good_and_then_those_of_the_new_one_alone():
    clock = Clock()
    keys, session = ring(clock), FakeSession(published(OLD), published(OLD, NEW), published(NEW))
    assert codes(token(OLD), keys, session) == ["ok", "ok"]
    clock.now_s += COOL_DOWN_S
    assert codes(token(NEW, obtained_s=clock.now_s), keys, session) == ["ok", "ok"]
    assert codes(token(OLD), keys, session) == ["ok"]
    clock.now_s += COOL_DOWN_S
    codes(token(NEW, kid="newer", obtained_s=clock.now_s), keys, session)
    assert codes(token(OLD), keys, session) == ["jwt-unknown-key"]  # older than the keys: none will come
    assert codes(token(NEW), keys, session) == ["ok"]
    assert len(session.asked) == 3


def test_a_fetch_that_fails_takes_no_key_away():
    clock = Clock()
    keys, session = ring(clock), FakeSession(published(OLD), FakeAnswer(503))
    codes(token(OLD), keys, session)
    clock.now_s += COOL_DOWN_S
    assert codes(token(NEW, obtained_s=clock.now_s), keys, session) == ["unavailable"]
    assert codes(token(OLD), keys, session) == ["ok"]
