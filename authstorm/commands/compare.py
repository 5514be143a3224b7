"""``make compare``: two runs side by side, and whether the second is worse than chance explains."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from authstorm.errors import ConfigError, Problem
from authstorm.report.comparison import Comparison, compare, hindrances
from authstorm.report.comparison_page import render_comparison
from authstorm.report.comparison_words import comparison_markdown, comparison_text
from authstorm.report.facts import Summary
from authstorm.report.past_run import past_run
from authstorm.report.terminal import terminal_width

NOT_VALID: Final = 5
REGRESSION: Final = 7


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may follow ``compare``."""
    parser.add_argument("a", metavar="A", help="a run folder, or its name under reports/: what B is held against")
    parser.add_argument("b", metavar="B", help="the run that may be better or worse; compare.md and .html go there")
    parser.add_argument("--reports-dir", type=Path, default=Path("reports"), help="where names are looked for")


def run(options: argparse.Namespace) -> int:
    """Compare and write the pages: 0 no worse, 7 worse by more than noise, 5 a run proves nothing, 2 not comparable."""
    folders = [_folder(name, options.reports_dir) for name in (options.a, options.b)]
    found = _compared(*_both(folders), folders)
    for name, text in (("compare.md", comparison_markdown(found)), ("compare.html", render_comparison(found))):
        (folders[1] / name).write_text(text, "utf-8")
    print(comparison_text(found, terminal_width()), end="")
    print(f"\npage: {folders[1] / 'compare.html'}")
    return exit_code(found)


def exit_code(found: Comparison) -> int:
    """What cannot be told is no pass; what did get worse is told although latencies cannot be."""
    if found.doubts or (found.strains and not found.worse):
        return NOT_VALID
    return REGRESSION if found.worse else 0


def _folder(name: str, reports: Path) -> Path:
    """The folder of that path, else of that name under the reports."""
    path = Path(name)
    return path.resolve() if path.is_dir() or not (reports / name).is_dir() else (reports / name).resolve()


def _both(folders: list[Path]) -> tuple[Summary, Summary]:
    """Both summaries; ConfigError with what is wrong with either."""
    problems: list[Problem] = []
    summaries: list[Summary] = []
    for folder in folders:
        try:
            summaries.append(past_run(folder))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return summaries[0], summaries[1]


def _compared(a: Summary, b: Summary, folders: list[Path]) -> Comparison:
    against = hindrances(a, b)
    if against:
        right = "compare two runs of the same profile at the same scale"
        raise ConfigError([Problem(str(folders[1]), None, "run", wrong, right) for wrong in against])
    return compare(a, b)
