"""The ties of an application as the folder of its night keeps them."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.review.what_if.told import ties_told


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """Where a night filed its cases, beside scores in two parts and ties."""
    parts = tmp_path / "scores" / "scores.parquet"
    parts.mkdir(parents=True)
    (tmp_path / "ties").mkdir()
    pq.write_table(pa.table({"row": [1, 3], "application_id": ["A1", "A3"]}), parts / "part-0")
    pq.write_table(pa.table({"row": [4], "application_id": ["A4"]}), parts / "part-1")
    told = {"tie_group": [0.0, 9.0, 2.0, None], "tie_last_phone": [None, "A1", "A0", None]}
    pq.write_table(pa.table(told | {"row": [1, 2, 3, 4]}), tmp_path / "ties" / "told.parquet")
    return tmp_path / "cases"


def test_ties_are_found_by_the_row_of_the_application(cases: Path) -> None:
    assert ties_told(cases, "A3") == {"tie_group": 2.0, "tie_last_phone": "A0", "row": 3}
    assert ties_told(cases, "A4") == {"tie_group": None, "tie_last_phone": None, "row": 4}
    assert ties_told(cases, "A2") == {}


def test_where_a_night_did_not_tie_or_its_folder_is_damaged_there_are_none(cases: Path) -> None:
    told = cases.parent / "ties" / "told.parquet"
    told.write_bytes(b"no table")
    assert ties_told(cases, "A3") == {}
    told.unlink()
    assert ties_told(cases, "A3") == {}
    assert ties_told(cases.parent / "gone" / "cases", "A3") == {}
