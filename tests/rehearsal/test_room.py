"""The rehearsal room as a process: runs that are chosen, one after the other, and doors that hold for every route."""

import os
import re
import secrets
import signal

import pytest

from .conftest import Sandbox, target_of
from .locust_routes import CHANGES as LOCUSTS_CHANGES
from .locust_routes import PAGES
from .room_process import Room

PASSWORD = "a password for the room"


@pytest.fixture(scope="module")
def sandbox():
    server = Sandbox()
    yield server
    server.close()


@pytest.fixture(scope="module")
def room(sandbox, tmp_path_factory):
    known = target_of(sandbox)
    elsewhere = known | {"name": "elsewhere", "url": "https://auth.example.test", "allow": ["auth.example.test"]}
    targets = [
        known,
        known | {"name": "second"},
        known | {"name": "secretless", "client": {"id": "x", "secret": {"env": "NOBODY_SETS_THIS"}}},
        known | {"name": "silent", "url": "http://127.0.0.1:9"},
        known | {"name": "gentle", "ceiling": "2/s"},
        {key: value for key, value in elsewhere.items() if key != "allow"} | {"name": "forbidden"},
    ]
    opened = Room(tmp_path_factory.mktemp("room"), targets, environ=sandbox.environ)
    try:
        yield opened.wait_until_open()
    finally:
        opened.close()


@pytest.mark.parametrize(
    ("choice", "why"),
    [
        ({"profile": "shrot"}, "did you mean 'short'"),
        ({"profile": "../short"}, "is not on the list"),
        ({"target": "secretless"}, "NOBODY_SETS_THIS"),
        ({"target": "silent"}, "no discovery document"),
        ({"target": "forbidden"}, "'auth.example.test' is neither loopback nor allowed"),
        ({"target": "gentle"}, "above 2/s"),
        ({"scale": "0"}, "no factor above 0"),
    ],
)
def test_a_choice_that_cannot_be_is_told_and_loads_nothing(room, sandbox, choice, why):
    before = sandbox.counts()["requests"]
    runs = room.summaries()
    answer = room.start(**choice)
    assert answer.status_code == 409
    assert why in answer.json()["why"]
    assert "Traceback" not in answer.text
    assert room.state()["phase"] == "idle"
    assert sandbox.counts()["requests"] == before
    assert room.summaries() == runs
    assert room.process.poll() is None


def test_runs_follow_each_other_each_with_its_own_plan_numbers_and_verdict(room):
    assert room.start(profile="short", target="sandbox", seed="5").status_code == 200
    again = room.start(profile="short")
    assert (again.status_code, "A run is going on" in again.json()["why"]) == (409, True)
    first = room.wait_for_verdict()
    assert room.start(profile="short", target="second", seed="6", scale="2").status_code == 200
    second = room.wait_for_verdict(other_than=first["run"]["id"])
    one, two = (room.summaries()[state["run"]["id"]] for state in (first, second))
    assert [(run["run"]["target"], run["run"]["seed"]) for run in (one, two)] == [("sandbox", 5), ("second", 6)]
    assert one["complete"] is two["complete"] is True
    assert one["exit_code"] == first["verdict"]["exit_code"]
    offered = [sum(stage["offered"] for stage in run["stages"]) for run in (one, two)]
    assert offered == [sum(state["facts"]["planned"]) for state in (first, second)]
    assert offered[1] > 1.5 * offered[0]  # twice the rates, drawn anew
    for state, run in ((first, one), (second, two)):
        folder = room.reports / state["run"]["id"]
        assert {path.name for path in folder.iterdir()} >= {"report.html", "junit.xml", "requests.csv", "plan.yaml"}
        steps = sum(step["count"] for step in run["steps"] if step["stage"] == "all")
        drawn = sum(sum(point[5]) for point in state["points"])
        rows = [row.split(",") for row in (folder / "requests.csv").read_text().splitlines()[1:]]
        counts = {row[1]: int(row[2]) for row in rows}
        assert counts["Aggregated"] >= steps  # of this run alone, the unmeasured stage among them
        assert drawn == counts["Aggregated"] - counts["sign-in"]  # which no arrival asked for
        assert sum(point[2] or 0 for point in state["points"]) == state["run"]["totals"]["started"], state["points"]


def test_a_run_that_is_stopped_says_so_and_another_one_can_follow(room):
    room.start(profile="long")
    started = room.wait_for(lambda state: len(state["points"]) >= 2)
    assert started["run"]["now_s"] < 30
    assert room.stop().status_code == 200
    told = room.wait_for_verdict()
    assert told["verdict"]["headline"].startswith("Only a part of a run: it was interrupted")
    assert told["verdict"]["exit_code"] == 130
    assert "No run is going on" in room.stop().json()["why"]
    assert room.state()["phase"] == "idle"


def test_locusts_own_page_starts_the_same_runs_and_nothing_else(room):
    bring = {"X-Authstorm-Token": room.token}
    page = room.get("/").text
    assert re.findall(r'"(spike_\w+|target)": \{"choices"', page) == [
        "spike_profile",
        "spike_scale",
        "spike_seed",
        "target",
    ]
    assert "reports_dir" not in page
    strange = room.post("/swarm", {"host": "https://auth.example.test", "spike_profile": "short"}, **bring).json()
    assert (strange["success"], "leave the host" in strange["message"]) == (False, True)
    wrong = room.post("/swarm", {"spike_profile": "none", "user_count": "9"}, **bring).json()
    assert (wrong["success"], "is not on the list" in wrong["message"]) == (False, True)
    before = set(room.summaries())
    form = {"spike_profile": "long", "target": "sandbox", "spike_seed": "8", "user_classes": "Login", "user_count": "1"}
    assert room.post("/swarm", form, **bring).json()["success"] is True
    room.wait_for(lambda state: len(state["points"]) >= 2)
    assert room.post("/stats/reset", **bring).status_code == 403
    assert room.post("/user", **bring).status_code == 403
    assert room.post("/stop", **bring).json()["success"] is True
    state = room.wait_for_verdict()
    (run,) = set(room.summaries()) - before
    assert state["run"]["id"] == run
    assert room.summaries()[run]["run"]["seed"] == 8


LOCUSTS = tuple(path for path in PAGES if path not in {"/login", "/stats/requests_full_history/csv"})
ROUTES = (*LOCUSTS, "/storm", "/storm/events", "/storm/runs", "/storm/assets/storm.js", "/assets/favicon-dark.png")
CHANGES = (*LOCUSTS_CHANGES, "/storm/start", "/storm/stop", "/login")


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example.test"},
        {"Origin": "http://evil.example.test"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    ],
    ids=lambda headers: " ".join(headers.values()),
)
def test_no_route_answers_a_stranger(room, path, headers):
    answer = room.get(path, **headers)
    assert answer.status_code == 403
    assert len(answer.text) < 200


@pytest.mark.parametrize("path", CHANGES)
def test_no_change_without_the_token_by_get_or_for_a_stranger(room, path):
    token = room.token
    assert room.post(path).status_code == 403
    assert room.post(path, **{"X-Authstorm-Token": token[::-1]}).status_code == 403
    assert room.post(path, **{"X-Authstorm-Token": token, "Origin": "http://evil.example.test"}).status_code == 403
    assert room.post(path, **{"X-Authstorm-Token": token, "Host": "evil.example.test"}).status_code == 403
    assert room.post(path, **{"X-Authstorm-Token": token, "Sec-Fetch-Site": "same-site"}).status_code == 403
    if path != "/login":  # which leads to Locust's page where there is no login
        assert room.get(path, **{"X-Authstorm-Token": token}).status_code == 405
    assert room.state()["phase"] == "idle"


def test_no_answer_allows_another_origin_or_a_frame(room):
    for path in ROUTES:
        if path == "/storm/events":
            continue
        headers = room.get(path).headers
        assert not [name for name in headers if name.lower().startswith("access-control")]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/storm/runs/../output",
        "/storm/runs/%2e%2e/output",
        "/storm/runs/..%2f..%2fetc/passwd",
        "/storm/runs/{run}/..%2f..%2foutput",
        "/storm/runs/{run}/.partial",
        "/storm/runs/.hidden/report.html",
        "/storm/runs/link/summary.json",
        "/storm/assets/..%2fstorm.js",
        "/storm/assets/%2e%2e%2froom.py",
        "/assets/../index.html",
        "/assets/..%2f..%2f..%2fweb.py",
    ],
)
def test_no_path_leads_out_of_the_reports(room, path, tmp_path):
    run = next(iter(room.summaries()), "none")
    (tmp_path / "summary.json").write_text("{}")
    link = room.reports / "link"
    if not link.exists():
        link.symlink_to(tmp_path)
    request = room.session.prepare_request(__import__("requests").Request("GET", room.url))
    request.url = room.url + path.format(run=run)
    assert room.session.send(request, timeout=10, allow_redirects=False).status_code in {403, 404}
    link.unlink()


def test_a_report_is_shown_in_a_box_of_its_own(room):
    run = next(run for run, told in room.summaries().items() if told["complete"])
    answer = room.get(f"/storm/runs/{run}/report.html")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox allow-scripts")
    assert room.get(f"/storm/runs/{run}/locust.html").headers["Content-Disposition"].startswith("attachment")
    listed = room.get("/storm/runs").json()["runs"]
    assert [told["id"] for told in listed] == sorted(room.summaries(), reverse=True)


def test_no_page_and_no_answer_holds_a_secret_of_the_run(room, sandbox):
    hidden = set(sandbox.environ.values())
    run = next(iter(room.summaries()))
    files = [f"/storm/runs/{run}/{path.name}" for path in (room.reports / run).iterdir()]
    answers = {path: room.get(path) for path in (*(set(ROUTES) - {"/storm/events"}), *files)}
    answers["/storm/start"] = room.start(target="secretless")
    assert {answer.status_code for answer in answers.values()} == {200, 409}
    texts = {path: f"{answer.headers}{answer.text}" for path, answer in answers.items()}
    texts["/storm/events"] = str(room.state())
    texts["terminal"] = room.output.read_text()
    assert [path for path, text in texts.items() if any(value in text for value in hidden)] == []


def test_it_listens_on_loopback_alone(room):
    assert room.listening() == {"127.0.0.1"}


def test_viewers_are_bounded_and_leave_their_place(room):
    watching = [room.session.get(room.url + "/storm/events", stream=True, timeout=10) for _ in range(25)]
    assert [answer.status_code for answer in watching].count(200) <= 24
    assert watching[-1].status_code == 503
    for answer in watching:
        answer.close()
    assert room.wait_for(lambda state: state["phase"] == "idle")


def test_it_ends_with_ctrl_c_between_two_runs(tmp_path, sandbox):
    room = Room(tmp_path, [target_of(sandbox)], environ=sandbox.environ).wait_until_open()
    assert room.close() == 130
    assert not list(room.reports.glob("2*"))


def test_its_exit_code_is_the_last_runs(tmp_path, sandbox):
    room = Room(tmp_path, [target_of(sandbox)], environ=sandbox.environ).wait_until_open()
    room.start(profile="short")
    told = room.wait_for_verdict()
    assert room.close() == told["verdict"]["exit_code"] in {0, 5}  # 5 where this machine was too busy


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_a_run_leaves_its_whole_report(tmp_path, sandbox, number):
    room = Room(tmp_path, [target_of(sandbox)], environ=sandbox.environ).wait_until_open()
    room.start(profile="long")
    room.wait_for(lambda state: len(state["points"]) >= 2)
    room.process.send_signal(number)
    assert room.process.wait(20) == 130
    ((run, summary),) = room.summaries().items()
    assert summary["headline"].startswith("Only a part of a run: it was interrupted")
    assert summary["exit_code"] == 130
    assert (room.reports / run / "report.html").stat().st_size > 10_000
    assert not [path.name for path in (room.reports / run).iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("host", ["0.0.0.0", "*", "::"])
def test_beyond_loopback_it_does_not_start_without_a_password(tmp_path, sandbox, host):
    room = Room(tmp_path, [target_of(sandbox)], environ=sandbox.environ, options=("--web-host", host))
    assert room.process.wait(30) == 2
    assert "AUTHSTORM_ROOM_PASSWORD is not set" in room.output.read_text()


def test_with_a_password_every_route_is_behind_the_login(tmp_path, sandbox):
    environ = sandbox.environ | {"AUTHSTORM_ROOM_PASSWORD": PASSWORD}
    room = Room(tmp_path, [target_of(sandbox)], environ=environ, options=("--web-host", "127.0.0.1"))
    try:
        room.wait_until_open()
        for path in ROUTES[:-2]:
            assert room.get(path).status_code == 401, path
        sent = room.get("/storm", Accept="text/html,*/*")
        assert (sent.status_code, sent.headers["Location"]) == (302, "/login")
        form = room.get("/login").text
        token = re.search(r'name="token" value="([^"]+)"', form)[1]
        assert room.post("/storm/start", {"token": token}).status_code in {401, 403}
        assert room.post("/login", {"password": PASSWORD}).status_code == 403  # without its token
        wrong = room.post("/login", {"token": token, "password": secrets.token_hex(8)})
        assert (wrong.status_code, "not the password" in wrong.text) == (403, True)
        right = room.post("/login", {"token": token, "password": PASSWORD})
        assert right.headers["Location"] == "/storm"
        assert {"HttpOnly", "SameSite=Strict"} <= set(right.headers["Set-Cookie"].split("; "))
        assert room.get("/stats/requests").status_code == 200
        assert room.token != token
        assert PASSWORD not in room.get("/storm").text + room.output.read_text()
        assert PASSWORD not in " ".join(os.listdir(tmp_path))
    finally:
        room.close()
