"""Which form is the one to sign in or to agree with, and what is sent; pages as providers write them."""

from __future__ import annotations

import pytest

from authstorm.auth.html_forms import read_forms
from authstorm.auth.login_form import (
    FormHints,
    filled_consent,
    filled_login,
    find_consent_form,
    find_login_form,
    login_button,
)
from tests.auth.fakes import FakeAnswer

SEARCH = '<form action="/search"><input name="q"><button>Search</button></form>'
SIGN_UP = (
    '<form method=post action="/join"><input name="email">'
    '<input type="password" name="one" autocomplete="new-password">'
    '<input type="password" name="two" autocomplete="new-password"></form>'
)
KEYCLOAK = (
    '<form id="kc-form-login" action="/login-actions/authenticate?execution=1" method="post">'
    '<input id="username" name="username" value="" type="text" autocomplete="username">'
    '<input id="password" name="password" type="password" autocomplete="current-password">'
    '<input id="rememberMe" name="rememberMe" type="checkbox">'
    '<input type="hidden" id="id-hidden-input" name="credentialId"/>'
    '<input name="login" id="kc-login" type="submit" value="Sign In"/></form>'
)
IDENTIFIER_FIRST = (
    '<form method="POST"><input type="hidden" name="state" value="s"><input name="username" type="text"'
    ' inputmode="email" autocomplete="username"><input type="hidden" name="js-available" value="true">'
    '<button type="submit" name="action" value="default">Continue</button></form>'
    '<form method="post" data-provider="google"><input type="hidden" name="connection" value="google">'
    "<button>Continue with Google</button></form>"
)
SECOND_PAGE = (
    '<form method="POST"><input type="hidden" name="username" value="ann"><input name="password" type="password">'
    '<button type="submit" name="action" value="default">Continue</button></form>'
)
CODE_PAGE = '<form method=post><input name="otp" autocomplete="one-time-code"><button>Verify</button></form>'


KRATOS = (
    '<form action="/self-service/login?flow=1" method="POST"><input type="hidden" name="csrf_token" value="t">'
    '<button name="provider" value="google">Sign in with Google</button>'
    '<button name="provider" value="generic">Sign in with SSO</button>'
    '<input name="identifier" type="text"><input name="password" type="password" autocomplete="current-password">'
    '<button name="method" value="webauthn">Use a security key</button>'
    '<button name="method" type="submit" value="password">Sign in</button></form>'
)
COGNITO_FORM = (
    '<form name="cognitoSignInForm" action="/login?client_id=1" method="POST">'
    '<input type="hidden" name="_csrf" value="t"><input name="username" type="text" autocapitalize="none" required>'
    '<input name="password" type="password" required><input type="hidden" name="cognitoAsfData"/>'
    '<a href="/forgotPassword">Forgot your password?</a>'
    '<input name="signInSubmitButton" type="Submit" value="Sign in"/></form>'
)
COGNITO = COGNITO_FORM.replace("client_id=1", "client_id=1&small") + COGNITO_FORM  # for small and for large screens
ZITADEL_NAME = (
    '<form action="/ui/login/loginname" method="POST"><input type="hidden" name="gorilla.csrf.Token" value="t">'
    '<input type="hidden" name="authRequestID" value="7"><label>Login Name</label>'
    '<input class="lgn-input" type="text" id="loginName" name="loginName" autocomplete="username" required>'
    '<button type="submit" name="register" value="true" formnovalidate>Register</button>'
    '<button id="submit-button" type="submit">Next</button></form>'
)


def forms(html):
    return read_forms(FakeAnswer(200, html.encode(), {"content-type": "text/html"}), "https://idp.example.test/a")


@pytest.mark.parametrize(
    ("page", "hints", "expected", "gloss"),
    [
        (SEARCH + SIGN_UP + KEYCLOAK, FormHints(), ("username", "password"), "Keycloak, after a search and a sign-up"),
        (IDENTIFIER_FIRST, FormHints(), ("username", ""), "Auth0's first page"),
        (SECOND_PAGE, FormHints(), ("", "password"), "its second page, where the name is hidden"),
        (
            "<form method=post><input name=x1><input type=password name=x2></form>",
            FormHints(),
            ("x1", "x2"),
            "names that say nothing: the text above the password",
        ),
        (KRATOS, FormHints(), ("identifier", "password"), "Ory Kratos: other ways in before the password"),
        (COGNITO, FormHints(), ("username", "password"), "Cognito: the form twice"),
        (ZITADEL_NAME, FormHints(), ("loginName", ""), "Zitadel's login of version 1: the name first"),
        (
            "<form method=post><input name=tenant><input name=email><input type=password name=p></form>",
            FormHints(),
            ("email", "p"),
            "a name that says it",
        ),
        (
            "<form method=post><input name=tenant><input name=who><input type=text name=pin></form>",
            FormHints(username="who", password="pin"),
            ("who", "pin"),
            "fields that only the target can tell",
        ),
    ],
)
def test_a_login_form_is_found(page, hints, expected, gloss):
    found = find_login_form(forms(page), hints)
    assert found is not None, gloss
    assert (found.username, found.password) == expected, gloss


@pytest.mark.parametrize(
    ("page", "hints", "gloss"),
    [
        (SEARCH, FormHints(), "a search"),
        (SIGN_UP, FormHints(), "a sign-up"),
        (CODE_PAGE, FormHints(), "a second factor"),
        (KEYCLOAK, FormHints(username="user", password="pass"), "the named fields are not there"),
        (KEYCLOAK.replace('method="post"', ""), FormHints(), "a password never goes into a URL"),
        ('<div id="root"></div><script src="app.js"></script>', FormHints(), "a page made by a script"),
    ],
)
def test_no_login_form_is_found(page, hints, gloss):
    assert find_login_form(forms(page), hints) is None, gloss


def test_hidden_fields_and_the_button_go_along_and_boxes_stay_as_they_are():
    login = find_login_form(forms(KEYCLOAK), FormHints())
    assert filled_login(login, FormHints(), "ann", "p&w") == [
        ("username", "ann"), ("password", "p&w"), ("credentialId", ""), ("login", "Sign In"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("page", "pressed", "gloss"),
    [
        (KRATOS, ("method", "password"), "neither another provider nor a key"),
        (COGNITO, ("signInSubmitButton", "Sign in"), "the one there is"),
        (ZITADEL_NAME, ("", ""), "not the registration"),
        (
            "<form method=post><input name=user><input type=password name=p><button name=to value=x>By SAML</button>",
            ("to", "x"),
            "the only way there is",
        ),
    ],
)
def test_the_button_that_signs_in_is_pressed(page, pressed, gloss):
    login = find_login_form(forms(page), FormHints())
    button = login_button(login.form)
    assert (button.name, button.value) == pressed, gloss


def test_extra_fields_replace_those_of_the_form_and_others_come_last():
    login = find_login_form(forms(KEYCLOAK), FormHints())
    hints = FormHints(extra={"credentialId": "7", "tenant": "t"})
    pairs = dict(filled_login(login, hints, "ann", "pw"))
    assert (pairs["credentialId"], pairs["tenant"]) == ("7", "t")
    assert [*pairs][-1] == "tenant"


@pytest.mark.parametrize(
    ("page", "expected", "gloss"),
    [
        (
            (
                "<form method=post><input type=hidden name=csrf value=t><input type=submit value=Cancel>"
                "<input type=submit name=allow value=Authorize></form>"
            ),
            [("csrf", "t"), ("allow", "Authorize")],
            "django-oauth-toolkit: the first button says no",
        ),
        (
            (
                "<form method=post><input type=checkbox name=grant_scope value=openid>"
                "<input type=checkbox name=grant_scope"
                ' value=offline><input type=submit name=submit value="Allow access"><input type=submit name=submit'
                ' value="Deny access"></form>'
            ),
            [("grant_scope", "openid"), ("grant_scope", "offline"), ("submit", "Allow access")],
            "Hydra's example: boxes to tick",
        ),
        (
            (
                "<form method=post action=/no><button name=x value=0>Deny</button></form>"
                "<form method=post action=/yes><button name=x value=1>Allow</button></form>"
            ),
            [("x", "1")],
            "a form for each answer",
        ),
        (
            (
                "<form method=post action=/logout><button>Log out</button></form>"
                "<form method=post><input type=hidden name=t value=1><button>Weiter</button></form>"
            ),
            [("t", "1")],
            "words that are not known, beside a way out",
        ),
        ("<form method=post><input type=hidden name=SAML value=1></form>", [("SAML", "1")], "a form that sends itself"),
    ],
)
def test_a_consent_page_is_agreed_with(page, expected, gloss):
    form = find_consent_form(forms(page))
    assert form is not None, gloss
    assert filled_consent(form, FormHints()) == expected, gloss


@pytest.mark.parametrize("page", [CODE_PAGE, SEARCH, "<form method=post><button>Deny</button></form>", "<p>Hello</p>"])
def test_what_asks_for_more_than_a_click_is_no_consent_page(page):
    assert find_consent_form(forms(page)) is None


def test_the_target_says_what_is_sent_on_a_consent_page():
    form = find_consent_form(forms("<form method=post><button name=ok value=1>Ja</button></form>"))
    assert filled_consent(form, FormHints(consent={"ok": "2"})) == [("ok", "2")]
