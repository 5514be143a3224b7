"""Locust's own files: complete, in Locust's columns, and without secrets."""

from locust import User
from locust.env import Environment

import csv
import io

import pytest

from authstorm.report.folder import RunFolder
from authstorm.report.locust_files import failures_csv, locust_html, requests_csv, write_locust_files


class Visitor(User):
    pass


@pytest.fixture
def environment():
    environment = Environment(user_classes=[Visitor])
    environment.create_local_runner()
    for number in range(172):
        failure = ValueError('body was "hush<&" 503') if number % 43 == 0 else None
        environment.events.request.fire(
            request_type="POST", name="login", response_time=10 + number, response_length=100, exception=failure,
            context={}, url=None, response=None, start_time=0.0,
        )  # fmt: skip
    yield environment
    environment.runner.quit()


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_the_requests_are_all_there(environment):
    login, total = rows(requests_csv(environment, str))
    assert (login["Type"], login["Name"], login["Request Count"], login["Failure Count"]) == (
        "POST",
        "login",
        "172",
        "4",
    )
    assert (login["Min Response Time"], login["Max Response Time"]) == ("10", "181")
    assert total["Name"] == "Aggregated"
    assert list(login)[-1] == "100%"


def test_the_failures_are_all_there_and_redacted_before_they_are_quoted(environment):
    redact = lambda text: text.replace('"hush<&"', "[redacted]")  # noqa: E731
    (failure,) = rows(failures_csv(environment, redact))
    assert (failure["Name"], failure["Occurrences"]) == ("login", "4")
    assert failure["Error"] == "ValueError('body was [redacted] 503')"


def test_locusts_page_is_redacted_in_its_data_and_left_alone_elsewhere(environment):
    page = locust_html(environment, lambda text: text.replace('"hush<&"', "[redacted]").replace("React", "broken"))
    assert "hush" not in page
    assert "body was [redacted] 503" in page
    assert "React" in page, "the script around the data is Locust's own and must still run"


def test_the_three_files_are_written(environment, tmp_path):
    folder = RunFolder(tmp_path)
    write_locust_files(folder, environment, str)
    assert {path.name for path in tmp_path.iterdir()} == {"requests.csv", "failures.csv", "locust.html"}
