"""What the ledger adds up to, in the same words as the other server's counts; see docs/real-servers.md.

Pure arithmetic over entries, each a list of strings: a verb and its arguments. Tokens stand in it as digests.

=========  =========================================  ====================================================
verb       arguments                                  when
=========  =========================================  ====================================================
granted    kind, user, access, refresh, presented     a token request was answered 200; "" for what is not
refused    kind, presented                            a token request or the sign-in page was refused; the refresh
                                                      token stands there only when it was what was wrong
used       access                                     userinfo was answered, or introspection said active
=========  =========================================  ====================================================
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

KINDS = ("password", "authorization_code", "refresh_token", "client_credentials", "login_page")
BEGINS_FAMILY = ("password", "authorization_code")
NOBODY = ("", 0)


class Tally:
    """The counts while they grow."""

    def __init__(self) -> None:
        self.grants: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.logins: Counter[str] = Counter()
        self.overlaps = 0
        self._presented: Counter[str] = Counter()  # by refresh token
        self._rotated: set[str] = set()
        self._login_of: dict[str, tuple[str, int]] = {}  # token -> user, number of that user's login
        self._number = 0

    def granted(self, kind: str, user: str, access: str, refresh: str, presented: str) -> None:
        """Count a token set; a refresh belongs to the login that its token came from."""
        self.grants[kind] += 1
        if kind in BEGINS_FAMILY:
            self.logins[user] += 1
            self._note((access, refresh), (user, self.logins[user]))
        elif kind == "refresh_token":
            self._presented[presented] += 1
            self._rotated.add(presented)
            self.used(presented)
            self._note((access, refresh), self._login_of.get(presented, NOBODY))

    def refused_one(self, kind: str, presented: str) -> None:
        """Count a refusal."""
        self.refused[kind if kind in KINDS else "other"] += 1
        if kind == "refresh_token":
            self._presented[presented] += 1

    def used(self, token: str) -> None:
        """Count an overlap when the token's user has begun a newer login since."""
        user, number = self._login_of.get(token, NOBODY)
        if number != self.logins[user]:
            self.overlaps += 1

    def _note(self, tokens: Iterable[str], login: tuple[str, int]) -> None:
        self._login_of.update((token, login) for token in tokens if token)

    @property
    def refresh_reuse(self) -> int:
        """Presentations of exchanged tokens beyond the first, in whatever order parallel requests were answered."""
        return sum(self._presented[token] - 1 for token in self._rotated)


def fold(entries: Iterable[Sequence[str]]) -> dict[str, object]:
    """Add the entries up, in their order."""
    tally = Tally()
    count: dict[str, Callable[..., None]] = {
        "granted": tally.granted,
        "refused": tally.refused_one,
        "used": tally.used,
    }
    for verb, *arguments in entries:
        count[verb](*arguments)
    return {
        "grants": tally.grants,
        "refused": tally.refused,
        "logins_by_user": tally.logins,
        "refresh_reuse": tally.refresh_reuse,
        "overlaps": tally.overlaps,
    }
