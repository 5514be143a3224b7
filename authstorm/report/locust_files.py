"""Locust's own files, final and complete; the one place in ``report`` that knows Locust.

Locust's CSV writer stops without a last write, and its page is saved before the verdict: so they are written here,
from the same statistics, when nothing more can come in.
"""

from __future__ import annotations

from locust.env import Environment
from locust.html import get_html_report
from locust.stats import PERCENTILES_TO_REPORT, StatsCSV

import csv
import io
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from authstorm.report.folder import RunFolder
from authstorm.report.summary import redacted


def write_locust_files(folder: RunFolder, environment: Environment, redact: Callable[[str], str]) -> None:
    """Write ``requests.csv``, ``failures.csv`` and ``locust.html``; the environment must have a runner."""
    folder.write("requests.csv", requests_csv(environment, redact))
    folder.write("failures.csv", failures_csv(environment, redact))
    folder.write("locust.html", locust_html(environment, redact))


def requests_csv(environment: Environment, redact: Callable[[str], str]) -> str:
    """One row a step and one for all, in Locust's own columns."""
    text = io.StringIO()
    StatsCSV(environment, PERCENTILES_TO_REPORT).requests_csv(_Redacting(text, redact))
    return text.getvalue()


def failures_csv(environment: Environment, redact: Callable[[str], str]) -> str:
    """One row a failure of a step, in Locust's own columns."""
    text = io.StringIO()
    StatsCSV(environment, PERCENTILES_TO_REPORT).failures_csv(_Redacting(text, redact))
    return text.getvalue()


def locust_html(environment: Environment, redact: Callable[[str], str]) -> str:
    """Locust's own page; the data in it is taken out, redacted and put back, since its escapes would hide a secret."""
    page: str = get_html_report(environment, show_download_link=False)
    found = _DATA.search(page)
    if found is None:
        return redact(page)
    data, end = json.JSONDecoder().raw_decode(page, found.end())
    clean = json.dumps(redacted(data, redact)).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return page[: found.end()] + clean + page[end:]


_DATA = re.compile(r"window\.templateArgs\s*=\s*(?=\{)")


class _Redacting:
    """A CSV writer that redacts each text before it is quoted."""

    def __init__(self, text: io.StringIO, redact: Callable[[str], str]) -> None:
        self._writer = csv.writer(text)
        self._redact = redact

    def writerow(self, row: Iterable[Any]) -> None:
        self._writer.writerow([self._redact(cell) if isinstance(cell, str) else cell for cell in row])
