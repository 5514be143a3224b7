"""The login: one password for the room, asked for on every page where it is set; Flask-Login keeps who gave it."""

from __future__ import annotations

import hmac
import time
from typing import Any, Final

import gevent
from flask import Flask, Response, redirect, request
from flask_login import LoginManager, UserMixin, current_user, login_user

from authstorm.plan.secrets import Secret
from authstorm.room.guard import POLICY
from authstorm.room.password import Tries
from authstorm.room.pictures import render

WRONG_TAKES_S: Final = 1.0
WHO: Final = "operator"


class Operator(UserMixin):  # type: ignore[misc]
    """Whoever knows the password."""

    id = WHO


class Login:
    """One a room; ``token`` guards its form alone, so that the page shows strangers nothing else."""

    def __init__(self, app: Flask, password: Secret, base: str, token: str) -> None:
        self.token = token
        self._password = password
        self._base = base
        self._tries = Tries()
        manager = LoginManager(app)
        manager.user_loader(lambda who: Operator() if who == WHO else None)
        app.view_functions["locust.login"] = self._page
        app.add_url_rule(f"{base}/login", "storm.login", self._enter, methods=["POST"])
        app.before_request(self._keep_out)

    @staticmethod
    def is_about_login() -> bool:
        """Whether the request at hand is for the form itself."""
        return request.endpoint in {"locust.login", "storm.login"}

    def _keep_out(self) -> Any:
        """Before every page: those of Locust that are open to all come in here, too."""
        if self.is_about_login() or request.endpoint == "storm.asset" or current_user.is_authenticated:
            return None
        if request.method == "GET" and request.accept_mimetypes.best == "text/html":
            return redirect(f"{self._base}/login")
        return Response("Log in first.\n", 401, mimetype="text/plain")

    def _page(self, said: str = "", status: int = 200) -> Response:
        page = render("login.html", base=self._base, token=self.token, said=said)
        return Response(page, status, mimetype="text/html", headers={"Content-Security-Policy": POLICY})

    def _enter(self) -> Any:
        now_s = time.monotonic()
        if self._tries.too_many(now_s):
            return self._page("Too many wrong passwords: wait a minute.", 429)
        given = request.form.get("password", "").encode()
        if not hmac.compare_digest(given, self._password.reveal().encode()):
            self._tries.wrong(now_s)
            gevent.sleep(WRONG_TAKES_S)
            return self._page("That is not the password.", 403)
        login_user(Operator())
        return redirect(f"{self._base}/storm")
