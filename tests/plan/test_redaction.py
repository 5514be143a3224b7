"""Secrets and tokens go out of every text by their value."""

import pickle

import pytest

from authstorm.plan.hidden_values import HiddenValues
from authstorm.plan.secrets import HIDDEN, Redactor, Secret, SecretName

TOKEN = "Zm9vYmFyYmF6cXV4-_123456"
JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c2VyMDAwMSJ9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("gloss", "text"),
    [
        ("alone", "{}"), ("in a header", "Authorization: Bearer {}"), ("in a form", "grant=x&refresh_token={}&a=b"),
        ("in JSON", '{{"token": "{}"}}'), ("at the end of a sentence", "it was {}."), ("in a path", "/revoke/{}/now"),
    ],
)  # fmt: skip
def test_a_token_that_was_seen_is_hidden_wherever_it_stands(gloss, text):
    redact = Redactor()
    redact.saw(TOKEN)
    assert TOKEN not in redact(text.format(TOKEN)), gloss
    assert redact("nothing to hide in this-long-harmless-name") == "nothing to hide in this-long-harmless-name"


def test_a_signed_token_is_hidden_even_if_it_was_never_seen():
    assert Redactor()(f"got {JWT}!") == f"got {HIDDEN}!"


def test_a_known_secret_is_hidden_also_where_it_is_encoded():
    redact = Redactor([Secret("p/w d+ü&=")])
    assert redact("p/w d+ü&= p%2Fw%20d%2B%C3%BC%26%3D p%2Fw+d%2B%C3%BC%26%3D") == f"{HIDDEN} {HIDDEN} {HIDDEN}"


def test_a_secret_inside_another_leaves_no_rest():
    redact = Redactor([Secret("storm"), Secret("storm-cloud")])
    assert redact("storm-cloud") == HIDDEN


def test_old_tokens_are_forgotten_only_after_as_many_new_ones():
    redact = Redactor(keep=10)
    redact.saw(TOKEN)
    for number in range(15):
        redact.saw(f"another-token-{number:04d}")
    assert redact(TOKEN) == HIDDEN


def test_no_text_of_a_secret_shows_it():
    secret = Secret("hunter2hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]}"
    with pytest.raises(TypeError, match="not to be pickled"):
        pickle.dumps(secret)


def test_a_secret_written_into_yaml_is_refused():
    with pytest.raises(ValueError, match="a secret never stands in YAML"):
        SecretName.model_validate("hunter2hunter2")


def test_a_secret_is_hidden_as_it_stands_in_json():
    redact = Redactor([Secret('say "ü"')])
    assert redact(r'{"a": "say \"ü\"", "b": "say \"\u00fc\""}') == f'{{"a": "{HIDDEN}", "b": "{HIDDEN}"}}'


def test_a_secret_is_hidden_as_it_stands_in_a_page():
    redact = Redactor([Secret("""a<b&"c'd""")])
    pythons, jinjas = "a&lt;b&amp;&quot;c&#x27;d", "a&lt;b&amp;&#34;c&#39;d"
    assert redact(f"<p>{pythons}</p><p>{jinjas}</p>") == f"<p>{HIDDEN}</p><p>{HIDDEN}</p>"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("pass-0007", HIDDEN), ("xpass-0007y", f"x{HIDDEN}y"), ("pass-00", "pass-00"), ("pass-9999", "pass-9999"),
        ("pass-0001pass-0002", HIDDEN * 2), ("pass-0001-long and pass-0001", f"{HIDDEN} and {HIDDEN}"),
        ("", ""), ("pas", "pas"), ("a%20b%26c7", HIDDEN), ("nothing here", "nothing here"),
    ],
)  # fmt: skip
def test_each_of_very_many_passwords_is_hidden(text, clean):
    redact = Redactor()
    redact.add_all(Secret(f"pass-{number:04d}") for number in range(5000))
    redact.add_all([Secret("pass-0001-long"), Secret("abc"), Secret("a b&c7")])
    assert redact(text) == clean


def test_how_many_there_are_hardly_counts():
    """By steps, not by time: a place in the text is looked up by its start and the lengths that begin so."""
    values = HiddenValues()
    values.add(f"same-start-{number}" for number in range(20_000))
    assert values._lengths == {"same": [16, 15, 14, 13, 12]}
