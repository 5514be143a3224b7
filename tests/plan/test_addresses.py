"""Addresses, accounts and secrets in a target that lead nowhere, somewhere else, or give something away."""

import pytest
from pydantic import ValidationError

from authstorm.plan.network import Network
from authstorm.plan.sandbox_options import SandboxOptions
from authstorm.plan.secrets import SecretName
from authstorm.plan.target import Target
from authstorm.plan.web_address import web_address
from tests.plan.test_targets import GIVEN, target

PASSWORD = "hunter2hunter2"


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:9080", "auth", "ftp://127.0.0.1", "http://", "http://127.0.0.1:99999", "http://127.0.0.1:x",
        "http://127.0.0.1:0", "http://[::1", "http://127.0.0.1/?x=1", "http://127.0.0.1/a b", "http://127.0.0.1\n",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url):
    with pytest.raises(ValueError, match=r"web address|[Pp]ort|IPv6|query"):
        web_address(url)


@pytest.mark.parametrize("key", ["url", "issuer"])
def test_credentials_in_an_address_are_refused_and_not_shown(key):
    with pytest.raises(ValidationError) as caught:
        target(**{key: f"http://me:{PASSWORD}@127.0.0.1"})
    told = caught.value.errors()[0]["ctx"]["error"]
    assert "credentials" in str(told)
    assert PASSWORD not in str(told)


def test_credentials_of_a_proxy_belong_into_the_environment():
    with pytest.raises(ValidationError) as caught:
        Network(proxy=f"http://me:{PASSWORD}@127.0.0.1:3128")
    assert PASSWORD not in str(caught.value.errors()[0]["ctx"]["error"])


@pytest.mark.parametrize("url", ["http://[::1", "http://127.0.0.1:x/", "ftp://127.0.0.1/", "javascript:alert(1)"])
def test_an_endpoint_that_leads_nowhere_is_refused(url):
    with pytest.raises(ValidationError):
        target(endpoints={"token": url})


@pytest.mark.parametrize("url", ["/token", "token", "https://127.0.0.1/token?tenant=1", ""])
def test_an_endpoint_may_be_relative_and_have_a_query(url):
    assert target(endpoints={"token": url}).endpoints.token == url


@pytest.mark.parametrize("pattern", ["{n.foo}", "{n[0]}", "{n:.1g}", "{n:c}", "{n:99999999999d}", "{n!r}", "{}"])
def test_a_pattern_that_could_name_two_visitors_alike_is_refused(pattern):
    with pytest.raises(ValidationError, match=r"\{n:05d\}"):
        target(accounts=GIVEN["accounts"] | {"pattern": pattern})


@pytest.mark.parametrize("given", [PASSWORD, [PASSWORD], 123456789, {"env": f"{PASSWORD}!"}])
def test_a_secret_in_the_file_is_not_repeated_whatever_its_type(given):
    with pytest.raises(ValidationError) as caught:
        Target.model_validate(GIVEN | {"client": {"id": "c", "secret": given}})
    told = caught.value.errors()[0]
    assert told["type"] == "value_error"
    assert "hunter2" not in str(told["ctx"]["error"])
    assert "123456789" not in str(told["ctx"]["error"])


@pytest.mark.parametrize(
    ("content", "told"), [(b"", "empty file"), (b"\n", "empty file"), (b"\xff\xfe\x00", "no UTF-8")]
)
def test_a_secret_file_without_a_secret_is_refused(tmp_path, content, told):
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(KeyError, match=told):
        SecretName(env="X").resolve({"X_FILE": str(tmp_path / "secret")})


@pytest.mark.parametrize("options", [{"hash-cost": 15}, {"access-ttl": "1500ms"}])
def test_what_the_sandbox_would_refuse_is_refused_before_it_starts(options):
    with pytest.raises(ValidationError):
        SandboxOptions.model_validate(options)
