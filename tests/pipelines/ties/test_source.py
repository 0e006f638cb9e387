"""A table beside its ties: every row with its own, whatever is asked for and however it is cut."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import DataError
from pipelines.sources import Source, open_source
from pipelines.ties.source import TiedSource

ROWS = 60


def laid(folder: Path, told_rows: list[int], group: int) -> tuple[Source, TiedSource, pd.DataFrame]:
    """A CSV with a broken line, what some of its rows were told, and both as one."""
    folder.mkdir(exist_ok=True)
    lines = [f"A{n},{n * 2}" for n in range(1, ROWS + 1)]
    lines[6] = "A7,14,too,many"
    (folder / "t.csv").write_text("\n".join(["id,x", *lines]) + "\n", "utf-8")
    told = pd.DataFrame({"tie_group": np.array(told_rows, float), "row": told_rows})
    told["tie_last_phone"] = [f"B{n}" for n in told_rows]
    told = told.astype({"row": "int64", "tie_last_phone": "str"})
    told.to_parquet(folder / "told.parquet", index=False, row_group_size=group)
    source = open_source(str(folder / "t.csv"))
    return source, TiedSource(source, folder / "told.parquet"), told.set_index("row")


@given(
    st.lists(st.integers(1, ROWS), unique=True).map(sorted),
    st.integers(1, 25),
    st.integers(1, 30),
    st.lists(st.sampled_from(["id", "x", "tie_group", "tie_last_phone"]), min_size=1, unique=True),
)
@settings(max_examples=40)
def test_each_row_stands_beside_what_it_was_told(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[int],
    group: int,
    size: int,
    columns: list[str],
) -> None:
    source, tied, told = laid(tmp_path_factory.mktemp("tied"), rows, group)
    batches = list(tied.batches(columns, size))
    plain = list(source.batches(None, size))
    assert [len(b.rejected) for b in batches] == [len(b.rejected) for b in plain]
    whole = pd.concat([b.frame for b in batches])
    expected = pd.concat([b.frame for b in plain]).join(told)[columns]
    pd.testing.assert_frame_equal(whole, expected, check_dtype=False)
    assert list(whole.index) == [n for n in range(1, ROWS + 1) if n != 7]


def test_a_stretch_of_parquet_can_be_read_by_another_process(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": [f"A{n}" for n in range(1, 41)]})
    frame.to_parquet(tmp_path / "t.parquet", row_group_size=10)
    told = pd.DataFrame({"tie_group": np.arange(1, 41.0), "row": np.arange(1, 41)})
    told.to_parquet(tmp_path / "told.parquet", index=False, row_group_size=7)
    tied = TiedSource(open_source(str(tmp_path / "t.parquet")), tmp_path / "told.parquet")
    stretches = [
        pickle.loads(pickle.dumps(each))  # noqa: S301 - our own
        for each in tied.stretches(tied.columns, 10)
    ]
    parts = [batch.frame for stretch in stretches for batch in stretch]
    assert len(stretches) == 4
    assert pd.concat(parts)["tie_group"].tolist() == told["tie_group"].tolist()


def test_it_has_a_digest_of_both_and_names_what_it_lacks(tmp_path: Path) -> None:
    source, tied, _ = laid(tmp_path, [1, 2], 5)
    _, other, _ = laid(tmp_path / "other", [1, 3], 5)
    assert len({source.digest(), tied.digest(), other.digest()}) == 3
    assert tied.digest() == TiedSource(source, tmp_path / "told.parquet").digest()
    with pytest.raises(DataError, match='lacks "tie_size"'):
        list(tied.batches(["tie_size"]))
