"""The Storm page's routes."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, abort, request, send_file

from authstorm.errors import ConfigError
from authstorm.plan.choice import HIGHEST_SEED, Menu
from authstorm.room.bulletin import Bulletin
from authstorm.room.guard import POLICY
from authstorm.room.lookout import Lookout, Starter
from authstorm.room.moment import chosen
from authstorm.room.past_runs import SHOWN, PastRuns
from authstorm.room.pictures import asset, render

REPORT_POLICY: Final = (
    "sandbox allow-scripts allow-popups; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""A report's own script runs, but as a stranger to this server: it could neither ask it anything nor start a run."""


class Pages:
    """One a room; ``token`` is what its pages bring with a change, ``base`` what stands before every path."""

    def __init__(  # noqa: PLR0913, PLR0917 - what the pages are about
        self, config: Path, starter: Starter, lookout: Lookout, bulletin: Bulletin, runs: PastRuns,
        token: str, base: str, redact: Callable[[str], str],
    ) -> None:  # fmt: skip
        self._config = config
        self._first = starter.choice
        self.starter = starter
        self._lookout = lookout
        self._bulletin = bulletin
        self._runs = runs
        self.token = token
        self.base = base
        self.redact = redact

    def blueprint(self) -> Blueprint:
        """All routes below ``/storm``."""
        routes = Blueprint("storm", __name__, url_prefix=f"{self.base}/storm")
        routes.add_url_rule("", "page", self.page)
        routes.add_url_rule("/events", "events", self.events)
        routes.add_url_rule("/runs", "runs", self.runs)
        routes.add_url_rule("/start", "start", self.start, methods=["POST"])
        routes.add_url_rule("/stop", "stop", self.stop, methods=["POST"])
        routes.add_url_rule("/assets/<name>", "asset", self.asset)
        routes.add_url_rule("/runs/<run>/<name>", "file", self.file)
        return routes

    def menu(self) -> Menu:
        """The lists, with what files there are now."""
        return Menu.of(self._config, self._first)

    def page(self) -> Response:
        """The Storm page itself."""
        told = {"choice": chosen(self.starter.choice), "menu": self.menu(), "token": self.token, "base": self.base}
        return Response(render("storm.html", **told), mimetype="text/html", headers={"Content-Security-Policy": POLICY})

    def events(self) -> Response:
        """What happens, as server-sent events."""
        events = self._bulletin.watch()
        if events is None:
            return Response("Too many watch already.\n", 503, mimetype="text/plain", headers={"Retry-After": "10"})
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return Response(events, mimetype="text/event-stream", headers=headers)

    def runs(self) -> Response:
        """The runs that left a folder, the newest first."""
        return _json({"runs": self._runs.newest()})

    def start(self) -> Response:
        """Start what was chosen."""
        return self.start_chosen(request.form)

    def start_chosen(self, form: Mapping[str, str]) -> Response:
        """Start a run by the words of a form; 409 with the reason where it cannot be."""
        try:
            choice = self.menu().read(form, lambda: random.SystemRandom().randrange(HIGHEST_SEED))
        except ConfigError as error:
            return self._answer(str(error))
        self._lookout.look_now()
        return self._answer(self.starter.start(choice))

    def stop(self) -> Response:
        """End the run that goes on; answers when its verdict is there."""
        return self._answer(self.starter.stop())

    def asset(self, name: str) -> Response:
        """A style or script."""
        found = asset(name)
        if found is None:
            abort(404)
        kind, text = found
        return Response(text, mimetype=kind, headers={"Cache-Control": "no-cache"})

    def file(self, run: str, name: str) -> Response:
        """A file of a run: a page is shown, everything else saved."""
        path = self._runs.file(run, name)
        if path is None:
            abort(404)
        headers = {"Content-Security-Policy": REPORT_POLICY}
        if name in SHOWN:
            return Response(path.read_bytes(), mimetype="text/html", headers=headers)
        response = send_file(path, as_attachment=True, download_name=f"{path.parent.name}-{name}", etag=False)
        response.headers.update(headers)
        return response

    def _answer(self, refusal: str) -> Response:
        self._lookout.look_now()
        return _json({"started": not refusal, "why": self.redact(refusal)}, 409 if refusal else 200)


def new_token() -> str:
    """What only pages of this process know."""
    return secrets.token_urlsafe(32)


def _json(data: Any, status: int = 200) -> Response:
    return Response(json.dumps(data), status, mimetype="application/json")
