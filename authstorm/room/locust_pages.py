"""Locust's own page in the room: it starts and stops the same runs, chosen from the same lists, and shows no secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from flask import Response, jsonify, request

from authstorm.plan.choice import Menu
from authstorm.report.locust_files import locust_html
from authstorm.room.moment import chosen
from authstorm.room.pages import Pages

if TYPE_CHECKING:
    from locust.env import Environment

FIELDS: Final = {"spike_profile": "profile", "target": "target", "spike_seed": "seed", "spike_scale": "scale"}
"""The custom arguments that Locust's page asks for, and what we call them."""
_HELP: Final = {
    "spike_profile": "who comes and when",
    "target": "the service under test",
    "spike_seed": "empty: the profile's own; new: one that is drawn",
    "spike_scale": "multiplies every rate of the profile",
}


def take_over(environment: Environment, pages: Pages) -> None:
    """Put our own views where Locust's would load any host, wipe statistics in a run, or change user classes."""
    web_ui: Any = environment.web_ui
    views = web_ui.app.view_functions
    told_hosts = {""}  # what Locust's page may bring back: it keeps the host of the run before

    def swarm() -> Response:
        """Start a run; Locust shows the message of a refusal."""
        if request.form.get("host", "") not in told_hosts:
            return _locust_says("The target says which host is loaded: leave the host as it is.")
        form = {ours: request.form[theirs] for theirs, ours in FIELDS.items() if theirs in request.form}
        answer = pages.start_chosen(form)
        return _locust_says(answer.get_json()["why"])

    def stop() -> Response:
        """End a run in order."""
        pages.starter.stop()
        return jsonify({"success": True, "message": "Test stopped"})

    def _locust_says(refusal: str) -> Response:
        message = refusal or "The run has started."
        told_hosts.add(environment.host or "")
        return jsonify({"success": not refusal, "message": message, "host": environment.host or ""})

    views["locust.swarm"] = swarm
    views["locust.stop"] = stop
    views["locust.stats_report"] = lambda: locust_html(environment, pages.redact)
    views["locust.reset_stats"] = lambda: _refused("The numbers of a run are not reset: start another one.")
    views["locust.update_user"] = lambda: _refused("What visitors do is said by profile and target alone.")
    views["locust.index"] = _with_token(views["locust.index"], pages.token, pages.base)
    web_ui.update_template_args = _told(web_ui, web_ui.update_template_args, pages, told_hosts)


def _refused(why: str) -> Response:
    return Response(f"{why}\n", 403, mimetype="text/plain")


def _with_token(index: Callable[[], Any], token: str, base: str) -> Callable[[], Any]:
    """Locust's page with our script before its own, so that its buttons bring the token."""
    script = f'<script src="{base}/storm/assets/locust.js"></script>'
    ours = f'<meta name="authstorm" content="{token}" data-base="{base}">{script}'

    def view() -> Any:
        page = index()
        return page.replace("<head>", f"<head>{ours}", 1) if isinstance(page, str) else page

    return view


def _told(web_ui: Any, usual: Callable[[], None], pages: Pages, told_hosts: set[str]) -> Callable[[], None]:
    """What Locust's page is made of, but of all arguments only those that people choose from lists."""

    def update() -> None:
        usual()
        web_ui.template_args["extra_options"] = options(pages.menu(), chosen(pages.starter.choice))
        told_hosts.add(web_ui.template_args["host"])

    return update


def options(menu: Menu, now: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The lists in Locust's words."""
    lists = {"profile": menu.profiles, "target": menu.targets, "seed": menu.seeds, "scale": menu.scales}
    return {
        theirs: {
            "default_value": now[ours],
            "is_secret": False,
            "is_required": False,
            "help_text": _HELP[theirs],
            "is_multiple": False,
            "choices": list(dict.fromkeys([*lists[ours], now[ours]])),
        }
        for theirs, ours in FIELDS.items()
    }
