"""The page in a real browser: it draws, complains of nothing, and serves phone, keyboard, paper and the dark."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from authstorm.report.words import milliseconds, per_second, percent, whole
from authstorm.watch.facts import AlertSpan

pytestmark = pytest.mark.real

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip
HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """Open a run's page; (page, everything that it complained of or asked the network for)."""
    contexts = []

    def open_page(folder: Path, **options):
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
        contexts.append(context)
        page, complaints = context.new_page(), []
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("request", lambda request: complaints.append(request.url) if request.url.startswith("http") else None)
        page.goto(f"file://{folder / 'report.html'}")
        return page, complaints

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn_and_nothing_complains(written, visit, scheme):
    page, complaints = visit(written[0], color_scheme=scheme)
    charts = page.locator(".chart").count()
    assert page.locator(".chart canvas").count() == charts == 12
    assert complaints == []


def test_a_partial_and_an_empty_run_complain_of_nothing(visit, write_storm, make_storm):
    for until_s in (0.0, 40.0):
        folder, _ = write_storm(make_storm(until_s=until_s), complete=False, verdict=False)
        page, complaints = visit(folder)
        assert page.locator(".partial").is_visible()
        assert complaints == []


def test_a_phone_scrolls_down_and_never_sideways(written, visit):
    page, _ = visit(written[0], viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_long_names_do_not_make_a_phone_scroll_sideways(visit, write_storm, make_storm):
    long = "a-service-with-a-very-long-name-and-no-end-in-sight-" * 3
    folder, _ = write_storm(make_storm(target=long, target_url=f"https://{long}.test/", profile=long, about=long))
    page, _ = visit(folder, viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_paper_has_what_the_screen_folds_away_and_the_screen_folds_it_again(written, visit):
    page, _ = visit(written[0])
    folded = page.locator("#rules details:not([open]), #run details:not([open])")
    before = folded.count()
    assert before == 3
    page.emulate_media(media="print")
    expect(folded).to_have_count(0)
    assert page.locator("#run pre").is_visible()
    page.emulate_media(media="screen")
    expect(folded).to_have_count(before)


def test_arrow_keys_walk_the_seconds_on_all_charts(written, visit, storm):
    page, _ = visit(written[0])
    page.focus("#chart-load")
    for _ in range(41):
        page.keyboard.press("ArrowRight")
    good = sum(sample.outcome == "good" and 40 <= sample.done_s < 41 for sample in storm.samples)
    assert page.inner_text("#spoken") == f"Second 40: offered 200/s, started 200/s, good steps {good}/s"
    assert page.locator("#chart-errors .u-legend .u-value").first.inner_text() == "40 s"


def test_plus_and_minus_zoom_around_the_second_that_the_keys_have_reached(written, visit):
    page, complaints = visit(written[0])
    page.focus("#chart-load")
    for _ in range(11):
        page.keyboard.press("ArrowRight")
    places = [_cursor(page)]
    for key in ("+", "+", "-", "Escape"):
        page.keyboard.press(key)
        places.append(_cursor(page))
    assert places[0] < places[1] < places[2]  # 10 s of 70 lie far left; zoomed in they come towards the middle
    assert (places[3], places[4]) == (pytest.approx(places[1], abs=1), pytest.approx(places[0], abs=1))
    assert complaints == []


def _cursor(page):
    """How far the cursor of another chart stands from its left, in pixels."""
    page.wait_for_timeout(50)  # uPlot draws with the next frame
    style = page.locator("#chart-latency .u-cursor-x").get_attribute("style")
    return float(re.search(r"translate\(([\d.]+)px", style)[1])


def test_the_log_scale_is_a_button_that_says_whether_it_is_on(written, visit):
    page, complaints = visit(written[0])
    page.focus("#log-scale")
    page.keyboard.press("Enter")
    assert page.get_attribute("#log-scale", "aria-pressed") == "true"
    assert page.locator("#chart-latency canvas").count() == 1
    assert complaints == []


def test_without_scripts_the_tables_are_open_and_the_charts_gone(written, visit, storm):
    page, _ = visit(written[0], java_script_enabled=False)
    assert page.locator("#as-table tbody tr").count() == 70
    assert page.locator("#as-table table").is_visible()
    assert not page.locator("figure").first.is_visible()


def test_with_scripts_the_table_waits_to_be_opened(written, visit):
    page, _ = visit(written[0])
    assert not page.locator("#as-table table").is_visible()


def test_a_hostile_name_is_shown_and_not_obeyed(visit, write_storm, make_storm):
    storm = make_storm(profile=HOSTILE, about=HOSTILE, meanings={"shed-503": HOSTILE})
    tally = type(storm.tally).of(sample._replace(step=sample.step + HOSTILE) for sample in storm.samples)
    folder, _ = write_storm(replace(storm, tally=tally))
    page, complaints = visit(folder)
    assert "owned" not in page.title().split("·")[0]
    assert page.locator("img").count() == 0
    assert page.locator(".chart canvas").count() == 12
    assert complaints == []


def test_on_paper_the_charts_fit_their_columns_in_light_colours(written, visit):
    page, _ = visit(written[0], color_scheme="dark")
    page.emulate_media(media="print")
    page.wait_for_function("document.querySelector('#chart-load canvas') !== null")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    wide = "[...document.querySelectorAll('.chart')].filter(c => c.querySelector('canvas').clientWidth > c.clientWidth)"
    assert page.evaluate(f"{wide}.length") == 0
    assert len(page.pdf(format="A4")) > 20_000


def test_the_numbers_on_the_page_are_those_of_the_summary(written, visit):
    folder, _ = written
    told = json.loads((folder / "summary.json").read_text("utf-8"))
    page, complaints = visit(folder)
    assert page.inner_text("h1") == told["headline"]
    for row in (row for row in told["steps"] if row["stage"] == "all"):
        shown = page.locator("tr.sum", has=page.locator(f"th:text-is('{row['step']}')")).inner_text().split("\t")
        success = [milliseconds(row["success"][name]) for name in ("p50_ms", "p95_ms", "p99_ms", "max_ms")]
        failure = [milliseconds(row["failure"][name]) for name in ("p50_ms", "p95_ms", "p99_ms", "max_ms")]
        counts = [whole(row["count"]), percent(row["good_share"]), whole(row["failed"])]
        assert [cell.strip() for cell in shown][2:] == [*counts, *success, *failure]
    for number, code in enumerate(told["codes"]):
        shown = page.locator("#failures table").first.locator("tbody tr").nth(number).inner_text()
        assert f"{code['first_s']}\u2013{code['last_s'] + 1} s" in shown
        assert whole(code["count"]) in shown
    assert complaints == []


def test_the_stages_and_objectives_on_the_page_are_those_of_the_summary(written, visit):
    folder, _ = written
    told = json.loads((folder / "summary.json").read_text("utf-8"))
    page, _ = visit(folder)
    shown = page.locator("table", has=page.get_by_text("Good a second")).locator("tbody tr").all_inner_texts()
    for stage, row in zip(told["stages"], shown, strict=True):
        counts = [whole(stage[name]) for name in ("offered", "started", "dropped", "steps", "good", "failed")]
        assert row.split("\t")[3:] == [*counts, per_second(stage["good_per_s"])]
    rules = page.locator("#rules table").first.locator("tbody tr").all_inner_texts()
    for rule, row in zip(told["objectives"], rules, strict=True):
        assert [cell.strip() for cell in row.split("\t")] == [rule[k] for k in ("state", "name", "value", "reason")]


def test_the_charts_draw_the_figures_of_the_timeline(written, visit, rows_of):
    folder, _ = written
    page, _ = visit(folder)
    page.focus("#chart-latency")
    for _ in range(36):
        page.keyboard.press("ArrowRight")
    (row,) = [
        row for row in rows_of((folder / "timeline.csv").read_text())
        if (row["second"], row["step"], row["outcome"]) == ("35", "introspect", "good")
    ]  # fmt: skip
    of_step = page.locator("figure", has=page.locator("[data-step=introspect]")).locator(".u-legend .u-value")
    shown = dict(zip(["at", "p50", "p95", "p99"], of_step.all_inner_texts(), strict=True))
    assert shown["at"] == "35 s"
    for name in ("p50", "p95"):
        assert _ms(shown[name]) == pytest.approx(float(row[f"{name}_ms"]), rel=0.05, abs=0.06)


def _ms(text):
    number, unit = text.split()
    return float(number.replace(",", "")) * {"ms": 1, "s": 1000}[unit]


def test_the_percentile_of_the_timeline_can_be_chosen(written, visit):
    page, complaints = visit(written[0])
    page.focus("[data-percentile=p99]")
    page.keyboard.press("Enter")
    assert page.get_attribute("[data-percentile=p99]", "aria-pressed") == "true"
    assert page.get_attribute("[data-percentile=p95]", "aria-pressed") == "false"
    assert complaints == []


def test_alerts_are_marked_and_listed(visit, write_storm, storm):
    span = AlertSpan("shed > 5% for 3s", "critical", bad_since_s=34.0, fired_s=37.2, resolved_s=51.0, sentence="12 %")
    folder, _ = write_storm(replace(storm, run=replace(storm.run, alerts=(span,))))
    page, complaints = visit(folder)
    assert "37.2 s" in page.locator("#timeline tr", has=page.get_by_text("shed > 5% for 3s")).inner_text()
    assert complaints == []
