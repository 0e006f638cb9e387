"""All rows in a file, from which anybody can compute the chain again."""

import csv
import hashlib
import json
from pathlib import Path

import pytest

from pipelines.audit.exporting import export
from pipelines.errors import ConfigError
from pipelines.spreadsheet import original
from pipelines.store import Database, ReviewLog
from pipelines.store.trail import COLUMNS, Trail
from tests.pipelines.audit.conftest import ROWS, Attacker, review

SAID = ["=HYPERLINK(A1)", "＝1", "\t@x", "'=x", '张三\r\n,"李四"', "\u2028 -5", "-5"]


def written(database: Database, path: Path) -> int:
    return export(Trail(database), path, lambda done, total: None)


def computed(row: dict[str, str | None], previous: str) -> str:
    """A row's hash as the README tells an auditor to compute it."""
    body = {name: row[name] for name in row if name not in ("id", "hash")}
    assert body["previous_hash"] == previous
    told = json.dumps(body, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


@pytest.fixture
def told(log: Database) -> Database:
    for words in SAID:
        ReviewLog(log).append(review().model_copy(update={"comment": words}))
    return log


def test_json_lines_hold_all_that_the_chain_rests_on(told: Database, tmp_path: Path) -> None:
    path = tmp_path / "out" / "reviews.jsonl"
    assert written(told, path) == ROWS + len(SAID)
    previous = "0" * 64
    rows = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
    for row in rows:
        assert tuple(row) == COLUMNS
        assert computed(row, previous) == row["hash"]
        previous = row["hash"]
    assert [row["comment"] for row in rows[ROWS:]] == SAID
    assert [p.name for p in path.parent.iterdir()] == ["reviews.jsonl"]


def test_csv_runs_in_no_spreadsheet_and_loses_nothing(told: Database, tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    assert written(told, path) == ROWS + len(SAID)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfid,run_key,")
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [row["comment"] for row in csv.DictReader(file)][ROWS:]
    assert cells[:4] == ["'=HYPERLINK(A1)", "'＝1", "'\t@x", "''=x"]
    assert [original(cell) for cell in cells] == SAID


def test_a_damaged_row_is_told_as_far_as_it_can_be(
    log: Database, attacker: Attacker, tmp_path: Path
) -> None:
    if attacker.typed:
        pytest.skip("PostgreSQL keeps no such text")
    attacker.run("update reviews set comment = cast(x'41ff' as text), reviewer = x'0102'")
    written(log, tmp_path / "a.jsonl")
    written(log, tmp_path / "a.csv")
    row = json.loads((tmp_path / "a.jsonl").read_text("utf-8").splitlines()[0])
    assert (row["comment"], row["reviewer"]) == ("A\udcff", "0102")
    assert len((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()) == ROWS + 1


def test_an_empty_log_is_a_file_without_rows(database: Database, tmp_path: Path) -> None:
    assert written(database, tmp_path / "a.jsonl") == written(database, tmp_path / "a.csv") == 0
    assert (tmp_path / "a.jsonl").read_bytes() == b""
    assert (tmp_path / "a.csv").read_text("utf-8-sig").strip() == ",".join(COLUMNS)


def test_a_file_that_is_there_or_of_another_kind_is_refused(
    database: Database, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("mine")
    for name in ("a.csv", "a.xlsx", "a"):
        with pytest.raises(ConfigError):
            written(database, tmp_path / name)
    assert (tmp_path / "a.csv").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir() if p.suffix in (".part", ".xlsx")] == []
