"""Password hashing with a cost that can be set."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
from concurrent.futures import ThreadPoolExecutor

INLINE_BELOW = 256
"""From this scrypt n on (about 1 ms) a hash is computed on the hashing thread, so that other requests go on."""


class PasswordHash:
    """One scrypt digest (RFC 7914, r = 8, p = 1) that passwords are checked against.

    All accounts have one password and share this salt and digest, so seeding a million of them is free; each check
    still derives the whole hash, as it would against a salt of the account's own.
    """

    def __init__(self, password: str, cost: int) -> None:
        self.cost = cost
        self._salt = os.urandom(16)
        self._digest = self._derive(password)
        # one thread: the sandbox stands for a service on one core, and hashlib.scrypt releases the GIL
        self._pool = ThreadPoolExecutor(1, "hashing") if cost >= INLINE_BELOW else None

    async def matches(self, password: str) -> bool:
        """Whether this is the password; takes the same time whether it is or not."""
        if self._pool is None:
            return self._check(password)
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._check, password)

    def _check(self, password: str) -> bool:
        return hmac.compare_digest(self._derive(password), self._digest)

    def _derive(self, password: str) -> bytes:
        memory = 2 * 128 * self.cost * 8 + 2**20
        return hashlib.scrypt(password.encode(), salt=self._salt, n=self.cost, r=8, p=1, maxmem=memory, dklen=32)
