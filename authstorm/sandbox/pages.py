"""The few pages that a browser sees; what goes into them is escaped."""

from __future__ import annotations

from jinja2 import Environment

from authstorm.sandbox.exchange import HTML, Answer

LAYOUT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ title }}</title>
<style>body{font:16px/1.5 system-ui;max-width:42rem;margin:3rem auto;padding:0 1rem}
label{display:block;margin:.5rem 0}.wrong{color:#a00000}.note{background:#fff3c4;padding:.5rem 1rem}</style>
</head><body>
<p class="note">Authstorm sandbox: a rehearsal partner for load tests, not an identity provider.
It holds synthetic accounts in memory and answers on this machine alone.</p>
<h1>{{ title }}</h1>
{%- block body %}{% endblock %}
</body></html>
"""

INDEX = """{% extends layout %}{% block body %}
<p>Issuer: <code>{{ issuer }}</code></p>
<ul>{% for name, url in links %}<li><a href="{{ url }}">{{ name }}</a></li>{% endfor %}</ul>
{% endblock %}"""

LOGIN = """{% extends layout %}{% block body %}
{% if wrong %}<p class="wrong" role="alert">The user name or the password is wrong.</p>{% endif %}
<form method="post" action="{{ action }}">
<input type="hidden" name="csrf_token" value="{{ csrf }}">
<label>User name <input name="username" autocomplete="username" value="{{ username }}" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button type="submit">Sign in</button>
</form>
{% endblock %}"""

TROUBLE = """{% extends layout %}{% block body %}
<p class="wrong" role="alert"><code>{{ error }}</code>: {{ description }}</p>
{% endblock %}"""


class Pages:
    """Renders the pages; templates are compiled once."""

    def __init__(self, issuer: str) -> None:
        environment = Environment(autoescape=True)
        self._layout = environment.from_string(LAYOUT)
        self._login = environment.from_string(LOGIN)
        self._trouble = environment.from_string(TROUBLE)
        links = [
            ("discovery document", "/.well-known/openid-configuration"),
            ("key set", "/jwks"),
            ("what was asked so far", "/control/counts"),
            ("faults that are on", "/control/faults"),
        ]
        index = environment.from_string(INDEX)
        self._index = index.render(layout=self._layout, title="Authstorm sandbox", issuer=issuer, links=links)

    def index(self) -> Answer:
        """What this is, and where things are."""
        return Answer(200, HTML, self._index.encode())

    def login(self, action: str, csrf: str, username: str = "", *, wrong: bool = False) -> Answer:
        """The login form; ``wrong`` says that the last try failed. Its status is 200 all the same, as is usual."""
        page = self._login.render(
            layout=self._layout, title="Sign in", action=action, csrf=csrf, username=username, wrong=wrong
        )
        return Answer(200, HTML, page.encode())

    def trouble(self, status: int, error: str, description: str) -> Answer:
        """An error that must not be sent to a redirect URI (RFC 6749 section 4.1.2.1)."""
        page = self._trouble.render(
            layout=self._layout, title="That did not work", error=error, description=description
        )
        return Answer(status, HTML, page.encode())
