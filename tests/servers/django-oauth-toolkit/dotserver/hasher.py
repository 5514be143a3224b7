"""The hash of passwords and, as the package wants it, of client secrets."""

from __future__ import annotations

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from dotserver.environment import hash_rounds


class Pbkdf2(PBKDF2PasswordHasher):
    """Django's own hash with a number of rounds to choose."""

    iterations = hash_rounds()
