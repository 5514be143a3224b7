"""Who is who: the subject that each identity was first seen with, and that no two identities share one."""

from __future__ import annotations

from authstorm.auth.fault import Fault


class Subjects:
    """Learns the names that a server gives to identities, one name each, and holds later answers to them.

    ``code`` is what an answer that names an identity otherwise is called. A name counts as confirmed when it was seen
    twice. A contradiction takes away what was not confirmed, for the first sight may have been the mistake: then both
    are learned anew, and one mix-up is not told for ever.
    """

    __slots__ = ("_code", "_confirmed", "_identity_of", "_name_of")

    def __init__(self, code: str = "wrong-subject") -> None:
        self._code = code
        self._name_of: dict[str, str] = {}
        self._identity_of: dict[str, str] = {}
        self._confirmed: set[str] = set()

    def judge(self, identity: str, name: str, what: str) -> Fault | None:
        """Hold one sight of an identity against all before it; ``what`` says where the name stood."""
        known = self._name_of.get(identity)
        if known == name:
            self._confirmed.add(identity)
            return None
        owner = self._identity_of.get(name)
        if known is None and owner is None:
            self._name_of[identity], self._identity_of[name] = name, identity
            return None
        return self._contradiction(identity, name, what, known, owner)

    def known(self, identity: str) -> str | None:
        """The name that an identity has; None before it was seen."""
        return self._name_of.get(identity)

    def __len__(self) -> int:
        return len(self._name_of)

    def _contradiction(self, identity: str, name: str, what: str, known: str | None, owner: str | None) -> Fault:
        self._forget_unconfirmed(identity)
        if owner is not None and owner != identity:
            self._forget_unconfirmed(owner)
        if known is None:
            return Fault("subject-shared", what, f"{identity}'s own", f"{name}, which is {owner}'s")
        got = f"{name}, which is {owner}'s" if owner is not None else name
        return Fault(self._code, what, known, got)

    def _forget_unconfirmed(self, identity: str) -> None:
        if identity in self._confirmed:
            return
        name = self._name_of.pop(identity, None)
        if name is not None:
            self._identity_of.pop(name, None)
