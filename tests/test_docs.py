"""The docs are true: every command exists, every key and page is there."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from authstorm.plan.target import Target

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md"), ROOT / "bench/README.md"])


def keys_of(model, prefix=""):
    for name, field in model.model_fields.items():
        key = field.alias or name
        kinds = [
            kind for kind in (field.annotation, *getattr(field.annotation, "__args__", ())) if isinstance(kind, type)
        ]
        inner = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        yield key
        for kind in inner:
            yield from keys_of(kind)


@pytest.mark.parametrize("key", sorted(set(keys_of(Target))))
def test_every_key_of_a_target_is_described(key):
    assert re.search(rf"\b{re.escape(key)}\b", (ROOT / "docs/targets.md").read_text("utf-8"))


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES])
def test_every_make_word_on_a_page_exists(page):
    words = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE)) <= words


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES])
def test_every_link_on_a_page_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_five_lines_of_the_readme_are_a_target():

    block = next(part for part in re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL))
    assert Target.model_validate(yaml.safe_load(block)).name == "my-auth"
    assert len(block.strip().splitlines()) == 5
