"""What a server does with its tokens, held against what the target declares under ``policy``: each promise is a row.

The visitor does what a client must never do in a run: it presents a refresh token that was used before.
"""

from __future__ import annotations

from collections.abc import Iterator

from authstorm.auth.exchange import AuthClient
from authstorm.auth.jwt_claims import read_header
from authstorm.auth.tokens import TokenSet
from authstorm.commands.approach import Approach
from authstorm.commands.checking.promise import Promise, last_of
from authstorm.commands.checking.revocation import Alive, revocation
from authstorm.commands.checking.rotation import rotation
from authstorm.commands.checking.row import Row, Works
from authstorm.drive.stagecraft import NewClient


def kept_promises(
    approach: Approach, people: NewClient, client: AuthClient, tokens: TokenSet, *, validates: bool | None
) -> Iterator[Row]:
    """The rows from the token's format to what is left of it after revocation; it signs in a second time.

    ``validates`` says whether a living token was taken when it was validated, None where nobody was asked.
    """
    if tokens.access:
        yield _format(approach, tokens)
    renews: bool | None = None
    for row in rotation(approach, client, tokens):
        if row.step == "refresh" and row.works is not Works.SKIPPED:
            renews = row.works is Works.YES
        yield row
    again = people(approach.new_session("own"))
    fresh = last_of(again.login(approach.identity, "login"))
    if fresh is not None and isinstance(fresh.reply.value, TokenSet):
        yield from revocation(approach, again, fresh.reply.value, Alive(validates, renews))


def _format(approach: Approach, tokens: TokenSet) -> Row:
    header = read_header(tokens.access)
    seen = "opaque" if header is None else "jwt"
    life = "" if tokens.expires_s is None else f", {tokens.expires_s - tokens.obtained_s:.0f} s"
    algorithm = f" {header.get('alg')}" if header else ""
    row = Row("access token", Works.YES, f"{seen}{algorithm}{life}")
    cause = "opaque tokens tell nothing by themselves, signed ones do"
    return Promise(approach, "access-tokens").judge(row, approach.target.policy.access_tokens, seen, cause)
