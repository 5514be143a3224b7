"""What people may choose on a page: names from lists, a seed, a scale; nothing that leads to another file."""

import pytest

from authstorm.errors import ConfigError
from authstorm.plan.choice import Choice, Menu

FIRST = Choice("smoke", "sandbox", None, 1.0, "wire")


@pytest.fixture
def menu(tmp_path):
    for folder, names in (("profiles", ("smoke", "flash-sale")), ("targets", ("sandbox", "keycloak"))):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / f"{name}.yaml").touch()
    return Menu.of(tmp_path, FIRST)


def draw():
    return 4711


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        pytest.param({}, FIRST, id="nothing chosen keeps the command line's"),
        pytest.param({"profile": "flash-sale"}, Choice("flash-sale", "sandbox", None, 1.0, "wire"), id="one thing"),
        pytest.param({"seed": "9"}, Choice("smoke", "sandbox", 9, 1.0, "wire"), id="a seed"),
        pytest.param({"seed": " "}, FIRST, id="no seed is the profile's own"),
        pytest.param({"seed": "new"}, Choice("smoke", "sandbox", 4711, 1.0, "wire"), id="a drawn one"),
        pytest.param({"scale": "0.25"}, Choice("smoke", "sandbox", None, 0.25, "wire"), id="a quarter"),
    ],
)
def test_a_form_becomes_a_choice(menu, form, expected):
    assert menu.read(form, draw) == expected


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("profile", "nope"),
        ("profile", "../profiles/smoke"),
        ("profile", "/etc/passwd.yaml"),
        ("profile", "smoke.yaml"),
        ("profile", ""),
        ("target", "sandbox\x00"),
        ("seed", "-1"),
        ("seed", "1e3"),
        ("seed", "9" * 5000),
        ("seed", "\u0663"),
        ("scale", "0"),
        ("scale", "nan"),
        ("scale", "inf"),
        ("scale", "-2"),
        ("scale", "many"),
    ],
)
def test_what_is_on_no_list_is_refused_by_name(menu, key, value):
    with pytest.raises(ConfigError, match=f"choice: {key}: "):
        menu.read({key: value}, draw)


def test_all_problems_are_told_at_once_with_the_nearest_word(menu):
    with pytest.raises(ConfigError, match="flash-sale") as caught:
        menu.read({"profile": "flash-sail", "target": "x", "seed": "x", "scale": "x"}, draw)
    assert [problem.key for problem in caught.value.problems] == ["profile", "target", "scale", "seed"]


def test_what_the_command_line_chose_is_on_the_lists(tmp_path):
    menu = Menu.of(tmp_path, Choice("/tmp/own.yaml", "mine.yaml", 77, 0.3))
    assert (menu.profiles, menu.targets) == (("/tmp/own.yaml",), ("mine.yaml",))
    assert menu.seeds[0] == "77"
    assert menu.scales[0] == "0.3"


def test_files_that_came_since_are_on_the_lists(menu, tmp_path):
    (tmp_path / "profiles" / "late.yaml").touch()
    assert "late" not in menu.profiles
    assert "late" in Menu.of(tmp_path, FIRST).profiles
