"""Each fault changes something, and nothing else."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.sandbox.running import PASSWORD, user


def timed(call, *arguments):
    began_s = time.perf_counter()
    return call(*arguments), time.perf_counter() - began_s


@pytest.mark.parametrize("status", ["503", "500"])
def test_an_outage_answers_everything_with_its_status(sandbox, faults, status):
    token = sandbox.log_in()["access_token"]
    faults({"outage": status})
    assert sandbox.token("client_credentials").status_code == int(status)
    assert sandbox.userinfo(token).status_code == int(status)
    assert sandbox.http.get(f"{sandbox.url}/jwks", timeout=10).status_code == int(status)
    assert sandbox.count("userinfo", int(status)) == 1
    sandbox.control("DELETE", "faults")
    assert sandbox.active(token)


def test_an_outage_can_reset_connections(sandbox, faults):
    faults({"outage": "reset", "endpoints": ["token"]})
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        sandbox.token("client_credentials")
    assert sandbox.count("token", 0, "client_credentials") == 1
    assert sandbox.http.get(f"{sandbox.url}/jwks", timeout=10).status_code == 200


def test_an_outage_can_hang_until_it_ends_and_then_the_work_is_done(sandbox, faults):
    faults({"outage": "hang", "for_s": 0.3})
    answer, took_s = timed(sandbox.token, "client_credentials")
    assert answer.status_code == 200
    assert 0.15 < took_s < 5


def test_what_hangs_is_let_go_when_the_faults_are_cleared(sandbox, faults):
    faults({"outage": "hang", "endpoints": ["jwks"]})
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(requests.get, f"{sandbox.url}/jwks", timeout=10)
        while not sandbox.counts()["in_flight"]:
            time.sleep(0.01)
        assert not waiting.done()
        sandbox.control("DELETE", "faults")
        assert waiting.result().status_code == 200


def test_a_planned_outage_begins_and_ends_by_itself(sandbox, faults):
    planted_s = faults({"outage": "503", "from_s": 0.3, "for_s": 0.6, "endpoints": ["jwks"]})["planted_s"]
    seen = []
    while time.time() < planted_s + 1.2:
        before_s = time.time()
        status = sandbox.http.get(f"{sandbox.url}/jwks", timeout=10).status_code
        seen.append((before_s - planted_s, time.time() - planted_s, status))
    assert all(status == 200 for _, after_s, status in seen if after_s < 0.3)
    assert all(status == 503 for before_s, after_s, status in seen if before_s > 0.31 and after_s < 0.9)
    assert all(status == 200 for before_s, _, status in seen if before_s > 0.91)
    assert {200, 503} == {status for _, _, status in seen}


def test_a_delay_makes_the_chosen_endpoint_late_and_no_other(sandbox, faults):
    token = sandbox.log_in()["access_token"]
    faults({"delay_ms": 500, "endpoints": ["introspect"]})
    assert timed(sandbox.introspect, token)[1] >= 0.5
    assert timed(sandbox.userinfo, token)[1] < 0.5


def test_delayed_requests_wait_side_by_side(sandbox, faults):
    faults({"delay_ms": 600, "endpoints": ["jwks"]})
    with ThreadPoolExecutor(20) as pool:
        _, took_s = timed(lambda: [*pool.map(lambda _: requests.get(f"{sandbox.url}/jwks", timeout=10), range(20))])
    assert 0.6 <= took_s < 6  # one after the other would take twelve
    assert sandbox.counts()["peak_in_flight"] == 20


def test_a_fault_can_be_kept_to_grants(sandbox, faults):
    tokens = sandbox.log_in()
    faults({"outage": "503", "grants": ["password"]})
    assert sandbox.token("password", username=user(0), password=PASSWORD).status_code == 503
    assert sandbox.refresh(tokens).status_code == 200
    assert sandbox.active(tokens["access_token"])


def test_an_error_share_fails_that_share_and_the_same_ones_each_time(sandbox, faults):
    def statuses():
        faults({"error_share": 0.3, "seed": 7, "status": 502, "endpoints": ["jwks"]})
        return [sandbox.http.get(f"{sandbox.url}/jwks", timeout=10).status_code for _ in range(200)]

    first = statuses()
    assert first == statuses()
    assert set(first) == {200, 502}
    assert 40 <= first.count(502) <= 80
    assert sandbox.control("GET", "faults").json()["faults"][0]["hits"] == first.count(502)


def test_admission_never_lets_more_through_and_tells_the_others_when_to_come_back(sandbox, faults):
    planted_s = faults({"admission_per_s": 50, "retry_after_s": 3})["planted_s"]
    answers = [sandbox.token("client_credentials")]
    within = []  # answered, and so admitted, in the fault's first second
    while time.time() < planted_s + 1.0:
        within.append(answers[-1].status_code)
        answers.append(sandbox.token("client_credentials"))
    assert set(within) == {200, 429}
    assert within.count(200) <= 50
    assert {answer.headers["Retry-After"] for answer in answers if answer.status_code == 429} == {"3"}
    assert sandbox.active(answers[0].json()["access_token"])  # other endpoints are let alone


def test_a_swap_hands_out_what_belongs_to_somebody_else(sandbox, faults):
    faults({"swap_one_in": 4, "endpoints": ["token"]})
    owners = [sandbox.introspect(sandbox.log_in(number)["access_token"])["sub"] for number in range(60, 72)]
    foreign = [number for number, owner in zip(range(60, 72), owners, strict=True) if owner != user(number)]
    assert foreign == [63, 67, 71]
    assert owners[3] == user(62)
    assert sandbox.control("GET", "faults").json()["faults"][0]["hits"] == 3


def test_a_swap_waits_until_somebody_else_is_there(sandbox, faults):
    faults({"swap_one_in": 2, "endpoints": ["userinfo"]})
    mine, yours = (sandbox.log_in(number)["access_token"] for number in (73, 74))
    assert [sandbox.userinfo(mine).json()["sub"] for _ in range(3)] == 3 * [user(73)]
    assert sandbox.userinfo(yours).json()["sub"] == user(73)


def test_faults_work_together_in_their_order(sandbox, faults):
    faults({"delay_ms": 100, "endpoints": ["jwks"]}, {"outage": "500"})
    answer, took_s = timed(lambda: sandbox.http.get(f"{sandbox.url}/jwks", timeout=10))
    assert answer.status_code == 500
    assert took_s >= 0.1


def test_what_get_gives_out_can_be_planted_again(sandbox, faults):
    faults({"swap_one_in": 9, "grants": ["refresh_token"], "from_s": 5}, {"delay_ms": 1.5})
    given = sandbox.control("GET", "faults").json()
    again = sandbox.control("PUT", "faults", given).json()
    assert again["faults"] == given["faults"]
    assert again["faults"][0]["grants"] == ["refresh_token"]


def test_planting_replaces_and_deleting_clears(sandbox, faults):
    faults({"outage": "503"})
    faults({"delay_ms": 1})
    assert [set(fault) & {"outage", "delay_ms"} for fault in sandbox.control("GET", "faults").json()["faults"]] == [
        {"delay_ms"}
    ]
    assert sandbox.control("DELETE", "faults").json() == {"faults": []}
    assert sandbox.token("client_credentials").status_code == 200


def test_a_bad_document_changes_nothing_and_names_every_problem(sandbox, faults):
    faults({"delay_ms": 1})
    answer = sandbox.control("PUT", "faults", [{"outage": "504"}, {"delay_msec": 5}])
    assert answer.status_code == 400
    problems = answer.json()["problems"]
    assert [problem["key"] for problem in problems] == ["0.outage", "1.delay_msec"]
    assert "did you mean 503?" in problems[0]["right"]
    assert "did you mean delay_ms?" in problems[1]["right"]
    assert len(sandbox.control("GET", "faults").json()["faults"]) == 1
