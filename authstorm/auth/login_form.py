"""Which form of a page a person would fill in, and what is then sent: pure decisions on forms that were read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from authstorm.auth.html_forms import Button, Field, Form

Pairs = list[tuple[str, str]]

_TEXT: Final = frozenset({"text", "email", "tel"})
_TYPED: Final = _TEXT | {"password", "search", "number", "url", "date", "textarea"}
_BOXES: Final = frozenset({"checkbox", "radio"})
_NAMES: Final = ("username", "user", "email", "login", "identifier", "account", "mail")
_YES: Final = (
    "allow", "accept", "authorize", "authorise", "approve", "agree", "grant", "confirm", "consent", "continue", "yes",
)  # fmt: skip
_NO: Final = (
    "deny", "cancel", "reject", "decline", "refuse", "disagree", "disallow", "not ", "don't", "logout", "log out",
    "sign out", "signout", "abort",
)  # fmt: skip
_ASIDE: Final = (
    "google", "facebook", "github", "gitlab", "apple", "microsoft", "linkedin", "saml", "sso", "passkey", "webauthn",
    "security key", "magic link", "one-time", "register", "sign up", "signup", "create account", "create an account",
    "forgot", "reset", "resend", "show password", "language",
)  # fmt: skip
"""What the other buttons of a login form say: in by another way, or no way in."""
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FormHints:
    """What a target says about its pages, where they cannot be understood by themselves.

    ``username`` and ``password`` are names of fields, "" to find them. ``extra`` goes with the login form and
    ``consent`` with the consent page, in place of fields and buttons of the same name.
    """

    username: str = ""
    password: str = ""
    extra: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    consent: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class LoginForm:
    """A form to sign in with; ``username`` is "" where only the password is asked for, ``password`` likewise."""

    form: Form
    username: str
    password: str


def find_login_form(forms: Sequence[Form], hints: FormHints) -> LoginForm | None:
    """The form that asks for name and password; else one that asks for the name alone, the first of two pages.

    A form with two password fields, or one for a new password, is for registering or changing it.
    """
    asked = [form for form in forms if form.method == "POST"]
    for form in asked:
        secret = _password_field(form, hints)
        if secret:
            return LoginForm(form, _username_field(form, hints, secret), secret)
    for form in asked:
        name = _lone_username(form, hints)
        if name:
            return LoginForm(form, name, "")
    return None


def find_consent_form(forms: Sequence[Form]) -> Form | None:
    """The form that a person agrees with: it asks for no typing, and its buttons do not only say no."""
    able = [
        form
        for form in forms
        if form.method == "POST"
        and not any(control.kind in _TYPED for control in form.fields)
        and (form.fields or form.buttons)
        and not (form.buttons and all(_says(button, _NO) for button in form.buttons))
    ]
    willing = [form for form in able if any(_agrees(button) for button in form.buttons)]
    return next(iter(willing or able), None)


def login_button(form: Form) -> Button | None:
    """What a person presses to sign in: the first button that leads there, else the first that does not say no."""
    willing = [button for button in form.buttons if not _says(button, _NO)]
    return next((button for button in willing if not _says(button, _ASIDE)), next(iter(willing), None))


def consent_button(form: Form) -> Button | None:
    """What a person presses to agree: the button that says yes, else the first that does not say no."""
    willing = (button for button in form.buttons if not _says(button, _NO))
    return next((button for button in form.buttons if _agrees(button)), None) or next(willing, None)


def filled_login(login: LoginForm, hints: FormHints, name: str, password: str) -> Pairs:
    """What is sent to sign in: every field as it stands, the name, the password, and the button."""
    typed = {field: value for field, value in ((login.username, name), (login.password, password)) if field}
    sent = [(control.name, control.value) for control in login.form.fields if control.sent]
    return _with(_pressed(sent, login_button(login.form)), {**typed, **hints.extra})


def filled_consent(form: Form, hints: FormHints) -> Pairs:
    """What is sent to agree: every field as it stands, every box ticked, and the button."""
    sent = [(control.name, control.value) for control in form.fields if control.sent or control.kind == "checkbox"]
    return _with(_pressed(sent, consent_button(form)), hints.consent)


def _password_field(form: Form, hints: FormHints) -> str:
    if hints.password:
        return hints.password if any(control.name == hints.password for control in form.fields) else ""
    secrets = [control for control in form.fields if control.kind == "password"]
    return secrets[0].name if len(secrets) == 1 and secrets[0].hint != "new-password" else ""


def _username_field(form: Form, hints: FormHints, secret: str) -> str:
    """The field of the name: the one that the target names or the page marks, else the nearest above the password."""
    if hints.username:
        return hints.username if any(control.name == hints.username for control in form.fields) else ""
    marked = _marked(form)
    if marked is not None:
        return marked.name
    names = [control.name for control in form.fields]
    above = form.fields[: names.index(secret)]
    return next((control.name for control in reversed(above) if control.kind in _TEXT), "")


def _lone_username(form: Form, hints: FormHints) -> str:
    if hints.username:
        return hints.username if any(control.name == hints.username for control in form.fields) else ""
    typed = [control for control in form.fields if control.kind in _TYPED]
    if len(typed) != 1 or typed[0].kind not in _TEXT or "one-time-code" in typed[0].hint:
        return ""
    return typed[0].name if _marked(form) is not None else ""


def _marked(form: Form) -> Field | None:
    """The text field that says it is for the user's name, by ``autocomplete`` or by its own name."""
    texts = [control for control in form.fields if control.kind in _TEXT]
    hinted = (control for control in texts if "username" in control.hint)
    named = (control for word in _NAMES for control in texts if word in control.name.lower())
    return next(hinted, None) or next(named, None)


def _says(button: Button, words: Sequence[str]) -> bool:
    return any(word in button.label for word in words)


def _agrees(button: Button) -> bool:
    return _says(button, _YES) and not _says(button, _NO)


def _pressed(sent: Pairs, button: Button | None) -> Pairs:
    return [*sent, (button.name, button.value)] if button is not None and button.name else sent


def _with(sent: Pairs, given: Mapping[str, str]) -> Pairs:
    """The fields with some replaced in their place; those that the form does not have come last."""
    left = dict(given)
    pairs = [
        (name, left.pop(name, "") if name in given else value)
        for name, value in sent
        if name not in given or name in left
    ]
    return [*pairs, *left.items()]
