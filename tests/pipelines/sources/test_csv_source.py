import csv
import gzip
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import DataError
from pipelines.sources import Batch, open_source
from pipelines.sources.batches import REJECT_COLUMNS
from pipelines.sources.csv_source import CsvSource

ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16")
DELIMITERS = (",", ";", "\t", "|")

cells = st.text(
    alphabet=st.one_of(
        st.sampled_from(list(" ,;|\t\"\n\r0123.'=")),
        st.characters(codec="gb18030", exclude_characters="\0", exclude_categories=["Cs"]),
    ),
    max_size=8,
)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(2, 5))
    return draw(st.lists(st.lists(cells, min_size=width, max_size=width), max_size=12))


def written(rows: Sequence[Sequence[str]], delimiter: str, quoting: int = csv.QUOTE_MINIMAL) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()


def opened(tmp_path: Path, content: bytes, **settings: str) -> CsvSource:
    path = tmp_path / "book.csv"
    path.write_bytes(content)
    return CsvSource(path, **settings)


def whole(batches: Sequence[Batch]) -> tuple[pd.DataFrame, pd.DataFrame]:
    rejected = pd.concat([b.rejected for b in batches], ignore_index=True)
    return pd.concat([b.frame for b in batches]), rejected


def read(tmp_path: Path, content: bytes, **settings: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    return whole(list(opened(tmp_path, content, **settings).batches()))


@settings(max_examples=150)
@given(
    tables(),
    st.sampled_from(ENCODINGS),
    st.sampled_from(DELIMITERS),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.integers(1, 5),
    st.booleans(),
)
def test_what_was_written_is_read_back_in_every_encoding_and_delimiter(
    rows: list[list[str]], encoding: str, delimiter: str, quoting: int, size: int, packed: bool
) -> None:
    width = len(rows[0]) if rows else 2
    header = [f"c{i}" for i in range(width)]
    content = written([header, *rows], delimiter, quoting).encode(encoding)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("book.csv.gz" if packed else "book.csv")
        path.write_bytes(gzip.compress(content) if packed else content)
        source = CsvSource(path, encoding=encoding, delimiter=delimiter)
        batches = list(source.batches(size=size))
    frame, rejected = whole(batches)
    assert rejected.empty
    assert frame.to_numpy().tolist() == rows
    assert frame.index.tolist() == list(range(1, len(rows) + 1))
    assert [b.first_row for b in batches] == list(range(1, max(len(rows), 1) + 1, size))


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.text("ab张三 ", max_size=4), st.integers(0, 9)), min_size=3, max_size=9),
    st.sampled_from(ENCODINGS),
    st.sampled_from(DELIMITERS),
)
def test_encoding_and_delimiter_are_found(
    rows: list[tuple[str, int]], encoding: str, delimiter: str
) -> None:
    lines = [["编号", "姓名", "次数"], *[[f"A{i}", n, str(k)] for i, (n, k) in enumerate(rows)]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.csv"
        path.write_bytes(written(lines, delimiter).encode(encoding))
        source = CsvSource(path)
        frame, _ = whole(list(source.batches()))
    assert source.delimiter == delimiter
    assert list(source.columns) == lines[0]
    assert frame.to_numpy().tolist() == lines[1:]


@settings(max_examples=80)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=40), st.integers(1, 7))
def test_ragged_rows_are_rejected_and_shift_no_other_row(widths: list[int], size: int) -> None:
    lines = [",".join([f"r{n}", *"x" * (width - 1)]) for n, width in enumerate(widths, 1)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.csv"
        path.write_text("id,b,c\n" + "\n".join(lines))
        frame, rejected = whole(list(CsvSource(path, delimiter=",").batches(size=size)))
    assert frame["id"].tolist() == [f"r{n}" for n in frame.index]
    assert sorted([*frame.index, *rejected["row"]]) == list(range(1, len(widths) + 1))
    assert rejected["row"].tolist() == [n for n, w in enumerate(widths, 1) if w != 3]


def test_a_rejected_row_tells_rule_count_and_excerpt(tmp_path: Path) -> None:
    _, rejected = read(tmp_path, b"id,b\n1,2\n7,8,9\n" + b"x" * 200 + b"\n")
    assert tuple(rejected.columns) == REJECT_COLUMNS
    first, long = rejected.to_dict("records")
    assert first == {
        "row": 2,
        "application_id": "",
        "field": "",
        "rule": "wrong-column-count",
        "value": "[3/2] 7,8,9",
    }
    assert long["value"].startswith("[1/2] xxx")
    assert len(long["value"]) < 100


def test_every_cell_stays_text(tmp_path: Path) -> None:
    frame, _ = read(tmp_path, b"id,b,c\n007,NA,\n1.50,true,2024-01-01\n")
    assert frame.to_numpy().tolist() == [["007", "NA", ""], ["1.50", "true", "2024-01-01"]]


def test_quoted_line_ends_and_delimiters_belong_to_the_cell(tmp_path: Path) -> None:
    frame, rejected = read(tmp_path, b'id,note\n1,"a, b\r\nc"\n2,"say ""hi"""\n')
    assert frame["note"].tolist() == ["a, b\r\nc", 'say "hi"']
    assert rejected.empty


def test_a_quote_that_never_closes_costs_one_row(tmp_path: Path) -> None:
    frame, rejected = read(tmp_path, b'id,b\n1,"broken\n2,x\n3,y\n', delimiter=",")
    assert frame.index.tolist() == [2, 3]
    assert rejected[["row", "rule"]].to_numpy().tolist() == [[1, "broken-quoting"]]


def test_a_row_swallowed_by_a_stray_quote_is_won_back(tmp_path: Path) -> None:
    frame, rejected = read(tmp_path, b'id,b\n1,"broken\n"2",x\n3,y\n', delimiter=",")
    assert frame.index.tolist() == [2, 3]
    assert frame["id"].tolist() == ["2", "3"]
    assert rejected["row"].tolist() == [1]


def test_the_tail_of_a_torn_record_is_never_taken_for_an_application(tmp_path: Path) -> None:
    frame, rejected = read(tmp_path, b'id,b\n1,"torn\nworld"x,9\n3,y\n', delimiter=",")
    assert frame["id"].tolist() == ["3"]
    assert set(rejected["rule"]) == {"broken-quoting"}


def test_a_quote_within_an_unquoted_cell_is_a_character(tmp_path: Path) -> None:
    frame, rejected = read(tmp_path, b'id,b\n1,5" pipe\n2,"x"\n')
    assert frame["b"].tolist() == ['5" pipe', "x"]
    assert rejected.empty


def test_a_row_with_nul_bytes_is_rejected(tmp_path: Path) -> None:
    frame, rejected = read(tmp_path, b"id,b\n1,x\n2,\0\n3,y\n")
    assert frame["id"].tolist() == ["1", "3"]
    assert rejected[["row", "rule"]].to_numpy().tolist() == [[2, "nul-byte"]]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_line_end_is_known_and_blank_lines_are_no_rows(tmp_path: Path, end: bytes) -> None:
    frame, rejected = read(tmp_path, end.join([b"", b"id,b", b"1,x", b"", b"2,y", b"", b""]))
    assert frame["id"].tolist() == ["1", "2"]
    assert rejected.empty


def test_an_empty_header_cell_is_called_by_its_place(tmp_path: Path) -> None:
    source = opened(tmp_path, b" ,age , id\n1,30,x\n")
    assert source.columns == ("column_1", "age", "id")


def test_a_repeated_column_is_refused_only_where_it_is_wanted(tmp_path: Path) -> None:
    source = opened(tmp_path, b"id,age,id\n1,30,2\n")
    assert next(source.batches(["age"])).frame["age"].tolist() == ["30"]
    with pytest.raises(DataError, match='"id" stands more than once'):
        next(source.batches(["id"]))


def test_columns_come_in_the_wanted_order_each_once(tmp_path: Path) -> None:
    source = opened(tmp_path, b"a,b,c\n1,2,3\n")
    assert list(next(source.batches(["c", "a", "c"])).frame.columns) == ["c", "a"]


def test_missing_columns_are_all_named_with_the_nearest_there_is(tmp_path: Path) -> None:
    source = opened(tmp_path, b"monthly_income,Age\n1,2\n")
    with pytest.raises(DataError) as caught:
        next(source.batches(["montly_income", "age", "zzz"]))
    message = str(caught.value)
    assert '"montly_income", "age", "zzz"' in message
    assert 'for "montly_income" there is "monthly_income"' in message
    assert 'for "age" there is "Age"' in message
    assert "book.csv" in message


def test_a_file_without_header_shows_no_applicant_in_the_message(tmp_path: Path) -> None:
    source = opened(tmp_path, "李四,13800000000,42\n".encode())
    with pytest.raises(DataError, match="looks like data") as caught:
        next(source.batches(["age"]))
    assert "李四" not in str(caught.value)
    assert "138" not in str(caught.value)


def test_a_header_alone_gives_one_empty_batch(tmp_path: Path) -> None:
    (batch,) = opened(tmp_path, b"id,b\n").batches(["b"])
    assert list(batch.frame.columns) == ["b"]
    assert batch.frame.empty
    assert batch.rejected.empty


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match="is empty"):
        opened(tmp_path, content)


def test_bytes_of_no_known_encoding_name_place_and_setting(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"byte 10 in line 3 .*set encoding"):
        opened(tmp_path, b"id,b\n1,2\n3\xff,4\n")


def test_damaged_utf8_is_not_taken_for_gb18030(tmp_path: Path) -> None:
    damaged = "id,b\n1,张三李四王五\n2,".encode() + b"\xe4\xbd\n"
    with pytest.raises(DataError, match="not UTF-8: byte 28 in line 3"):
        opened(tmp_path, damaged)


def test_a_wrong_encoding_setting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not utf-8: byte 3 "):
        opened(tmp_path, "id,姓名\n".encode("gb18030"), encoding="utf-8")
    with pytest.raises(DataError, match='encoding "klingon" is unknown'):
        opened(tmp_path, b"id\n", encoding="klingon")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_mark_says_what_to_set(tmp_path: Path, encoding: str) -> None:
    content = "id,姓名\n1,张三\n".encode(encoding)
    with pytest.raises(DataError, match=r"NUL bytes.*utf-16-le"):
        opened(tmp_path, content)
    frame, _ = read(tmp_path, content, encoding=encoding)
    assert frame["姓名"].tolist() == ["张三"]


def test_a_broken_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.csv.gz"
    path.write_bytes(gzip.compress(b"id,b\n" + b"1,2\n" * 9999)[:-20])
    with pytest.raises(DataError, match="cut short"):
        CsvSource(path)


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "，"])
def test_an_impossible_delimiter_is_refused(tmp_path: Path, delimiter: str) -> None:
    with pytest.raises(DataError, match="not one ASCII character"):
        opened(tmp_path, b"a,b\n", delimiter=delimiter)


def test_a_file_replaced_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    source = opened(tmp_path, b"id,b\n" + b"1,2\n" * 10)
    batches = source.batches(size=5)
    next(batches)
    source.path.write_bytes(b"id,b\n1,2\n")
    with pytest.raises(DataError, match="changed while"):
        list(batches)


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    source = opened(tmp_path, b"id,b\n1,2\n")
    assert source.digest() == open_source(str(source.path)).digest()
    assert len(source.digest()) == 64
