from __future__ import annotations

import warnings
from base64 import urlsafe_b64encode
from json import dumps

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from authstorm.auth.codes import JWT_FAULTS
from authstorm.auth.jwks import read_keys
from authstorm.auth.jwt_claims import read_header
from authstorm.auth.jwt_verification import verify
from tests.auth.fakes import SERVER, TODAY_S

RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
OTHER_RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
OKP = OKPKey.generate_key("Ed25519", {"kid": "okp"})
PUBLISHED = {"keys": [key.as_dict(private=False) for key in (RSA, EC, OKP)]}
KEYS = read_keys(PUBLISHED)
CLAIMS = {"iss": SERVER, "sub": "user0001", "aud": ["app", "api"], "exp": TODAY_S + 60, "iat": TODAY_S}


def signed(claims=CLAIMS, key=RSA, alg="RS256", **header) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # joserfc finds some algorithms old
        return jwt.encode({"alg": alg, "kid": key.kid, **header}, claims, key, algorithms=[alg])


def part(value) -> str:
    return urlsafe_b64encode(dumps(value).encode()).decode().rstrip("=")


def check(token, keys=KEYS, **settings):
    return verify(token, keys, **{"now_s": TODAY_S, "issuer": SERVER, "audience": "app"} | settings)


@pytest.mark.parametrize(
    ("key", "alg"), [(RSA, "RS256"), (RSA, "PS384"), (EC, "ES256"), (OKP, "EdDSA"), (OKP, "Ed25519")]
)
@pytest.mark.filterwarnings("error")
def test_a_token_with_every_kind_of_key_is_valid(key, alg):
    found = check(signed(key=key, alg=alg))
    assert (found.fault, found.claims) == ("", CLAIMS)


@pytest.mark.parametrize(
    ("gloss", "changed", "settings", "fault"),
    [
        ("as it should be", {}, {}, ""),
        ("another issuer", {"iss": f"{SERVER}/"}, {}, "jwt-issuer"),
        ("no issuer", {"iss": None}, {}, "jwt-issuer"),
        ("another issuer, not looked at", {"iss": "x"}, {"issuer": ""}, ""),
        ("one audience", {"aud": "app"}, {}, ""),
        ("another audience", {"aud": "application"}, {}, "jwt-audience"),
        ("other audiences", {"aud": ["a", "pp"]}, {}, "jwt-audience"),
        ("no audience", {"aud": None}, {}, "jwt-audience"),
        ("another audience, not looked at", {"aud": "x"}, {"audience": ""}, ""),
        ("a second before the end", {}, {"now_s": TODAY_S + 59}, ""),
        ("at the end", {}, {"now_s": TODAY_S + 60}, "jwt-expired"),
        ("at the end, with leeway", {}, {"now_s": TODAY_S + 60, "leeway_s": 1}, ""),
        ("after the leeway", {}, {"now_s": TODAY_S + 61, "leeway_s": 1}, "jwt-expired"),
        ("no end", {"exp": None}, {}, "jwt-malformed"),
        ("an end in words", {"exp": "tomorrow"}, {}, "jwt-malformed"),
        ("an end before the epoch", {"exp": -1}, {}, "jwt-malformed"),
        ("an end of true", {"exp": True}, {}, "jwt-malformed"),
        ("not before now", {"nbf": TODAY_S}, {}, ""),
        ("not before later", {"nbf": TODAY_S + 2}, {}, "jwt-not-yet"),
        ("not before later, with leeway", {"nbf": TODAY_S + 2}, {"leeway_s": 2}, ""),
        ("not before in words", {"nbf": "today"}, {}, "jwt-malformed"),
    ],
)
def test_the_claims_are_held_against_time_issuer_and_audience(gloss, changed, settings, fault):
    claims = {name: value for name, value in (CLAIMS | changed).items() if value is not None}
    found = check(signed(claims, EC, "ES256"), **settings)
    assert (found.fault, dict(found.claims)) == (fault, {} if fault else claims), gloss


SHARED = OctKey.import_key(RSA.as_dict()["n"], {"kid": "rsa"})
CRITICAL = f"{part({'alg': 'RS256', 'crit': ['x'], 'x': 1})}.{part(CLAIMS)}.x"
NONE = f"{part({'alg': 'none'})}.{part(CLAIMS)}."
RS = signed()
FORGED = ".".join([RS.split(".")[0], part(CLAIMS | {"sub": "admin"}), RS.split(".")[2]])


@pytest.mark.parametrize(
    ("gloss", "token", "fault"),
    [
        ("not signed", NONE, "jwt-algorithm"),
        ("none in capitals", f"{part({'alg': 'NONE'})}.{part(CLAIMS)}.", "jwt-algorithm"),
        ("signed with the public key as a shared secret", signed(key=SHARED, alg="HS256"), "jwt-algorithm"),
        ("an algorithm that is an array", f"{part({'alg': ['RS256']})}.{part(CLAIMS)}.x", "jwt-algorithm"),
        ("no algorithm", f"{part({'kid': 'rsa'})}.{part(CLAIMS)}.x", "jwt-algorithm"),
        ("the claims of another", FORGED, "jwt-signature"),
        ("no signature", RS.rpartition(".")[0] + ".", "jwt-signature"),
        ("a signature that is no base64", RS.rpartition(".")[0] + ".ä", "jwt-signature"),
        ("a signature with half a character", RS.rpartition(".")[0] + ".\ud800", "jwt-signature"),
        ("another server's key under the same name", signed(key=OTHER_RSA), "jwt-signature"),
        ("a key that nobody published", signed(kid="rolled-over"), "jwt-unknown-key"),
        ("a key of another type", signed(kid="ec"), "jwt-unknown-key"),
        ("a critical header", CRITICAL, "jwt-malformed"),
        ("opaque", "COKKopaque", "jwt-malformed"),
        ("encrypted", "eyJ.a.b.c.d", "jwt-malformed"),
        ("empty", "", "jwt-malformed"),
    ],
)  # fmt: skip
def test_a_signature_that_does_not_hold_is_named(gloss, token, fault):
    assert check(token).fault == fault, gloss


def test_a_token_without_key_id_is_tried_with_every_key_of_its_type():
    unnamed = jwt.encode({"alg": "ES256"}, CLAIMS, EC)
    assert "kid" not in read_header(unnamed)
    assert check(unnamed).fault == ""
    assert check(unnamed, read_keys({"keys": PUBLISHED["keys"][:1]})).fault == "jwt-unknown-key"


def test_keys_without_id_and_without_algorithm_serve_any_token():
    """Some servers publish them so."""
    bare = [{n: v for n, v in key.items() if n not in ("kid", "alg", "use")} for key in PUBLISHED["keys"]]
    assert check(signed(), read_keys({"keys": bare})).fault == ""


def test_a_key_that_is_declared_for_one_algorithm_is_not_used_for_another():
    keys = read_keys({"keys": [RSA.as_dict(private=False) | {"alg": "PS256"}]})
    assert (check(signed(alg="PS256"), keys).fault, check(signed(), keys).fault) == ("", "jwt-unknown-key")


def test_a_header_may_be_large_and_hold_private_members():
    """Certificate chains do; joserfc's own limit is 512 bytes."""
    header = {"alg": "ES256", "kid": "ec", "x-tenant": "a" * 4000}
    registry = JWSRegistry(strict_check_header=False)
    registry.max_header_length = 9000
    assert check(jwt.encode(header, CLAIMS, EC, registry=registry)).fault == ""


MEMBERS = ("alg", "kid", "typ", "exp", "nbf", "crit", "b64", "aud", "x5c", "jwk", "jku")
json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=4),
)
headers = st.fixed_dictionaries(
    {"alg": st.sampled_from(["RS256", "ES256", "EdDSA", "none"]) | json_values},
    optional=dict.fromkeys(MEMBERS[1:], json_values),
)
tokens = st.text() | st.builds(
    lambda *parts: ".".join(map(part, parts)), headers | json_values, json_values, json_values
)


@given(token=tokens)
def test_any_token_gets_a_fault_of_the_closed_set(token):
    assert check(token).fault in JWT_FAULTS
