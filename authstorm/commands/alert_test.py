"""``make alert-test``: one test alert, fired and resolved, through every receiver, and what came back."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from authstorm.drive.secret_files import load_secret_files
from authstorm.errors import ConfigError, Problem
from authstorm.plan.alerting import FILE
from authstorm.plan.secrets import Redactor
from authstorm.report.on_call import OnCall
from authstorm.report.trial_alert import all_told, table, told

NOT_TOLD: Final = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may follow ``alert-test``."""
    parser.add_argument("--config-dir", type=Path, default=Path("config"), help="where alerts.yaml is")


def run(options: argparse.Namespace) -> int:
    """Tell every receiver; 0 when all took both notices, 6 when one did not, 2 when there is none or a bad file."""
    load_secret_files()
    redact = Redactor()
    path: Path = options.config_dir / FILE
    on_call = OnCall.read(path, redact)
    if not on_call.alerting.receivers:
        wrong = "there is no receiver" if path.exists() else "there is no such file"
        raise ConfigError([Problem(str(path), None, "receivers", wrong, "see the examples in config/alerts.yaml")])
    deliveries = told(on_call, redact)
    print("\n".join(table(on_call.alerting, deliveries)))
    return 0 if all_told(deliveries) else NOT_TOLD
