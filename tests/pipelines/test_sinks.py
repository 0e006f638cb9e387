import csv
import hashlib
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import DataError
from pipelines.sinks import ROW_GROUP, CsvSink, ParquetSink
from pipelines.sources.batches import REJECT_COLUMNS, Broken, RejectedRow, rejected_frame


def written(path: Path, frames: Sequence[pd.DataFrame]) -> bytes:
    with ParquetSink(path) as sink:
        for frame in frames:
            sink.write(frame)
    return path.read_bytes()


def test_parquet_is_read_back_with_types_and_named_index(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"id": ["张三", None], "pd": [0.1, np.nan], "n": [1, 2], "none": [None, None]},
        index=pd.Index([4, 7], name="row"),
    )
    written(tmp_path / "a.parquet", [frame])
    read = pd.read_parquet(tmp_path / "a.parquet")
    assert read["row"].tolist() == [4, 7]
    assert read["pd"].dtype == np.float64
    assert read["n"].dtype == np.int64
    assert read["id"].iloc[0] == "张三"
    assert read["none"].isna().all()


def test_bytes_do_not_depend_on_the_batches(tmp_path: Path) -> None:
    rows = ROW_GROUP * 2 + 77
    x = np.random.default_rng(0).random(rows)
    frame = pd.DataFrame({"id": [f"A{i}" for i in range(rows)], "pd": x})
    whole = written(tmp_path / "a.parquet", [frame])
    cuts = [0, 1, 70_000, ROW_GROUP, 150_001, rows]
    parts = [frame.iloc[a:b] for a, b in pairwise(cuts)]
    digests = {hashlib.sha256(b).hexdigest() for b in (whole, written(tmp_path / "b", parts))}
    assert len(digests) == 1
    assert pq.ParquetFile(tmp_path / "b").metadata.num_row_groups == 3


def test_only_empty_batches_still_give_a_table(tmp_path: Path) -> None:
    empty = pd.DataFrame({"id": pd.Series([], dtype="str"), "pd": pd.Series([], dtype=float)})
    written(tmp_path / "a.parquet", [empty, empty])
    assert list(pd.read_parquet(tmp_path / "a.parquet").columns) == ["id", "pd"]


def test_a_batch_that_does_not_fit_the_first_names_the_column(tmp_path: Path) -> None:
    first = pd.DataFrame({"id": ["a"], "pd": [0.1]})
    for wrong, says in (
        (pd.DataFrame({"id": ["a"], "pd": ["high"]}), '"pd"'),
        (pd.DataFrame({"id": ["a"]}), "columns"),
    ):
        with pytest.raises(DataError, match=says):
            written(tmp_path / "a.parquet", [first, wrong])


def test_rejects_have_their_header_even_without_rows(tmp_path: Path) -> None:
    with CsvSink(tmp_path / "rejects.csv"):
        pass
    content = (tmp_path / "rejects.csv").read_bytes()
    assert content == b"\xef\xbb\xbfrow,application_id,field,rule,value\r\n"


def test_rejects_open_in_excel_in_chinese(tmp_path: Path) -> None:
    with CsvSink(tmp_path / "rejects.csv") as sink:
        sink.write(rejected_frame([RejectedRow(3, Broken.NUL_BYTE, "张三\n,李四")]))
        sink.write(rejected_frame())
        assert sink.rows == 1
    lines = (tmp_path / "rejects.csv").read_text("utf-8-sig").splitlines()
    assert lines[1] == '3,,,nul-byte,"张三 ,李四"'


def test_wrong_columns_are_refused(tmp_path: Path) -> None:
    with CsvSink(tmp_path / "a.csv", ["a"]) as sink, pytest.raises(DataError, match="columns"):
        sink.write(pd.DataFrame({"b": [1]}))


@settings(max_examples=100)
@given(
    st.text(
        st.one_of(
            st.sampled_from(list("=+-@\t\r\n ＝'\"0,")),
            st.characters(codec="utf-8", exclude_characters="\0"),
        )
    )
)
def test_no_cell_starts_like_a_formula(value: str) -> None:
    row = dict.fromkeys(REJECT_COLUMNS, value) | {"row": 1}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rejects.csv"
        with CsvSink(path) as sink:
            sink.write(pd.DataFrame([row]))
        with path.open(encoding="utf-8-sig", newline="") as file:
            _, (_, *cells) = list(csv.reader(file))
    for cell in cells:
        assert cell in (value, f"'{value}")
        bare = cell.strip()
        assert not bare.startswith(("=", "@", "＝"))
        if bare.startswith(("+", "-")):
            float(bare)
