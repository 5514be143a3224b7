"""Makes keys, database, 200 accounts and the clients in STATE_DIR; run once, as python -m dotserver.seed."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection, transaction

from dotserver.environment import state_folder

ACCOUNTS = 200
REDIRECT_URI = "http://127.0.0.1:9/callback"  # nothing listens there: the code is read from the redirect


def make_keys(folder: Path) -> None:
    """Write the RS256 key of the ID tokens and Django's own secret."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (folder / "oidc.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "secret_key").write_text(secrets.token_urlsafe(50))


def make_accounts(password: str) -> None:
    """Create user0000 and on; one hash serves all, as checking it costs the same."""
    user = get_user_model()
    hashed = make_password(password)
    names = [f"user{number:04d}" for number in range(ACCOUNTS)]
    user.objects.bulk_create(
        user(username=name, password=hashed, email=f"{name}@example.test", first_name="Storm", last_name=name)
        for name in names
    )


def make_clients(secret: str) -> None:
    """Create the clients; in this package a client has one grant type, beside refresh."""
    app = apps.get_model("oauth2_provider", "Application")
    for client_id, kind, grant, asks in (
        ("storm-password", app.CLIENT_CONFIDENTIAL, app.GRANT_PASSWORD, False),
        ("storm-password-public", app.CLIENT_PUBLIC, app.GRANT_PASSWORD, False),
        ("storm-cc", app.CLIENT_CONFIDENTIAL, app.GRANT_CLIENT_CREDENTIALS, False),
        ("storm-code", app.CLIENT_CONFIDENTIAL, app.GRANT_AUTHORIZATION_CODE, True),
        ("storm-code-public", app.CLIENT_PUBLIC, app.GRANT_AUTHORIZATION_CODE, False),
    ):
        app.objects.create(
            client_id=client_id,
            name=client_id,
            client_type=kind,
            client_secret=secret if kind == app.CLIENT_CONFIDENTIAL else "",
            authorization_grant_type=grant,
            redirect_uris=REDIRECT_URI if grant == app.GRANT_AUTHORIZATION_CODE else "",
            skip_authorization=not asks,
            algorithm=app.RS256_ALGORITHM,
        )


def main() -> None:
    """Fill an empty STATE_DIR."""
    make_keys(state_folder())
    os.environ["DJANGO_SETTINGS_MODULE"] = "dotserver.settings"
    django.setup()
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        make_accounts(os.environ["DOT_PASSWORD"])
        make_clients(os.environ["DOT_CLIENT_SECRET"])
    connection.close()  # the last connection to close writes SQLite's log into its one file


if __name__ == "__main__":
    main()
