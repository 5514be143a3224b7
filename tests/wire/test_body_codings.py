"""Content codings are undone within a limit, and only when they are whole."""

import gzip
import zlib

import pytest

from authstorm.wire.body import decoded
from authstorm.wire.failure import ExchangeError

TEXT = b"token " * 100
RAW = zlib.compress(TEXT)[2:-4]


@pytest.mark.parametrize(
    ("body", "coding", "plain"),
    [
        (gzip.compress(TEXT), "gzip", TEXT),
        (gzip.compress(TEXT), "GZIP", TEXT),
        (gzip.compress(TEXT), "identity,gzip", TEXT),
        (gzip.compress(TEXT) + gzip.compress(TEXT), "gzip", TEXT + TEXT),
        (gzip.compress(TEXT) + b"\0\0\0", "gzip", TEXT),
        (b"", "gzip", b""),
        (zlib.compress(TEXT), "deflate", TEXT),
        (RAW, "deflate", TEXT),
        (b"", "deflate", b""),
        (zlib.compress(gzip.compress(TEXT)), "gzip, deflate", TEXT),
        (TEXT, "", TEXT),
        (TEXT, "zstd", TEXT),
    ],
)
def test_bodies_are_decoded(body, coding, plain):
    assert decoded(body, coding, 10_000) == plain


@pytest.mark.parametrize(
    ("body", "coding", "code"),
    [
        (TEXT, "gzip", "malformed"),
        (gzip.compress(TEXT)[:-1], "gzip", "malformed"),
        (gzip.compress(TEXT) + b"x", "gzip", "malformed"),
        (gzip.compress(TEXT)[:-5] + b"\0" * 5, "gzip", "malformed"),
        (RAW[:-3], "deflate", "malformed"),
        (TEXT, "gzip, gzip, gzip, gzip", "malformed"),
        (gzip.compress(b"\0" * 1001), "gzip", "too-large"),
        (gzip.compress(b"\0" * 600) * 2, "gzip", "too-large"),
        (zlib.compress(b"\0" * 10_000_000), "deflate", "too-large"),
    ],
)
def test_bodies_that_are_cut_wrong_or_too_large_have_a_code(body, coding, code):
    with pytest.raises(ExchangeError, match=code):
        decoded(body, coding, 1000)


def test_the_limit_itself_is_allowed():
    assert len(decoded(gzip.compress(b"\0" * 1000), "gzip", 1000)) == 1000
