"""The report of a flash sale against a real server that sheds load, and its picture: docs/report.png.

``.venv/bin/python -m tests.rehearsal.picture [FOLDER]`` starts oidc-provider with real password hashes and a limit of
requests at once, rehearses the flash sale against it, and draws the top of its report in headless Chromium. FOLDER
(default: reports) gets the run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from playwright.sync_api import sync_playwright

from tests.servers.real_server import ROOT, RealServer, real_server

AT_ONCE = 30
OBJECTIVES = [
    "login p95 < 800ms in spike",
    "shed < 30% in spike",
    "login p95 within 120% of baseline by 10s after spike",
]
WIDTH = 1060
MARGIN = 24
CHROMIUM = "/usr/bin/chromium"


def rehearse(server: RealServer, reports: Path, config: Path) -> Path:
    """Run the flash sale with some objectives of its own; return the run's folder."""
    profile = _yaml("profiles/flash-sale.yaml") | {"objectives": OBJECTIVES}
    target = _yaml("targets/oidc-provider.yaml") | {"url": server.url}
    for kind, content in (("profiles", profile), ("targets", target)):
        (config / kind).mkdir()
        (config / kind / f"{content['name']}.yaml").write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    for name in ("slo.yaml", "alerts.yaml"):
        (config / name).write_text((ROOT / "config" / name).read_text("utf-8"), "utf-8")
    command = [
        Path(sys.executable).parent / "locust", "--headless", "--only-summary", "--loglevel", "WARNING",
        "--config-dir", config, "--reports-dir", reports, "--spike-profile", "flash-sale", "--target", "oidc-provider",
    ]  # fmt: skip
    environment = os.environ | dict(server.secrets)
    code = subprocess.run([str(word) for word in command], check=False, cwd=ROOT, env=environment).returncode
    if code != 3:
        raise SystemExit(f"the run should have missed an objective (3) and nothing else, but ended with {code}")
    return (reports / "latest").resolve()


def draw(page_file: Path, picture: Path) -> None:
    """Draw the top of a report as a desktop shows it, down to the end of its first chart."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
        page.goto(page_file.as_uri())
        chart = page.locator("figure").first.bounding_box()
        if chart is None:
            raise SystemExit("the report has no chart that could be drawn")
        height = chart["y"] + chart["height"] + MARGIN
        page.screenshot(path=picture, full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
        browser.close()


def main(arguments: list[str]) -> None:
    """Make the run and the picture."""
    reports = Path(arguments[0] if arguments else "reports").resolve()
    options = ("--hash", "real", "--at-once", str(AT_ONCE))
    with real_server("oidc-provider", *options) as server, tempfile.TemporaryDirectory() as config:
        folder = rehearse(server, reports, Path(config))
    draw(folder / "report.html", ROOT / "docs" / "report.png")


def _yaml(name: str) -> dict[str, object]:
    content: dict[str, object] = yaml.safe_load((ROOT / "config" / name).read_text("utf-8"))
    return content


if __name__ == "__main__":
    main(sys.argv[1:])
