"""JSON Schemas of the YAML files, so that editors complete and check them."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel

from authstorm.plan.alerting import Alerting
from authstorm.plan.profile import Profile
from authstorm.plan.slo import Slo
from authstorm.plan.target import Target

SCHEMAS: dict[str, type[BaseModel]] = {
    "alerts.json": Alerting, "profile.json": Profile, "slo.json": Slo, "target.json": Target,
}  # fmt: skip


def schema_text(model: type[BaseModel]) -> str:
    """The schema of one model as it stands in ``config/schema/``."""
    return json.dumps(model.model_json_schema(by_alias=True), indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> None:
    """Write every schema into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, model in SCHEMAS.items():
        (folder / name).write_text(schema_text(model), encoding="utf-8")


def stale_schemas(folder: Path) -> list[str]:
    """Names of the schemas in a folder that differ from the models, or are missing."""
    paths = {name: folder / name for name in SCHEMAS}
    return [
        name
        for name, path in paths.items()
        if not path.exists() or path.read_text("utf-8") != schema_text(SCHEMAS[name])
    ]
