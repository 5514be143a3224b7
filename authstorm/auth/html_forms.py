"""The forms of an HTML page, with what a browser would send of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from authstorm.auth.session import Answer

_CONTROLS: Final = "input,button,select,textarea"
_OFF: Final = "fieldset[disabled]"
_SWITCHED_OFF: Final = ",".join(f"{_OFF} {control}" for control in _CONTROLS.split(","))
_BUTTONS: Final = frozenset({"submit", "image", "button", "reset"})
_MOST_FORMS: Final = 20
_MOST_CONTROLS: Final = 1000
_MOST_TAGS: Final = 10_000
"""What a page may have; the rest of a larger one is not looked at. Reading costs the square of how deep tags nest."""


@dataclass(frozen=True, slots=True)
class Field:
    """One control with a name. ``kind`` is its type in lower case (``select`` and ``textarea`` are kinds too).

    ``hint`` is what its ``autocomplete`` says. ``sent`` is whether a browser sends it untouched: a box that is not
    ticked is not. The text shows no value.
    """

    name: str
    kind: str
    value: str
    hint: str = ""
    sent: bool = True

    def __repr__(self) -> str:
        return f"Field({self.name!r}, {self.kind!r})"


@dataclass(frozen=True, slots=True)
class Button:
    """A control that sends its form; ``label`` is what a person reads on it, in lower case.

    ``action`` and ``method`` are where and how it sends the form, as written, where it says so itself.
    """

    name: str
    value: str
    label: str
    action: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """One form: the absolute URL it goes to, ``GET`` or ``POST``, its fields and buttons in the page's order.

    ``base`` is what relative URLs of its page hang on.
    """

    url: str
    method: str
    fields: tuple[Field, ...]
    buttons: tuple[Button, ...]
    base: str = ""

    def sent_by(self, button: Button | None) -> Form:
        """The form as a button sends it; none turns POST into GET, which would put a password into a URL."""
        if button is None or not (button.action or button.method):
            return self
        url = _joined(self.base, button.action) if button.action else self.url
        return replace(self, url=url, method="POST" if _method(button.method) == "POST" else self.method)

    def __repr__(self) -> str:
        names = ", ".join(_short(field.name) for field in self.fields[:12])
        return f"{self.method} {_short(urlsplit(self.url).path, 80)}: {names or 'no named field'}"


def read_forms(answer: Answer, url: str) -> tuple[Form, ...]:
    """The forms of a page that came from ``url``, in its order; () for what is no HTML, whatever it is.

    Read as browsers do: unclosed and misnested tags, controls outside of their form (``form=``), ``<base href>``.
    """
    page = _read(answer)
    if page is None:
        return ()
    drafts = [_Draft(node) for node in page.css("form")[:_MOST_FORMS]]
    switched_off = {control.mem_id for control in page.css(_SWITCHED_OFF)} if page.css_first(_OFF) else ()
    around = {control.mem_id: draft for draft in drafts for control in draft.node.css(_CONTROLS)}
    by_id = {draft.attributes["id"]: draft for draft in reversed(drafts) if draft.attributes.get("id")}
    last: _Draft | None = None
    for node in page.css(f"form,{_CONTROLS}")[:_MOST_CONTROLS]:
        attributes = node.attributes
        if node.mem_id in switched_off:
            continue
        if node.tag == "form":
            last = next((draft for draft in drafts if draft.node.mem_id == node.mem_id), last)
        elif "form" in attributes:
            _add(by_id.get(attributes["form"]), node, attributes)
        else:
            # a form that begins between table and row ends there at once, and its controls still belong to it
            _add(
                around.get(node.mem_id) or (last if last and last.node.first_child is None else None), node, attributes
            )
    base = next((node.attributes.get("href") or "" for node in page.css("base[href]")), "")
    base = _joined(url, base)
    return tuple(draft.form(base, url) for draft in drafts)


def read_words(answer: Answer) -> str:
    """What a person reads on a page, on one line; "" for what is no HTML."""
    page = _read(answer)
    if page is None or page.body is None:
        return ""
    page.strip_tags(["script", "style", "noscript", "template"])
    return " ".join("".join(sign if sign.isprintable() else " " for sign in page.body.text(separator=" ")).split())


class _Draft:
    """A form while its controls are being found."""

    __slots__ = ("attributes", "buttons", "fields", "node")

    def __init__(self, node: Any) -> None:
        self.node = node
        self.attributes: dict[str, str | None] = node.attributes
        self.fields: list[Field] = []
        self.buttons: list[Button] = []

    def form(self, base: str, page: str) -> Form:
        """The finished form."""
        action = (self.attributes.get("action") or "").strip()
        method = _method(self.attributes.get("method") or "")
        return Form(_joined(base, action) if action else page, method, tuple(self.fields), tuple(self.buttons), base)


def _add(draft: _Draft | None, node: Any, attributes: dict[str, str | None]) -> None:
    """Take in one control; disabled and nameless ones send nothing, but for buttons."""
    if draft is None or "disabled" in attributes:
        return
    tag, name = node.tag, attributes.get("name") or ""
    kind = (attributes.get("type") or "").strip().lower() or ("submit" if tag == "button" else "text")
    if tag in {"input", "button"} and kind in _BUTTONS:
        if kind in {"submit", "image"}:
            value = attributes.get("value") or ""
            label = f"{node.text()} {value} {name}".lower()
            action, method = (attributes.get(key) or "" for key in ("formaction", "formmethod"))
            draft.buttons.append(Button(name, value, label, action.strip(), method.strip()))
    elif name:
        draft.fields.append(_field(tag, kind, name, attributes, node))


def _field(tag: str, kind: str, name: str, attributes: dict[str, str | None], node: Any) -> Field:
    value = attributes.get("value") or ""
    hint = (attributes.get("autocomplete") or "").lower()
    if tag == "select":
        chosen = _chosen(node)
        return Field(name, "select", chosen or "", hint, chosen is not None)
    if tag == "textarea":
        return Field(name, "textarea", node.text(), hint)
    if kind in {"checkbox", "radio"}:
        return Field(name, kind, value if "value" in attributes else "on", hint, "checked" in attributes)
    return Field(name, kind, value, hint)


def _chosen(node: Any) -> str | None:
    """The value of the option that is selected, else of the first that can be; a list of many has none selected."""
    options = [option for option in node.css("option") if "disabled" not in option.attributes]
    first = options[0] if options and "multiple" not in node.attributes else None
    option = next((option for option in options if "selected" in option.attributes), first)
    if option is None:
        return None
    value: str | None = option.attributes.get("value")
    return str(option.text(strip=True)) if value is None else value


def _method(written: str) -> str:
    return "POST" if written.strip().lower() == "post" else "GET"


def _joined(base: str, action: str) -> str:
    try:
        return urljoin(base, action)
    except ValueError:  # an open bracket: no URL at all, and who would go there says so
        return action


def _content_type(header: str) -> tuple[str, str]:
    kind, _, parameters = header.lower().partition(";")
    charset = parameters.partition("charset=")[2].partition(";")[0].strip().strip("\"'")
    return kind.strip(), charset


def _decoded(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):  # no such encoding, or a zero byte in its name
        return body.decode("utf-8", "replace")


def _read(answer: Answer) -> LexborHTMLParser | None:
    """The page in an answer; None for what is no HTML by its label."""
    kind, charset = _content_type(answer.header("content-type"))
    if kind not in {"text/html", "application/xhtml+xml", ""}:
        return None
    return LexborHTMLParser(_cut(_decoded(answer.body, charset)))


def _cut(text: str) -> str:
    """As much of a page as is looked at."""
    return text if text.count("<") <= _MOST_TAGS else "<".join(text.split("<", _MOST_TAGS)[:_MOST_TAGS])


def _short(text: str, most: int = 40) -> str:
    """A name from a page, fit for a log: printable and short."""
    shown = "".join(sign if sign.isprintable() else "?" for sign in text[: most + 1])
    return shown if len(shown) <= most else f"{shown[:most]}…"
