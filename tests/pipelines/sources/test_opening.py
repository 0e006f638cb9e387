import sqlite3
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import DataError
from pipelines.errors import DeadlineError
from pipelines.sources import Source, open_source


@pytest.fixture
def three(tmp_path: Path) -> dict[str, Source]:
    """The same table in each kind of source."""
    frame = pd.DataFrame({"id": [f"A{i}" for i in range(1, 8)], "age": range(30, 37)})
    frame.to_csv(tmp_path / "book.csv", index=False)
    frame.to_parquet(tmp_path / "book.parquet")
    connection = sqlite3.connect(tmp_path / "book.db")
    connection.execute("create table book (id text primary key, age integer)")
    connection.executemany("insert into book values (?, ?)", frame.to_numpy().tolist())
    connection.commit()
    connection.close()
    uris = ("book.csv", "book.parquet")
    sources = {uri: open_source(str(tmp_path / uri)) for uri in uris}
    return sources | {"sql": open_source(f"sqlite:///{tmp_path}/book.db#book")}


def test_all_kinds_read_alike(three: dict[str, Source]) -> None:
    for source in three.values():
        assert source.columns == ("id", "age")
        batches = list(source.batches(["age", "id"], size=3))
        assert [b.first_row for b in batches] == [1, 4, 7]
        frame = pd.concat([b.frame for b in batches])
        assert frame["id"].tolist() == [f"A{i}" for i in range(1, 8)]
        assert frame["age"].astype(int).tolist() == list(range(30, 37))
        assert frame.index.tolist() == list(range(1, 8))
        assert frame.index.name == "row"
        assert all(b.rejected.empty for b in batches)


def test_digests_are_stable_and_batches_can_be_read_again(three: dict[str, Source]) -> None:
    for source in three.values():
        first = [b.frame for b in source.batches(size=4)]
        again = [b.frame for b in source.batches(size=4)]
        pd.testing.assert_frame_equal(pd.concat(first), pd.concat(again))
        assert source.digest() == source.digest()
    assert len({source.digest() for source in three.values()}) == 3


def test_naming_the_rows_can_be_broken_off_and_begun_again(three: dict[str, Source]) -> None:
    def deadline() -> None:
        raise DeadlineError("come")

    for source in three.values():
        with pytest.raises(DeadlineError):
            source.digest(deadline)
        calls: list[int] = []
        digest = source.digest(partial(calls.append, 1))
        assert calls
        # Read once: there is nothing left to break off.
        assert source.digest(deadline) == digest


def test_a_file_that_changes_after_it_was_named_is_refused(three: dict[str, Source]) -> None:
    for name in ("book.csv", "book.parquet"):
        source = three[name]
        source.digest()
        path = source.path  # type: ignore[attr-defined]
        path.write_bytes(path.read_bytes() + b"\n")
        with pytest.raises(DataError, match="changed while it was being read"):
            source.digest()


def test_rows_are_known_where_the_format_tells(three: dict[str, Source]) -> None:
    assert [source.rows for source in three.values()] == [None, 7, 7]


def test_missing_columns_are_named_by_every_kind(three: dict[str, Source]) -> None:
    for source in three.values():
        with pytest.raises(DataError, match='lacks "agee"; for "agee" there is "age"'):
            next(source.batches(["id", "agee"]))
        with pytest.raises(DataError, match="no column"):
            next(source.batches([]))


def test_who_lacks_the_columns_of_ties_is_told_where_they_come_from(
    three: dict[str, Source],
) -> None:
    for source in three.values():
        with pytest.raises(DataError, match=r'lacks "tie_group", columns of ties.*`risk ties`'):
            next(source.batches(["id", "tie_group"]))


@pytest.mark.parametrize("name", ["book.csv", "book.parquet", "book.csv.gz"])
def test_a_missing_file_names_what_lies_beside_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "bok.csv").write_text("a\n")
    with pytest.raises(DataError, match=r"does not exist.*bok\.csv"):
        open_source(str(tmp_path / name))


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is a directory"):
        open_source(str(tmp_path))


def test_an_ending_that_says_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r'"\.xlsx" does not say .*\.csv, '):
        open_source(str(tmp_path / "book.xlsx"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PAR1....", r"a Parquet file .*name it \.parquet"),
        (b"PK\x03\x04....", "an Excel workbook"),
        (b"\x1f\x8b....", r"name it \.csv\.gz"),
        (b"SQLite format 3\0", "sqlite:///"),
    ],
)
def test_another_format_under_the_name_of_a_csv_is_refused(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "book.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=says):
        open_source(str(path))


def test_settings_that_would_be_ignored_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="takes no table"):
        open_source(str(tmp_path / "book.csv"), table="t")
    with pytest.raises(DataError, match="takes no delimiter"):
        open_source(str(tmp_path / "book.parquet"), delimiter=";")


def parquet(tmp_path: Path, table: pa.Table) -> Source:
    pq.write_table(table, tmp_path / "book.parquet", row_group_size=4)
    return open_source(str(tmp_path / "book.parquet"))


def test_a_parquet_cut_short_is_refused(tmp_path: Path) -> None:
    path = Path(parquet(tmp_path, pa.table({"a": range(100)})).name)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DataError, match="cut short"):
        open_source(str(path))
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="no Parquet"):
        open_source(str(path))


def test_a_parquet_damaged_inside_names_the_row(tmp_path: Path) -> None:
    path = tmp_path / "book.parquet"
    pq.write_table(pa.table({"a": [f"x{i}" for i in range(500)]}), path, compression="zstd")
    content = bytearray(path.read_bytes())
    content[20:400] = bytes(380)
    path.write_bytes(content)
    with pytest.raises(DataError, match="damaged after row 0"):
        list(open_source(str(path)).batches())


def test_parquet_types_lose_no_digits(tmp_path: Path) -> None:
    long = 123456789012345678
    table = pa.table(
        {
            "account": pa.array([long, None]),
            "count": pa.array([3, None]),
            "rate": pa.array([Decimal("1.50"), None]),
            "contract": pa.array([Decimal(long * 1000 + 7), None]),
            "level": pa.array(["b", "a"]).dictionary_encode(),
            "day": pa.array([date(2024, 1, 2), None]),
        }
    )
    frame = next(parquet(tmp_path, table).batches()).frame
    assert frame["account"].iloc[0] == str(long)
    assert frame["contract"].iloc[0] == str(long * 1000 + 7)
    assert frame["count"].dtype == float
    assert frame["rate"].iloc[0] == 1.5
    assert frame["level"].tolist() == ["b", "a"]
    assert frame["day"].iloc[0] == pd.Timestamp("2024-01-02")


def test_parquet_columns_may_be_repeated_or_dotted_or_nameless(tmp_path: Path) -> None:
    names = ["a.b", "", "x", "x"]
    source = parquet(tmp_path, pa.Table.from_arrays([pa.array([i]) for i in range(4)], names))
    assert source.columns == ("a.b", "column_2", "x (column 3)", "x (column 4)")
    assert next(source.batches(["a.b"])).frame["a.b"].tolist() == [0]
    assert next(source.batches(["x (column 4)", "column_2"])).frame.to_numpy().tolist() == [[3, 1]]
    with pytest.raises(DataError, match="more than once"):
        next(source.batches(["x"]))


def test_a_parquet_without_rows_gives_one_empty_batch(tmp_path: Path) -> None:
    (batch,) = parquet(tmp_path, pa.table({"a": pa.array([], pa.string())})).batches()
    assert batch.frame.empty
    assert list(batch.frame.columns) == ["a"]
