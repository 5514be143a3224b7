"""A whole rehearsal by hand in a real browser: choose, start, watch the spike, stop, read the report, and once more."""

import pytest
from playwright.sync_api import expect, sync_playwright

from .conftest import Sandbox, target_of
from .room_process import SHORT, Room

pytestmark = pytest.mark.real

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip
STORM = {
    "name": "storm",
    "arrivals": {"login": "6/s", "validate": "10/s"},
    "seed": 7,
    "stages": [
        {"warm-up": {"for": "1s", "measured": False}},
        {"baseline": {"for": "3s"}},
        {"spike": {"peak": "6x", "rise": "1s", "hold": "30s", "fall": "1s"}},
    ],
}
SOON_MS = 20_000


@pytest.fixture(scope="module")
def sandbox():
    server = Sandbox()
    yield server
    server.close()


@pytest.fixture(scope="module")
def room(sandbox, tmp_path_factory):
    targets = [target_of(sandbox), target_of(sandbox, name="lost", client={"id": "x", "secret": {"env": "NOT_SET"}})]
    opened = Room(tmp_path_factory.mktemp("room"), targets, (STORM, SHORT), environ=sandbox.environ, profile="storm")
    try:
        yield opened.wait_until_open()
    finally:
        opened.close()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, room):
    """Open a page of the room; (page, everything that it complained of or asked of others)."""
    contexts = []

    def open_page(path="/storm", **options):
        context = browser.new_context(**({"viewport": {"width": 1400, "height": 900}} | options))
        contexts.append(context)
        complaints = []
        context.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        context.on("weberror", lambda error: complaints.append(f"error: {error.error}"))
        ours = ("data:", "blob:", room.url)
        context.on("request", lambda asked: complaints.append(asked.url) if not asked.url.startswith(ours) else None)
        page = context.new_page()
        page.goto(room.url + path)
        return page, complaints

    yield open_page
    for context in contexts:
        context.close()


def number(page, name):
    """What a large figure says."""
    text = page.locator("#figures div", has=page.locator(f"dt:text-is('{name}')")).locator("dd").inner_text()
    return float(text.split("\n")[0].removesuffix("/s").replace(",", ""))


def test_a_rehearsal_from_the_choice_to_the_report_and_a_second_one(room, visit):
    page, complaints = visit()
    phone, phone_complaints = visit(viewport={"width": 360, "height": 740}, color_scheme="dark")
    wall, wall_complaints = visit(viewport={"width": 1920, "height": 1080})
    expect(page.locator("#link-state")).to_have_text("live", timeout=SOON_MS)
    page.select_option("#profile", "storm")
    page.fill("#seed", "41")
    page.press("#seed", "Enter")  # by keyboard alone
    expect(page.locator("#stage-name")).to_have_text("spike", timeout=SOON_MS)
    expect(phone.locator("#stage-name")).to_have_text("spike")
    expect(page.locator(".chart canvas")).to_have_count(3)
    expect(page.locator("#workers tbody td").first).to_have_text("local")
    page.wait_for_timeout(6_500)  # until the five seconds that rates are of lie in the spike
    assert number(page, "offered") > 40
    assert number(page, "goodput") > 40
    assert number(page, "failed") == 0
    assert "login" in page.locator("#steps").inner_text()
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= 360
    boxes = [wall.locator(f"#{each}").bounding_box() for each in ("chart-load", "chart-latency", "chart-errors")]
    assert max(box["y"] + box["height"] for box in boxes) < 1080  # nobody scrolls on a wall
    assert wall.locator("#alerts").bounding_box()["y"] < 1080
    expect(page.locator("#start")).to_be_disabled()
    page.click("#stop")
    expect(page.locator("#headline")).to_contain_text("it was interrupted", timeout=SOON_MS)
    expect(page.locator("#signs")).to_contain_text("not valid")
    expect(phone.locator("#headline")).to_contain_text("Exit code 130")
    with page.expect_popup() as opened:
        page.click("#report a")
    report = opened.value
    expect(report.locator("h1")).to_contain_text("Only a part of a run")
    expect(report.locator("#chart-load canvas")).to_have_count(1)
    assert report.evaluate("() => self.origin") == "null"

    page.select_option("#profile", "short")
    page.fill("#seed", "42")
    page.click("#start")
    expect(page.locator("#stage-name")).to_have_text("steady", timeout=SOON_MS)
    expect(page.locator("#verdict-title")).to_have_text("Verdict", timeout=SOON_MS)
    expect(page.locator("#past tbody tr")).to_have_count(2)
    assert complaints == phone_complaints == wall_complaints == []
    first, second = room.summaries().values()
    assert [(run["run"]["profile"], run["run"]["seed"]) for run in (first, second)] == [("storm", 41), ("short", 42)]
    assert [run["exit_code"] for run in (first, second)] in ([130, 0], [130, 5])  # 5 where this machine was too busy
    assert second["complete"]


def test_a_choice_that_cannot_be_is_told_on_the_page(visit):
    page, _ = visit()
    expect(page.locator("#link-state")).to_have_text("live", timeout=SOON_MS)
    page.select_option("#target", "lost")
    page.click("#start")
    expect(page.locator("#refusal")).to_contain_text("set NOT_SET in the environment", timeout=SOON_MS)
    expect(page.locator("#start")).to_be_enabled()


def test_a_broken_line_is_told_and_mended(visit):
    page, _ = visit()
    expect(page.locator("#link-state")).to_have_text("live", timeout=SOON_MS)
    page.route("**/storm/events", lambda route: route.abort())
    page.reload()
    expect(page.locator("#link-state")).to_have_text("no connection, trying again", timeout=SOON_MS)
    page.unroute("**/storm/events")
    expect(page.locator("#link-state")).to_have_text("live", timeout=SOON_MS)


def test_locusts_own_page_starts_and_stops_with_our_token(room, visit):
    page, complaints = visit("/")
    before = set(room.summaries())
    expect(page.get_by_role("link", name="Storm page")).to_be_visible()
    page.get_by_role("button", name="New").click()  # there was a run before
    page.get_by_role("button", name="Custom parameters").click()
    page.locator("select[name=target]").select_option("sandbox")
    page.locator("select[name=spikeProfile]").select_option("storm")
    page.get_by_role("button", name="Start").click()
    room.wait_for(lambda state: state["phase"] == "running" and len(state["points"]) >= 2)
    page.get_by_role("button", name="Stop").click()
    room.wait_for_verdict()
    (run,) = set(room.summaries()) - before
    assert room.summaries()[run]["exit_code"] == 130
    assert complaints == []
