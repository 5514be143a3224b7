"""docs/profiles.md is true: every key stands there, each example is read, and each picture is what would be drawn."""

import re
from pathlib import Path

import pytest
import yaml

from authstorm.plan.compile import compile_profile
from authstorm.plan.drawing import draw
from authstorm.plan.expectation import renewals_each_second
from authstorm.plan.piece_of_advice import SAMPLES_NEEDED
from authstorm.plan.profile import Profile
from authstorm.plan.rehearsal import load_rehearsal, names_in
from authstorm.plan.scenario import SCENARIOS
from authstorm.plan.stages import KINDS, Jitter
from authstorm.plan.stuffing import Guesses

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/profiles.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(- .*?)```\n(?:```csv\n(.*?)```\n)?```text\n(.*?)```", PAGE, re.DOTALL)
MODELS = {"the profile": Profile, "jitter": Jitter, "guesses": Guesses} | KINDS


def keys_of(model):
    return [field.alias or name for name, field in model.model_fields.items()]


def section(title):
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def profile_of(stages):
    return Profile.model_validate({"name": "p", "mix": {"login": 1}, "arrivals": "20/s", "stages": stages})


def picture(stages, counts, folder):
    """A stage as the page shows it: the baseline is 20 logins a second."""
    (folder / "friday.csv").write_text(counts)
    schedule = compile_profile(profile_of(stages), folder)
    return "".join(f"{line}\n" for line in draw(schedule, width=72, height=5))


@pytest.mark.parametrize("model", MODELS)
def test_every_key_of_the_models_is_described(model):
    missing = [key for key in keys_of(MODELS[model]) if f"`{key}`" not in PAGE]
    assert missing == []


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_stage_has_an_example_with_its_picture(kind):
    read = [profile_of(yaml.safe_load(text)) for text, _, _ in EXAMPLES]
    assert KINDS[kind] in {type(body) for profile in read for entry in profile.stages for body in entry.values()}


@pytest.mark.parametrize("index", range(len(EXAMPLES)))
def test_each_picture_is_what_the_example_beside_it_draws(index, tmp_path):
    stages, counts, shown = EXAMPLES[index]
    assert shown == picture(yaml.safe_load(stages), counts, tmp_path)


@pytest.mark.parametrize("profile", ["refresh-storm", "refresh-storm-jitter"])
def test_the_storm_comes_as_the_page_shows_it(profile):
    plan = load_rehearsal(profile, "sandbox-short-lived", ROOT / "config")
    lines = draw(plan.schedule, 100, renewals_each_second(plan))
    assert next(line for line in lines if line.startswith("renewals")) in PAGE


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(name: .*?)```", PAGE, re.DOTALL))
def test_each_whole_profile_on_the_page_can_be_read(text):
    assert Profile.model_validate(yaml.safe_load(text)).stages


def test_each_line_of_the_table_of_keys_is_an_example_that_can_be_read():
    rows = re.findall(r"^\| `([\w-]+)` \| `([^`]+)` \|", section("Keys"), re.MULTILINE)
    assert {key for key, _ in rows} == set(keys_of(Profile)) - {"stages"}
    for key, example in rows:
        given = yaml.safe_load(example)
        model = {"users": 5} if key in {"users", "think"} else {"arrivals": "5/s"}
        mix = {} if isinstance(given.get("arrivals"), dict) else {"mix": {"login": 1}}
        profile = {"name": "p", "stages": [{"a": {"for": "5s"}}]} | model | mix | given
        assert key in given
        assert Profile.model_validate(profile), key


@pytest.mark.parametrize("name", names_in(ROOT / "config/profiles"))
def test_every_shipped_profile_is_on_the_page(name):
    assert f"`{name}`" in section("Shipped profiles")


def test_no_profile_is_on_the_page_that_is_not_shipped():
    rows = re.findall(r"^\| `([\w-]+)` \|", section("Shipped profiles"), re.MULTILINE)
    assert sorted(rows) == names_in(ROOT / "config/profiles")


def test_every_scenario_is_on_the_page():
    assert [name for name in SCENARIOS if f"`{name}`" not in PAGE] == []


def test_every_code_of_advice_is_on_the_page():
    source = "".join(path.read_text("utf-8") for path in (ROOT / "authstorm/plan").glob("*advice.py"))
    codes = set(re.findall(r'Advice\(\s*f?"([a-z{}-]+)"', source)) - {"few-samples-{name}"}
    codes |= {f"few-samples-{name}" for name in SAMPLES_NEEDED}
    assert len(codes) == 18
    assert set(re.findall(r"^\| `([\w-]+)` \|", section("What `make plan` tells"), re.MULTILINE)) == codes
