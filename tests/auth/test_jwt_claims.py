from __future__ import annotations

from base64 import urlsafe_b64encode
from json import dumps

from hypothesis import given
from hypothesis import strategies as st

from authstorm.auth.jwt_claims import read_claims


@given(token=st.text() | st.text().map(lambda text: f"eyJ{text}.{text}.{text}"))
def test_reading_any_token_gives_claims_or_none(token):
    claims = read_claims(token)
    assert claims is None or isinstance(claims, dict)


def test_claims_are_read_without_padding_and_in_the_url_safe_alphabet():
    claims = {"name": "üÿ?>~", "n": 1}
    raw = urlsafe_b64encode(dumps(claims, ensure_ascii=False).encode()).decode().rstrip("=")
    assert set(raw) & set("-_")
    assert read_claims(f"eyJ.{raw}.x") == claims


@given(raw=st.binary(max_size=30))
def test_reading_any_bytes_gives_claims_or_none(raw):
    claims = read_claims(f"eyJ.{urlsafe_b64encode(raw).decode()}.x")
    assert claims is None or isinstance(claims, dict)


def test_claims_nested_a_hundred_thousand_deep_are_none():
    assert read_claims(f"eyJ.{urlsafe_b64encode(b'[' * 100_000).decode()}.x") is None
