"""Where what people and clients prove themselves with is looked for, in words."""

from __future__ import annotations

from authstorm.plan.client import Client
from authstorm.plan.secrets import SecretName
from authstorm.plan.target import Target


def place_of(secret: SecretName | None) -> str:
    """Where a secret is looked for."""
    return "nowhere (it has none)" if secret is None else secret.place


def proof(who: str, client: Client) -> str:
    """What to do about a client that the server does not take, by what it shows; ``who`` is its key."""
    if client.secret is not None:
        return f"put the secret that the server has for {client.id!r} where {client.secret.place} is looked for"
    if client.key is not None:
        return f"register the public half of the key at {client.key.place} for {client.id!r}"
    return f"give {who} its secret, as secret: {{env: NAME}}, if the server has one for {client.id!r}"


def password_place(target: Target) -> str:
    """Where the accounts' password comes from: a file of accounts may have one for each."""
    password = target.accounts.password
    return "the column password of accounts.csv" if password is None else password.place
