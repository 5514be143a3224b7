"""What each answer must satisfy, rule by rule: whose it is, who asked, until when, and that nobody else holds it."""

import base64
import json

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from authstorm.auth.checked_client import CheckedClient
from authstorm.auth.codes import BROKEN_PROMISES, CODES, MIX_UPS
from authstorm.auth.exchange import Exchange, Identity
from authstorm.auth.issued_tokens import IssuedTokens
from authstorm.auth.judge import good
from authstorm.auth.key_ring import KeyRing
from authstorm.auth.outcome import Outcome
from authstorm.auth.promises import Promises
from authstorm.auth.sampling import Sampling
from authstorm.auth.subjects import Subjects
from authstorm.auth.token_checks import TokenChecks
from authstorm.auth.tokens import TokenSet
from tests.auth.fakes import SERVER, TODAY_S, FakeAnswer, FakeSession, json_answer

CLIENT = "app"
PROMISES = Promises(issuer=SERVER, client_id=CLIENT, scope="openid api", rotates=True)
ID_CLAIMS = {"iss": SERVER, "aud": CLIENT, "sub": "u-ann", "exp": TODAY_S + 300}
ACCESS_CLAIMS = {"iss": SERVER, "client_id": CLIENT, "sub": "u-ann", "exp": TODAY_S + 300, "scope": "openid api"}
KEY = ECKey.generate_key("P-256", {"kid": "k1"}, private=True)
OTHER = ECKey.generate_key("P-256", {"kid": "k1"}, private=True)


def token(claims):
    """A JWT whose signature nobody looks at."""
    parts = [{"alg": "ES256", "kid": "k1"}, claims]
    head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return f"{head}.{body}.c2ln"


def signed(key, **claims):
    return jwt.encode({"alg": "ES256", "kid": "k1"}, ACCESS_CLAIMS | claims, key)


def tokens(access="opaque", refresh="r1", id_token="", scope="openid api", ends_s=300.0):
    return TokenSet(access, refresh, id_token, "Bearer", scope, 0.0, ends_s)


def checks(**promised):
    settings = {name: getattr(PROMISES, name) for name in PROMISES.__dataclass_fields__} | promised
    return TokenChecks(Promises(**settings), wall_clock=lambda: TODAY_S, clock=lambda: 0.0)


def code_of(fault):
    return "" if fault is None else fault.code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, ""),
        ({"iss": "http://evil.example.test"}, "wrong-issuer"),
        ({"aud": "another"}, "wrong-audience"),
        ({"aud": ["another", CLIENT]}, ""),
        ({"aud": None}, "wrong-audience"),
        ({"azp": "another"}, "wrong-client"),
        ({"azp": CLIENT}, ""),
        ({"exp": TODAY_S - 31}, "jwt-expired"),
        ({"exp": TODAY_S - 29}, ""),  # clocks may disagree by 30 s
        ({"exp": "soon"}, "jwt-malformed"),
        ({"sub": None}, "wrong-subject"),
        ({"sub": ""}, "wrong-subject"),
    ],
)
def test_an_id_token_names_issuer_client_and_somebody_and_is_alive(changes, code):
    """OpenID Connect Core 3.1.3.7."""
    given = tokens(id_token=token(ID_CLAIMS | changes))
    assert code_of(checks().tokens("ann", given)) == code


@pytest.mark.parametrize(
    ("promised", "changes", "code"),
    [
        ({}, {}, ""),
        ({}, {"iss": "http://evil.example.test"}, "wrong-issuer"),
        ({}, {"client_id": "another"}, "wrong-client"),
        ({}, {"client_id": None, "azp": "another"}, "wrong-client"),
        ({}, {"client_id": None, "cid": "another"}, "wrong-client"),
        ({}, {"client_id": None}, ""),  # it does not tell
        ({"client_id": ""}, {"client_id": "another"}, ""),
        ({"audience": "api"}, {"aud": "api"}, ""),
        ({"audience": "api"}, {"aud": ["x", "api"]}, ""),
        ({"audience": "api"}, {"aud": "x"}, "wrong-audience"),
        ({"audience": "api"}, {}, "wrong-audience"),
        ({}, {"exp": TODAY_S - 31}, "jwt-expired"),
        ({}, {"scope": "openid"}, "scope-narrower"),
        ({}, {"scope": "openid api admin"}, "scope-wider"),
        ({"scope_rule": "narrower"}, {"scope": "openid"}, ""),
        ({"scope_rule": "narrower"}, {"scope": "openid api admin"}, "scope-wider"),
        ({"scope_rule": "wider"}, {"scope": "openid api admin"}, ""),
        ({"scope_rule": "any"}, {"scope": "other"}, ""),
        ({"username_claim": "mail"}, {"mail": "bob"}, "wrong-username"),
        ({"username_claim": "mail"}, {"mail": "ANN"}, ""),  # servers may write it in another case
        ({"username_claim": "mail"}, {}, ""),
        ({"access_tokens": "opaque"}, {}, "wrong-format"),
    ],
)
def test_a_signed_access_token_is_held_against_what_it_tells(promised, changes, code):
    """RFC 9068 2.2."""
    assert code_of(checks(**promised).tokens("ann", tokens(access=token(ACCESS_CLAIMS | changes)))) == code


def test_an_opaque_token_is_wrong_only_where_jwt_is_promised():
    assert code_of(checks().tokens("ann", tokens())) == ""
    assert code_of(checks(access_tokens="jwt").tokens("ann", tokens())) == "wrong-format"


@pytest.mark.parametrize(("rotates", "new", "code"), [(True, "r1", "not-rotated"), (True, "r2", ""), (False, "r1", "")])
def test_a_refresh_brings_a_new_refresh_token_where_that_is_promised(rotates, new, code):
    old = tokens()
    assert code_of(checks(rotates=rotates).tokens("ann", tokens(access="next", refresh=new), old)) == code


@pytest.mark.parametrize("what", ["access", "refresh"])
def test_a_token_that_somebody_else_was_handed_is_shared(what):
    judge = checks()
    assert judge.tokens("ann", tokens(access="a1", refresh="r1")) is None
    fault = judge.tokens(
        "bob", tokens(**{"access": "a2", "refresh": "r2", what: {"access": "a1", "refresh": "r1"}[what]})
    )
    assert fault.code == "token-shared"
    assert "ann" in fault.got
    assert "sha256:" in fault.got  # never the token itself


def test_a_swapped_id_token_names_another_subject():
    judge = checks()
    for name in ("ann", "bob"):
        for n in range(2):
            given = tokens(f"{name}{n}", f"r-{name}{n}", token(ID_CLAIMS | {"sub": f"u-{name}"}))
            assert judge.tokens(name, given) is None
    assert code_of(judge.tokens("ann", tokens("x", "y", token(ID_CLAIMS | {"sub": "u-bob"})))) == "wrong-subject"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"active": True, "sub": "u-ann"}, ""),
        ({"active": True, "iss": "http://evil.example.test"}, "wrong-issuer"),
        ({"active": True, "client_id": "another"}, "wrong-client"),
        ({"active": True, "exp": TODAY_S - 31}, "expired-accepted"),
        ({"active": True, "exp": TODAY_S + 300}, ""),
        ({"active": True, "exp": TODAY_S + 400}, "wrong-expiry"),
        ({"active": True, "scope": "openid"}, "scope-narrower"),
    ],
)
def test_an_introspection_agrees_with_the_token_set(body, code):
    """RFC 7662 2.2."""
    assert code_of(checks().introspection("ann", tokens(), body)) == code


def test_introspections_of_two_people_name_two_subjects_each_always_the_same():
    judge = checks()
    for name in ("ann", "bob", "ann", "bob"):
        assert judge.introspection(name, tokens(), {"sub": f"u-{name}", "username": name}) is None
    assert code_of(judge.introspection("ann", tokens(), {"sub": "u-bob"})) == "wrong-subject"
    assert code_of(judge.introspection("ann", tokens(), {"username": "bob"})) == "wrong-username"


def test_userinfo_speaks_of_the_subject_of_the_id_token():
    """OpenID Connect Core 5.3.2."""
    judge = checks()
    for n in range(2):
        assert judge.tokens("ann", tokens(f"a{n}", f"r{n}", token(ID_CLAIMS))) is None
    assert judge.userinfo("ann", {"sub": "u-ann"}) is None
    assert code_of(judge.userinfo("ann", {"sub": "u-eve"})) == "wrong-subject"


def test_one_mix_up_at_first_sight_is_not_told_for_ever():
    people = Subjects()
    assert people.judge("ann", "u-bob", "sub") is None  # the mistake, which nobody can know yet
    assert people.judge("bob", "u-bob", "sub").code == "subject-shared"
    for _ in range(3):
        assert people.judge("ann", "u-ann", "sub") is None
        assert people.judge("bob", "u-bob", "sub") is None
    assert people.judge("bob", "u-ann", "sub").code == "wrong-subject"


def test_tokens_are_remembered_over_two_generations_and_forgotten_after():
    issued = IssuedTokens(keep=3)
    for n in range(4):
        assert issued.judge(f"t{n}", "ann", "it") is None
    assert issued.judge("t0", "bob", "it").code == "token-shared"
    for n in range(100, 110):
        assert issued.judge(f"t{n}", "ann", "it") is None
    assert issued.judge("t1", "bob", "it") is None


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.01, 10), (0.3, 300), (1.0, 1000)])
def test_the_sample_has_its_share_and_begins_with_the_first(share, expected):
    sampling = Sampling(share)
    picked = [sampling.pick() for _ in range(1000)]
    assert sum(picked) == expected
    assert picked[0] is (share > 0)


def test_each_code_of_a_wrong_answer_is_in_the_closed_set():
    assert {CODES[code] for code in MIX_UPS | BROKEN_PROMISES} == {Outcome.WRONG}


class Inside:
    """A client that gives what it was made with."""

    def __init__(self, *given, claims=None):
        self.given = list(given)
        self.claims = claims

    def login(self, identity, step):
        answer = FakeAnswer()
        yield Exchange(f"{step}: page", good(answer, None), "GET", SERVER)
        yield Exchange(step, good(answer, self.given.pop(0)), "POST", SERVER)

    def service_token(self):
        yield Exchange("service", good(FakeAnswer(), self.given.pop(0)), "POST", SERVER)

    def refresh(self, held):
        yield Exchange("refresh", good(FakeAnswer(), self.given.pop(0)), "POST", SERVER)

    def validate(self, held):
        yield Exchange("introspect", good(FakeAnswer(), self.claims), "POST", SERVER)

    def revoke(self, held):
        yield Exchange("revoke", good(FakeAnswer(), None), "POST", SERVER)


def keys_answer(key=KEY):
    return json_answer(KeySet([key]).as_dict(private=False))


def around(inside, *, judge=None, session=None, ring=None, share=1.0, local=False):
    return CheckedClient(
        inside, session or FakeSession(FakeAnswer()), judge or checks(), ring=ring, sampling=Sampling(share),
        local=local, trace=lambda: "t-1",
    )  # fmt: skip


def test_good_exchanges_go_through_as_they_are():
    given = tokens(id_token=token(ID_CLAIMS))
    client = around(Inside(given, claims={"active": True, "sub": "u-ann"}))
    exchanges = [*client.login(Identity("ann", "pw"), "login"), *client.validate(given), *client.revoke(given)]
    assert [(exchange.step, exchange.reply.outcome) for exchange in exchanges] == [
        ("login: page", "good"), ("login", "good"), ("introspect", "good"), ("revoke", "good"),
    ]  # fmt: skip
    assert exchanges[1].reply.value is given
    assert [exchange.evidence for exchange in exchanges] == [None] * 4


def test_a_token_of_somebody_else_is_wrong_and_gives_no_tokens():
    judge = checks()
    list(around(Inside(tokens("a1", "r1")), judge=judge).login(Identity("ann", "pw"), "login"))
    *_, last = around(Inside(tokens("a1", "r1")), judge=judge).login(Identity("bob", "pw"), "login")
    assert (last.reply.outcome, last.reply.code, last.reply.value) == ("wrong", "token-shared", None)
    assert (last.evidence.identity, last.evidence.trace) == ("bob", "t-1")


def test_a_service_acts_as_the_client():
    judge = checks()
    [first] = around(Inside(tokens("s1", "")), judge=judge).service_token()
    [again] = around(Inside(tokens("s1", "")), judge=judge).service_token()
    assert (first.reply.outcome, again.reply.outcome) == ("good", "good")  # one client: its token is its own


def test_a_bad_signature_in_the_sample_is_found_with_the_next_login_once_the_keys_are_here():
    session, ring = FakeSession(keys_answer()), KeyRing(f"{SERVER}/jwks", wall_clock=lambda: TODAY_S)
    judge = checks()
    first = around(
        Inside(tokens(signed(OTHER)), tokens(signed(KEY, jti="2"), "r2")), judge=judge, session=session, ring=ring
    )
    *_, login = first.login(Identity("ann", "pw"), "login")
    assert login.reply.good  # no key is here yet: it waits
    fetched, _, login = first.login(Identity("ann", "pw"), "login")
    assert (fetched.step, fetched.reply.code) == ("jwks", "jwt-signature")
    assert fetched.evidence.identity == "ann"
    assert login.reply.good
    assert len(session.asked) == 1
    other = around(Inside(tokens(signed(OTHER, jti="3"), "r3")), judge=judge, session=session, ring=ring)
    *_, login = other.login(Identity("ann", "pw"), "login")
    assert login.reply.code == "jwt-signature"


def test_a_bad_signature_is_found_where_nobody_signs_in_any_more():
    """A storm of refreshes after a rollover of keys."""
    session, ring = FakeSession(keys_answer()), KeyRing(f"{SERVER}/jwks", wall_clock=lambda: TODAY_S)
    given = [tokens(signed(OTHER, jti=str(n)), f"r{n}") for n in range(3)]
    client = around(Inside(*given), session=session, ring=ring)
    *_, login = client.login(Identity("ann", "pw"), "login")
    assert login.reply.good  # no key is here yet: it waits
    fetched, refresh = client.refresh(login.reply.value)
    assert (fetched.step, fetched.reply.code) == ("jwks", "jwt-signature")
    assert refresh.reply.code == "jwt-signature"


def test_tokens_validated_here_cost_one_fetch_for_all_and_a_forged_one_no_other():
    session, ring = FakeSession(keys_answer()), KeyRing(f"{SERVER}/jwks", wall_clock=lambda: TODAY_S)
    judge = checks()
    steps = []
    for n in range(5):
        client = around(Inside(), judge=judge, session=session, ring=ring, local=True)
        steps += [exchange.step for exchange in client.validate(tokens(signed(KEY, jti=str(n))))]
    assert steps == ["jwks", *["verify"] * 5]
    forged = around(Inside(), judge=judge, session=session, ring=ring, local=True)
    [exchange] = forged.validate(tokens(signed(OTHER)))
    assert (exchange.step, exchange.reply.code) == ("verify", "jwt-signature")
    assert exchange.evidence.trace == "t-1"
    assert len(session.asked) == 1


def test_a_new_key_is_fetched_once_the_last_fetch_has_rested():
    now = [100.0]
    new = ECKey.generate_key("P-256", {"kid": "k2"}, private=True)
    session = FakeSession(keys_answer(), json_answer(KeySet([KEY, new]).as_dict(private=False)))
    ring = KeyRing(f"{SERVER}/jwks", clock=lambda: now[0], wall_clock=lambda: TODAY_S)
    client = around(Inside(), session=session, ring=ring, local=True)
    rolled = tokens(jwt.encode({"alg": "ES256", "kid": "k2"}, ACCESS_CLAIMS, new))
    assert [exchange.reply.code for exchange in client.validate(tokens(signed(KEY)))] == ["ok", "ok"]
    now[0] += 1.0
    late = TokenSet(rolled.access, "", "", "Bearer", "", now[0], now[0] + 300)
    assert [exchange.reply.code for exchange in client.validate(late)] == ["invalid_token"]  # too soon to ask again
    now[0] += 5.0
    assert [(exchange.step, exchange.reply.code) for exchange in client.validate(late)] == [
        ("jwks", "ok"),
        ("verify", "ok"),
    ]
    assert len(session.asked) == 2
