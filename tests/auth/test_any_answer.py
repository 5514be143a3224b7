"""Whatever comes back: no traceback, and a code of the closed set."""

from __future__ import annotations

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from authstorm.auth.codes import CODES
from authstorm.auth.outcome import Outcome
from authstorm.auth.session import TRANSPORT_FAILURES
from tests.auth.fakes import FakeAnswer
from tests.auth.test_judged_answers import STEPS

MEMBERS = (
    "access_token", "refresh_token", "id_token", "token_type", "scope", "expires_in", "active", "sub", "error", "keys",
    "issuer", "token_endpoint", "jwks_uri", "retry_after", "retry_after_ms", "kty", "n", "e", "crv", "x", "y", "kid",
    "use",
)  # fmt: skip
WORDS = (
    "Bearer",
    "at",
    "invalid_grant",
    "http://h/",
    "RSA",
    "EC",
    "OKP",
    "P-256",
    "Ed25519",
    "AQAB",
    "sig",
    "3600",
    "eyJ.e30.x",
)
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text(max_size=12)
    | st.just("\ud800")
)  # fmt: skip
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=5)
)
objects = st.dictionaries(st.sampled_from(MEMBERS), values, max_size=8).map(lambda value: json.dumps(value).encode())
bodies = st.binary(max_size=60) | values.map(lambda value: json.dumps(value).encode()) | objects
statuses = st.sampled_from((0, 200, 201, 204, 301, 400, 401, 403, 404, 429, 500, 503)) | st.integers(-1, 10**6)
header_values = (
    st.sampled_from((
        "", "application/json", "text/html", "17", "0", "-3", "1e9", "Wed, 21 Oct 2015 07:28:00 GMT",
        "Wed, 32 Oct 99999 25:61:61 +9999", 'Bearer error="invalid_token"', 'error="',
    ))
    | st.text(st.characters(codec="latin-1"), max_size=40)
)  # fmt: skip
HEADERS = ("content-type", "retry-after", "x-retry-after", "date", "www-authenticate", "location")
answers = st.builds(
    FakeAnswer,
    status=statuses,
    body=bodies,
    headers=st.dictionaries(st.sampled_from(HEADERS), header_values),
    failure=st.sampled_from(("",) * 9 + tuple(sorted(TRANSPORT_FAILURES))),
)


@settings(max_examples=400, deadline=None)
@given(step=st.sampled_from(sorted(STEPS)), answer=answers)
@example(step="password", answer=FakeAnswer(200, b'{"a":' * 200_000))
@example(step="password", answer=FakeAnswer(200, b'{"access_token":"eyJ.' + b"A" * 9 + b'.x"}'))
@example(step="get", answer=FakeAnswer(429, headers={"retry-after": "Mon, 01 Jan 0000 00:00:00 GMT"}))
@example(step="get", answer=FakeAnswer(503, headers={"retry-after": "Mon, 31 Dec 9999 23:59:59 -2359"}))
@example(
    step="keys",
    answer=FakeAnswer(200, b'{"keys":[{"kty":"RSA","n":"AA","e":"AA"},7,{"kty":["RSA"]},{"kty":"EC","use":{}}]}'),
)
def test_any_answer_gets_a_code_of_the_closed_set(step, answer):
    reply = STEPS[step](answer)
    assert CODES[reply.code] is reply.outcome
    assert reply.good or reply.value is None
    assert reply.retry_after_s is None or (reply.outcome is Outcome.SHED and 0 <= reply.retry_after_s <= 86_400)
