"""`risk key`: keys are made, listed and revoked, and told once."""

import json
from pathlib import Path

import pytest
import typer

from pipelines.commands.keys import ScopeName
from pipelines.commands.options import app
from pipelines.config import RunConfig
from pipelines.store import Database
from pipelines.store.keys import ApiKeys, Scope
from tests.pipelines.review.conftest import write_portfolio


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_portfolio(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> int:
    try:
        return int(app(["key", *words], standalone_mode=False) or 0)
    except typer.Exit as end:
        return end.exit_code


def test_the_scopes_of_the_command_are_those_of_the_store() -> None:
    assert [each.value for each in ScopeName] == [each.value for each in Scope]


def test_a_key_is_told_once_and_opens_what_it_was_made_for(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("add", "core system", "--scope", "read", "--scope", "decide") == 0
    key = capsys.readouterr().out.split()[-1]
    assert key.startswith("mj_")
    with Database.open(RunConfig.read(home / "risk.toml").store) as database:
        found = ApiKeys(database).find(key)
    assert found is not None
    assert (found.name, found.scopes) == ("core system", {Scope.READ, Scope.DECIDE})
    assert run("list", "--json") == 0
    told = capsys.readouterr().out
    assert key not in told
    assert json.loads(told)["keys"][0]["scopes"] == ["decide", "read"]
    assert run("list") == 0
    assert "core system" in capsys.readouterr().out


def test_a_revoked_key_is_listed_and_its_name_is_free_again(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("add", "core", "--scope", "read")
    assert run("add", "core", "--scope", "read") == 40
    assert run("revoke", "core") == 0
    assert run("revoke", "core") == 40
    assert run("add", "core", "--scope", "score") == 0
    capsys.readouterr()
    run("list", "--json")
    told = json.loads(capsys.readouterr().out)["keys"]
    assert [each["revoked_at"] is None for each in told] == [False, True]


@pytest.mark.parametrize("name", ["", " ", "a]b", "x" * 65, "\u202ea", "a\nb", "-a"])
def test_a_name_that_the_log_cannot_quote_is_refused(home: Path, name: str) -> None:
    assert run("add", "--scope", "read", "--", name) == 40
