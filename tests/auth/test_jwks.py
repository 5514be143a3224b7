from __future__ import annotations

from joserfc.jwk import ECKey, OKPKey, RSAKey

from authstorm.auth.jwks import Keys, fetch_keys, read_keys
from tests.auth.fakes import ENDPOINTS, FakeSession, json_answer

RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
OKP = OKPKey.generate_key("Ed25519", {"kid": "okp"})
PUBLISHED = {"keys": [key.as_dict(private=False) for key in (RSA, EC, OKP)]}


def test_a_key_set_is_fetched_and_its_odd_keys_left_out():
    odd = [
        7,
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "x"},
        {"kty": "RSA", "n": "AQAB"},
        {"kty": "RSA", "n": "\ud800", "e": "AQAB"},
        {"kty": "OKP", "crv": {}, "x": None},
        {"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "rsa"},
        RSA.as_dict(private=False) | {"use": "enc", "kid": "enc"},
        {"kty": ["RSA"]},
    ]
    session = FakeSession(json_answer({"keys": odd + PUBLISHED["keys"]}, content_type="application/jwk-set+json"))
    reply = fetch_keys(session, ENDPOINTS.jwks)
    assert (reply.code, sorted(reply.value.by_kid), reply.value.without_kid) == ("ok", ["ec", "okp", "rsa"], ())
    assert session.asked[0][:2] == ("GET", ENDPOINTS.jwks)


def test_a_private_key_in_a_public_set_is_kept_as_a_public_one():
    keys = read_keys({"keys": [EC.as_dict(private=True)]})
    assert [key.is_private for key in keys.candidates("ec")] == [False]


def test_no_keys_are_false():
    assert not Keys({})
    assert read_keys(PUBLISHED)
