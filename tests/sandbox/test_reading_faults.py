"""The control document: what is understood, and how what is not is explained."""

from __future__ import annotations

import json

import pytest

from authstorm.errors import ConfigError
from authstorm.sandbox.faults.reading import read_faults


@pytest.mark.parametrize(
    ("gloss", "document", "words"),
    [
        ("a list", [{"outage": "hang"}, {"delay_ms": 5}], ["outage", "delay_ms"]),
        ("one alone", {"swap_one_in": 3}, ["swap_one_in"]),
        ("as it is given out", {"planted_s": 1.0, "faults": [{"error_share": 0.5, "hits": 3}]}, ["error_share"]),
        ("none", [], []),
    ],
)
def test_faults_come_as_a_list_one_alone_or_as_they_are_given_out(gloss, document, words):
    assert [fault.word for fault in read_faults(json.dumps(document).encode())] == words


@pytest.mark.parametrize(
    ("document", "key", "said"),
    [
        ("{", "body", "no JSON"),
        ([5], "0", "5 is no object"),
        ([{}], "0", "no fault named (one of outage, delay_ms"),
        ([{"delay": 5}], "0.delay", "did you mean delay_ms?"),
        ([{"delay_ms": 5, "outage": "503"}], "0.delay_ms outage", "one object for each"),
        ([{"delay_ms": 5, "for": 5}], "0.for", "did you mean for_s?"),
        ([{"delay_ms": True}], "0.delay_ms", "valid number"),
        ([{"delay_ms": -1}], "0.delay_ms", "greater than 0"),
        ([{"outage": 503}], "0.outage", "503 is not allowed (did you mean 503?"),
        ([{"outage": "503", "grants": ["refresh"]}], "0.grants.0", "did you mean refresh_token?"),
        ([{"outage": "503", "endpoints": []}], "0.endpoints", "at least 1"),
        ([{"outage": "503", "endpoints": ["control"]}], "0.endpoints.0", "one of all, discovery"),
        ([{"error_share": 1.5}], "0.error_share", "less than or equal to 1"),
        ([{"error_share": 0.5, "status": 404}], "0.status", "greater than or equal to 500"),
        ([{"swap_one_in": 0.5}], "0.swap_one_in", "valid integer"),
        ([{"admission_per_s": 0}], "0.admission_per_s", "greater than 0"),
        ([{"delay_ms": 5}, {"swap_one_in": 2, "from_s": "x"}], "1.from_s", "valid number"),
    ],
)
def test_a_bad_fault_is_named_with_what_would_be_right(document, key, said):
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(ConfigError) as caught:
        read_faults(text.encode())
    (problem,) = caught.value.problems
    assert problem.key == key
    assert said in str(problem)
