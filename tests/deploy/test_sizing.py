"""The page on sizing says what its own figures give, and those are the benchmarks' figures."""

import re
from math import ceil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/sizing.md").read_text("utf-8")
BENCH = (ROOT / "bench/README.md").read_text("utf-8")
RATES = (1_000, 10_000, 100_000)
STEPS_OF_A_WORKER = 5_000
VISIT_S = 3


def row(name):
    (cells,) = re.findall(rf"^\| {re.escape(name)} \|(.*)\|$", PAGE, re.MULTILINE)
    return [int(cell.replace(",", "").replace("%", "")) for cell in cells.split("|")]


@pytest.mark.parametrize("index", range(3), ids=map(str, RATES))
def test_a_column_is_what_the_formulas_give(index):
    rate = RATES[index]
    workers = ceil(rate / STEPS_OF_A_WORKER)
    visitors = rate * VISIT_S
    connections = visitors // workers
    expected = {
        "workers that the load needs": workers,
        "workers with one to spare": workers + 1,
        "cores, with the master's": workers + 2,
        "visitors": visitors,
        "accounts": visitors,
        "accounts, so that one worker may be lost": round(visitors * (1 + 1 / workers)),
        "connections of a worker": connections,
        "descriptors of a worker": connections + 200,
        "memory of a worker, MB": round(90 + 44 + connections * 18.9 / 1000),
    }
    assert {name: row(name)[index] for name in expected} == expected


def test_a_worker_is_planned_with_no_more_than_was_measured_well():
    (light, light_share), (middle, middle_share) = row("at a light load"), row("at a middle load")
    well = light + (60 - light_share) / (middle_share - light_share) * (middle - light)
    https = row("the same with HTTPS")[0] / row("nothing but load, HTTP, keep-alive")[0]
    assert f"= {well:,.0f} steps/s" in PAGE
    assert f": {well * round(https, 2):,.0f}." in PAGE or f": {well * https:,.0f}." in PAGE
    assert well * https >= STEPS_OF_A_WORKER
    alone = (
        row("the same with a new connection for each request, HTTP")[0] / row("nothing but load, HTTP, keep-alive")[0]
    )
    assert STEPS_OF_A_WORKER * alone >= 1_900


@pytest.mark.parametrize(
    "figure",
    [
        "3,934 | 46 %",
        "8,148 | 75 %",
        "12,493",
        "11,320",
        "4,798",
        "18.9 kB",
        "89 MB",
        "38 us (a login",
        "40 us (a token",
    ],
)
def test_its_figures_are_those_of_the_benchmarks(figure):
    assert figure in BENCH
    told = figure.replace("us", "µs").replace("89 MB", "90 MB").split(" (")[0]
    assert re.sub(r"\D", "", told.split("|")[0]) in re.sub(r"[.,]", "", PAGE)


def test_ports_rest_for_a_minute():
    ports = 60_999 - 32_768 + 1
    assert f"{ports:,} / 60 = {ports // 60:,}" in PAGE
    assert f"{65_535 - 10_240 + 1:,} ports: {(65_535 - 10_240 + 1) // 60} a second" in PAGE
