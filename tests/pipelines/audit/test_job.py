"""`risk audit` as a shell and a scheduler see it."""

import json
from pathlib import Path

import pytest

from pipelines.audit import job
from pipelines.audit.heads import Head, read
from pipelines.config import RunConfig
from pipelines.errors import ConfigError, Exit
from pipelines.job import Silent
from pipelines.store import Database, ReviewLog
from tests.pipelines.audit.conftest import ROWS, Attacker, review
from tests.pipelines.command import risk


def config_of(where: str, folder: Path) -> RunConfig:
    given = {"name": "small", "store": where, "policy": {"approve": 0.08, "decline": 0.25}}
    return RunConfig.of(given, folder / "risk.toml")


@pytest.fixture
def config(attacker: Attacker, tmp_path: Path) -> RunConfig:
    return config_of(attacker.where, tmp_path)


def verify(config: RunConfig, known: str = "") -> job.Audited:
    result = job.verify(config, known, "en", Silent())
    assert isinstance(result, job.Audited)
    return result


def test_daily_heads_are_one_file_and_all_are_checked(
    config: RunConfig, log: Database, tmp_path: Path
) -> None:
    heads = tmp_path / "kept" / "heads.jsonl"
    for number in range(3):
        made = job.export_head(config, heads, "en", Silent())
        assert made.exit is Exit.DONE
        assert ("held no head before" in made.notes[-1]) is (number == 0)
        assert "no head was given" not in made.notes[-1]
        ReviewLog(log).append(review(20 + number))
    lengths = [mark.known.length for mark in read(str(heads)) if isinstance(mark.known, Head)]
    assert lengths == [ROWS, ROWS + 1, ROWS + 2]
    result = verify(config, str(heads))
    assert (result.exit, result.counts) == (
        Exit.DONE,
        {"rows": ROWS + 3, "heads": 3, "problems": 0},
    )
    assert not any("no head was given" in note for note in result.notes)


def test_a_log_that_lost_its_tail_gets_no_head(
    config: RunConfig, attacker: Attacker, tmp_path: Path
) -> None:
    heads = tmp_path / "heads.jsonl"
    job.export_head(config, heads, "en", Silent())
    kept = heads.read_bytes()
    attacker.run("delete from reviews where id > 6")
    result = job.export_head(config, heads, "en", Silent())
    assert result.exit is Exit.BAD_INPUT
    assert "3 rows are gone" in result.notes[0]
    assert heads.read_bytes() == kept
    unaided = verify(config)
    assert unaided.exit is Exit.DONE
    assert "no head was given" in unaided.notes[-1]
    assert verify(config, str(heads)).found[0]["kind"] == "cut"


def test_a_broken_row_is_named_by_id_application_and_time(
    config: RunConfig, attacker: Attacker
) -> None:
    attacker.run("update reviews set reviewer = 'r8' where id = 4")
    result = verify(config)
    at = str(result.found[0]["created_at"])
    assert result.found[0] == {
        "kind": "edited", "id": 4, "application_id": "A3", "created_at": at,
    }  # fmt: skip
    assert all(each in result.notes[0] for each in ("row 4", "A3", at))
    assert result.exit is Exit.BAD_INPUT
    assert result.counts["rows"] == 3


def test_a_line_that_was_edited_in_the_file_is_named(config: RunConfig, tmp_path: Path) -> None:
    heads = tmp_path / "heads.jsonl"
    for _ in range(2):
        job.export_head(config, heads, "en", Silent())
    first, second = heads.read_text("utf-8").splitlines(keepends=True)
    heads.write_text(first + second.replace(f'"length": {ROWS}', '"length": 1'), "utf-8")
    result = verify(config, str(heads))
    assert result.found == ({"kind": "unsealed", "head": "heads.jsonl:2"},)


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    config = config_of("nowhere.db", tmp_path)
    with pytest.raises(ConfigError, match="no store"):
        verify(config)
    with pytest.raises(ConfigError, match="no store"):
        job.export_rows(config, tmp_path / "a.csv", Silent())
    assert list(tmp_path.iterdir()) == []


def test_all_rows_go_into_a_file(config: RunConfig, tmp_path: Path) -> None:
    result = job.export_rows(config, tmp_path / "all.csv", Silent())
    assert (result.exit, result.counts) == (Exit.DONE, {"rows": ROWS})
    assert result.files == {"reviews": str(tmp_path / "all.csv")}


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with a config and a store of two reviews."""
    text = 'name = "small"\nstore = "s.db"\n[policy]\napprove = 0.08\ndecline = 0.25\n'
    (tmp_path / "risk.toml").write_text(text, "utf-8")
    with Database.open(str(tmp_path / "s.db")) as database:
        for number in range(2):
            ReviewLog(database).append(review(number))
    return tmp_path


def test_the_command_tells_in_both_languages_and_by_its_exit_code(office: Path) -> None:
    done = risk("audit", "head", "-o", "heads.jsonl", "--lang", "zh", cwd=office)
    assert (done.returncode, "链头存证: heads.jsonl" in done.stdout) == (0, True)
    heads = office / "heads.jsonl"
    heads.write_text(heads.read_text("utf-8").replace('"length": 2', '"length": 3'), "utf-8")
    verified = risk("audit", "verify", "--head", "heads.jsonl", "--json", cwd=office)
    assert verified.returncode == 40
    assert json.loads(verified.stdout)["found"] == [{"kind": "unsealed", "head": "heads.jsonl:1"}]


def test_a_misread_command_line_points_to_the_right_help(tmp_path: Path) -> None:
    done = risk("audit", "verify", "--nosuch", cwd=tmp_path)
    assert done.returncode == 40
    assert "risk audit --help" in done.stderr
