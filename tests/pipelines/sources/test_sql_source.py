import sqlite3
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError
from pipelines.sources import open_source
from pipelines.sources.sql_source import SqlSource


def made(folder: Path, definition: str, rows: Sequence[Sequence[object]] = ()) -> str:
    with sqlite3.connect(folder / "book.db") as connection:
        connection.execute(definition)
        name = "book" if '"' not in definition else '"' + definition.split('"')[1] + '"'
        marks = ",".join("?" * len(rows[0])) if rows else ""
        if rows:
            connection.executemany(f"insert into {name} values ({marks})", rows)  # noqa: S608
    connection.close()
    return f"sqlite:///{folder}/book.db"


def frame(source: SqlSource, size: int = 3) -> pd.DataFrame:
    return pd.concat([b.frame for b in source.batches(size=size)])


def test_rows_come_in_the_order_of_the_primary_key(tmp_path: Path) -> None:
    rows = [(5, "e"), (1, "a"), (3, "c"), (4, "d")]
    url = made(tmp_path, "create table book (id integer primary key, b text)", rows)
    assert frame(SqlSource(url, "book"))["b"].tolist() == ["a", "c", "d", "e"]


def test_without_key_rows_come_in_one_order_whatever_the_order_of_insertion(tmp_path: Path) -> None:
    rows = [(2, "y"), (1, "z"), (2, "x")]
    digests = []
    for name, order in (("one", rows), ("two", rows[::-1])):
        (tmp_path / name).mkdir()
        url = made(tmp_path / name, "create table book (a integer, b text)", order)
        source = SqlSource(url, "book")
        assert frame(source)["b"].tolist() == ["z", "x", "y"]
        digests.append(source.digest())
    assert digests[0] == digests[1]


def test_the_digest_follows_the_rows(tmp_path: Path) -> None:
    url = made(tmp_path, "create table book (a integer primary key)", [(1,), (2,)])
    before = SqlSource(url, "book").digest()
    with sqlite3.connect(tmp_path / "book.db") as connection:
        connection.execute("insert into book values (3)")
    connection.close()
    assert SqlSource(url, "book").digest() != before


def test_a_table_that_changes_between_digest_and_reading_is_noticed(tmp_path: Path) -> None:
    url = made(tmp_path, "create table book (a integer primary key)", [(1,), (2,)])
    source = SqlSource(url, "book")
    source.digest()
    with sqlite3.connect(tmp_path / "book.db") as connection:
        connection.execute("update book set a = 9 where a = 2")
    connection.close()
    with pytest.raises(DataError, match="changed while"):
        list(source.batches())


def test_names_that_need_quotes_are_quoted(tmp_path: Path) -> None:
    url = made(tmp_path, 'create table "a; drop b" ("order by" integer, "姓 名" text)', [(1, "张")])
    source = open_source(f"{url}#a; drop b")
    assert source.columns == ("order by", "姓 名")
    assert next(source.batches(["姓 名"])).frame["姓 名"].tolist() == ["张"]


def test_values_that_break_their_declared_type_are_read_as_they_are(tmp_path: Path) -> None:
    rows = [(1, "2024/01/05", "12.50", 1), (2, None, 3, None)]
    definition = "create table book (id integer primary key, d date, n numeric(9,2), f boolean)"
    read = frame(SqlSource(made(tmp_path, definition, rows), "book"))
    assert read["d"].iloc[0] == "2024/01/05"
    assert read["n"].tolist() == [12.5, 3]
    assert pd.isna(read["f"].iloc[1])


def test_long_whole_numbers_beside_gaps_keep_their_digits(tmp_path: Path) -> None:
    rows = [(1, 123456789012345678), (2, None)]
    url = made(tmp_path, "create table book (id integer primary key, account integer)", rows)
    assert frame(SqlSource(url, "book"))["account"].iloc[0] == "123456789012345678"


def test_an_empty_table_gives_one_empty_batch(tmp_path: Path) -> None:
    url = made(tmp_path, "create table book (a integer, b text)")
    (batch,) = SqlSource(url, "book").batches(["b"])
    assert list(batch.frame.columns) == ["b"]
    assert batch.frame.empty


def test_a_view_is_read_like_a_table(tmp_path: Path) -> None:
    made(tmp_path, "create table book (a integer, b text)", [(1, "x")])
    url = made(tmp_path, "create view seen as select a from book")
    assert open_source(f"{url}#seen").columns == ("a",)


def test_a_missing_table_names_those_there_are(tmp_path: Path) -> None:
    url = made(tmp_path, "create table book (a integer)")
    with pytest.raises(DataError, match='no table "bok"; it has: book'):
        SqlSource(url, "bok")
    with pytest.raises(DataError, match=r"needs a table after #.*book"):
        open_source(url)


def test_a_missing_sqlite_file_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        open_source(f"sqlite:///{tmp_path}/no.db#book")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "book.db").write_text("id,b\n" * 999)
    with pytest.raises(DataError, match="not a database"):
        open_source(f"sqlite:///{tmp_path}/book.db#book")


@pytest.mark.skipif(find_spec("oracledb") is not None, reason="the driver is installed")
def test_a_missing_driver_names_the_install_command() -> None:
    with pytest.raises(DataError, match="pip install oracledb"):
        open_source("oracle+oracledb://u:geheim@host/db#book")


@pytest.mark.skipif(find_spec("psycopg") is not None, reason="the driver is installed")
def test_the_missing_postgres_driver_names_our_extra() -> None:
    with pytest.raises(DataError, match=r"pip install 'mingjian\[postgres\]'"):
        open_source("postgresql+psycopg://u:geheim@host/db#book")


@pytest.mark.parametrize("uri", ["s3://bucket/book.csv#t", "https://host/book.csv#t"])
def test_an_address_that_is_no_database_is_refused(uri: str) -> None:
    with pytest.raises(DataError, match="no database SQLAlchemy knows"):
        open_source(uri)


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=6, max_size=12))
def test_no_password_is_ever_shown(secret: str) -> None:
    word = f"pw{secret}"
    for uri in (
        f"nosuch://u:{word}@host/db#t",
        f"nosuch://u@host/db?password={word}#t",
        f"nosuch://?odbc_connect=UID%3Du%3BPWD%3D{word}#t",
        f"no such {word}://u:{word}@host/db#t",
        f"nosuch://u:{word}@host:port/db#t",
        f"nosuch://u:12#{word}@host/db#t",
    ):
        with pytest.raises(DataError) as caught:
            open_source(uri)
        assert word not in str(caught.value)
