"""Opens the room: puts doors, login and the Storm page onto the server that Locust's page has."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent

from authstorm.plan.secrets import Redactor
from authstorm.plan.web_address import is_loopback
from authstorm.room.bulletin import Bulletin
from authstorm.room.doors import Doors
from authstorm.room.guard import guard
from authstorm.room.locust_pages import take_over
from authstorm.room.login import Login
from authstorm.room.lookout import Lookout, Record, Starter
from authstorm.room.pages import Pages, new_token
from authstorm.room.password import room_password
from authstorm.room.past_runs import PastRuns

if TYPE_CHECKING:
    from locust.env import Environment


def open_room(environment: Environment, make_starter: Callable[[], Starter], record: Record, redact: Redactor) -> None:
    """Where Locust has a page, make it the rehearsal room; elsewhere do nothing.

    SafetyError where other machines could come in without a password, ConfigError where runs cannot be started here.
    """
    web_ui: Any = environment.web_ui
    if web_ui is None:
        return
    options: Any = environment.parsed_options
    password = room_password(web_ui.host, os.environ)
    if password is not None:
        redact.add(password)
    starter, bulletin, token = make_starter(), Bulletin(), new_token()
    lookout = Lookout(starter, record, bulletin, redact)
    base = options.web_base_path or ""
    runs = PastRuns(Path(options.reports_dir))
    pages = Pages(Path(options.config_dir), starter, lookout, bulletin, runs, token, base, redact)
    take_over(environment, pages)
    app = web_ui.app
    app.register_blueprint(pages.blueprint())
    app.secret_key = secrets.token_bytes(32)
    app.config.update(
        SESSION_COOKIE_NAME=f"authstorm_room_{web_ui.port}",
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=bool(options.tls_cert),
    )
    login = Login(app, password, base, new_token()) if password is not None else None
    doors = Doors(frozenset(options.room_host or ()), not is_loopback(web_ui.host))
    guard(app, doors, lambda: login.token if login is not None and login.is_about_login() else token, redact)
    gevent.spawn(lookout.keep_looking)
    sys.stdout.write(_welcome(options, web_ui, base))
    sys.stdout.flush()


def _welcome(options: Any, web_ui: Any, base: str) -> str:
    """Where the pages are."""
    scheme = "https" if options.tls_cert else "http"
    here = web_ui.host or "0.0.0.0"  # noqa: S104 - only said
    host = f"[{here}]" if ":" in here else here
    url = f"{scheme}://{host}:{web_ui.port}{base}"
    is_sealed = options.tls_cert or is_loopback(web_ui.host)
    plain = "" if is_sealed else "note: without --tls-cert and --tls-key the password is sent in clear\n"
    return f"Storm page: {url}/storm   Locust's page: {url}/   (Ctrl-C ends both)\n{plain}"
