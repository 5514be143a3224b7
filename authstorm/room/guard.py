"""Flask's hooks on every request of the server, Locust's own pages among them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from authstorm.room.doors import HARMLESS, Asked, Doors

log = logging.getLogger(__name__)

TOKEN_HEADER: Final = "X-Authstorm-Token"  # noqa: S105 - its name
TOKEN_FIELD: Final = "token"  # noqa: S105
MOST_BYTES: Final = 64 * 1024
"""Of a request's body: the forms here are small."""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""For our own pages."""
LOCUST_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""For Locust's, whose script and styles stand in the page."""
_TEXTS: Final = ("text/", "application/json", "application/xml")


def guard(app: Flask, doors: Doors, token_for: Callable[[], str], redact: Callable[[str], str]) -> None:
    """Let in what the doors let in, and let out nothing that holds a secret.

    ``token_for`` gives the token that the request at hand must bring, if it is a change.
    """
    app.debug = False  # Locust turns it on, and then errors are shown with all that they hold
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES

    def let_in() -> Response | None:
        is_change = request.method not in HARMLESS
        token = request.headers.get(TOKEN_HEADER, "") or (request.form.get(TOKEN_FIELD, "") if is_change else "")
        headers = request.headers
        asked = Asked(
            request.method,
            request.scheme,
            request.host,
            headers.get("Origin", ""),
            headers.get("Sec-Fetch-Site", ""),
            headers.get("Sec-Fetch-Mode", ""),
            token,
        )
        refusal = doors.refusal(asked, token_for())
        return Response(f"{refusal}\n", 403, mimetype="text/plain") if refusal else None

    def let_out(response: Response) -> Response:
        for name in [name for name in response.headers.keys() if name.lower().startswith("access-control-")]:  # noqa: SIM118
            del response.headers[name]  # Locust allows every origin
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers.setdefault("Content-Security-Policy", LOCUST_POLICY)
        is_asset = request.endpoint in {"locust.send_assets", "storm.asset"}
        is_clean = is_asset or request.endpoint == "storm.file" or response.is_streamed
        if not is_asset:
            response.headers.setdefault("Cache-Control", "no-store")
        if not is_clean and (response.mimetype or "").startswith(_TEXTS):
            response.set_data(redact(response.get_data(as_text=True)))
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, let_in)
    app.after_request_funcs.setdefault(None, []).insert(0, let_out)  # called last: after Locust's own, which adds CORS
    app.register_error_handler(Exception, _told)


def _told(error: Exception) -> tuple[str, int, dict[str, str]]:
    """An error in a few words; what it was about stands in the log."""
    plain = {"Content-Type": "text/plain; charset=utf-8"}
    if isinstance(error, HTTPException):
        return f"{error.code} {error.name}\n", error.code or 500, plain
    log.error("a page could not be made", exc_info=error)
    return "500 Something inside failed: the log says what.\n", 500, plain
