"""Accounts from a CSV file: who may not stand in it, where it may not lie, and what happens when there are too few."""

import subprocess

import pytest
import yaml

from authstorm.errors import ConfigError
from authstorm.plan.account_file import exposures, read_accounts
from authstorm.plan.accounts import Accounts
from authstorm.plan.rehearsal import load_rehearsal
from authstorm.plan.target import read_target
from tests.plan.test_targets import GIVEN, ROOT

SECRET = "correct horse"


@pytest.fixture
def csv(tmp_path):
    """Write an account file; gives what a target says of it."""

    def write(text, **changes):
        path = tmp_path / "accounts.csv"
        path.write_text(text)
        path.chmod(0o600)
        return {"csv": str(path), **changes}

    return write


@pytest.fixture
def read(tmp_path):
    def read(accounts):
        path = tmp_path / "t.yaml"
        path.write_text(yaml.safe_dump({**GIVEN, "accounts": accounts}, sort_keys=False))
        return read_target(path, "t.yaml")

    return read


ROWS = "username,password\n" + "".join(f"person{n},{SECRET} {n}\n" for n in range(7))


def test_the_file_says_how_many_there_are_and_no_dump_shows_a_password(csv, read):
    target = read(csv(ROWS))
    assert target.accounts.count == 7
    assert SECRET not in repr(target) + repr(read_accounts(target.accounts)) + target.model_dump_json()


@pytest.mark.parametrize("shares", [1, 2, 3])
def test_every_account_is_in_one_share_with_its_own_password(csv, shares):
    accounts = Accounts(**csv(ROWS))
    rolls = [read_accounts(accounts, share, shares) for share in range(shares)]
    held = {name: secret.reveal() for roll in rolls for name, secret in roll.passwords.items()}
    assert held == {f"person{n}": f"{SECRET} {n}" for n in range(7)}
    assert sum(len(roll.names) for roll in rolls) == 7


def test_count_takes_the_first_of_them(csv, read):
    assert read_accounts(read(csv(ROWS, count=3)).accounts).names == ["person0", "person1", "person2"]


def test_columns_may_come_in_any_order_beside_others_and_one_password_may_do_for_all(csv):
    text = '\ufeffTeam, Username \nred,ann\nblue,\'bob\'\n\n"a,b","o""hara"\n'
    roll = read_accounts(Accounts(**csv(text, password={"env": "P"})))
    assert (roll.names, dict(roll.passwords)) == (["ann", "'bob'", 'o"hara'], {})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("user,password\nann,x\n", "accounts.csv:1: header: has no column username"),
        ("username\nann\n", "accounts.csv:2: row: has no password"),
        (f"username,password\nann,{SECRET}\nann,{SECRET}\n", "accounts.csv:3: row: has the same username as line 2"),
        (f"username,password\n,{SECRET}\n", "accounts.csv:2: row: has no username"),
        (f"username,password\n\x07,{SECRET}\n", "accounts.csv:2: row: has no username"),
        ("username,password\n", "holds no account"),
        ("", "header: has no column username"),
        (f'username,password\nann,"{SECRET}', "is no CSV in UTF-8"),
    ],
)
def test_a_row_that_cannot_be_used_is_told_by_its_line_and_never_by_what_it_holds(csv, read, text, told):
    with pytest.raises(ConfigError) as caught:
        read(csv(text))
    assert told in str(caught.value)
    assert SECRET not in str(caught.value)


def test_many_bad_rows_are_told_in_few_lines(csv, read):
    with pytest.raises(ConfigError) as caught:
        read(csv("username,password\n" + "ann,x\n" * 100))
    assert len(caught.value.problems) == 11
    assert "has 89 more problems like these" in str(caught.value)


def test_a_file_that_is_not_there_is_told_with_the_line_of_the_target(read):
    with pytest.raises(ConfigError, match=r"t\.yaml:\d+: accounts\.csv: cannot be read"):
        read({"csv": "/nowhere/accounts.csv"})


def test_more_accounts_than_the_file_has_are_not_made_up(csv, read):
    with pytest.raises(ConfigError, match=r"is 8, and .* has 7 accounts"):
        read(csv(ROWS, count=8))


@pytest.mark.parametrize(
    "accounts",
    [
        {},
        {"pattern": "u{n}", "csv": "x"},
        {"pattern": "u{n}", "password": {"env": "P"}},
        {"pattern": "u{n}", "count": 1},
    ],
)
def test_accounts_come_from_a_pattern_or_a_file_and_a_pattern_needs_count_and_password(accounts):
    with pytest.raises(ValueError, match=r"one of both|also needs"):
        Accounts.model_validate(accounts)


def git(folder, *words):
    subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True)


def test_a_file_with_passwords_that_git_keeps_is_refused(tmp_path, csv, read):
    accounts = csv(ROWS)
    git(tmp_path, "init")
    assert read(accounts).accounts.count == 7
    git(tmp_path, "add", "accounts.csv")
    with pytest.raises(ConfigError, match=r"git keeps .*accounts\.csv"):
        read(accounts)
    assert read(csv("username\nann\n", password={"env": "P"})).accounts.count == 1  # names alone are nobody's secret


def test_what_lies_open_is_told_until_it_does_not(tmp_path, csv):
    accounts = Accounts(**csv(ROWS))
    (tmp_path / "accounts.csv").chmod(0o640)
    git(tmp_path, "init")
    first, second = exposures(accounts)
    assert "others on this machine can read" in first
    assert "does not ignore it" in second
    (tmp_path / "accounts.csv").chmod(0o600)
    (tmp_path / ".gitignore").write_text("*.csv\n")
    assert exposures(accounts) == []


@pytest.fixture
def plan(tmp_path):
    """Read a plan of 50 visitors (or an open one) for 10 accounts."""

    def plan(policy, **changes):
        accounts = {**GIVEN["accounts"], "count": 10, "when-exhausted": policy}
        profile = {"name": "p", "mix": {"login": 1}, "stages": [{"steady": {"for": "5s"}}], **changes}
        for kind, content in (("targets", {**GIVEN, "accounts": accounts}), ("profiles", profile)):
            (tmp_path / kind).mkdir(exist_ok=True)
            (tmp_path / kind / f"{content['name']}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
        return load_rehearsal("p", "t", tmp_path)

    return plan


CLOSED, OPEN = {"users": 50}, {"arrivals": "50/s", "visit": "1s"}


def test_too_few_accounts_cut_the_visitors_of_an_open_plan_and_end_a_closed_one(plan):
    assert sum(plan("stop", **OPEN).pool.peak.values()) == 10
    with pytest.raises(ConfigError, match="10 accounts are too few for 50 users"):
        plan("stop", **CLOSED)


@pytest.mark.parametrize("shape", [OPEN, CLOSED])
def test_recycled_accounts_carry_every_visitor_and_the_plan_says_so(plan, shape):
    shared = plan("recycle", **shape)
    assert sum(shared.pool.peak.values()) == 50
    assert shared.warnings == ("50 visitors share the 10 accounts of target t: when-exhausted is recycle",)


@pytest.mark.parametrize("shape", [OPEN, CLOSED])
def test_a_target_can_ask_for_no_run_at_all_with_too_few_accounts(plan, shape):
    with pytest.raises(ConfigError, match="10 accounts are too few for 50 users"):
        plan("fail", **shape)


def test_the_example_in_the_docs_is_an_account_file(csv):
    page = (ROOT / "docs/accounts.md").read_text("utf-8")
    example = page.split("```csv\n")[1].split("```")[0]
    assert read_accounts(Accounts(**csv(example))).names
