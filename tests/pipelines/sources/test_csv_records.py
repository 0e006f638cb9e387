import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import DataError
from pipelines.sources.csv_records import LONGEST_RECORD, Layout, pieces, read_header

LAYOUT = Layout(3, ",", (0, 1, 2))

# Text full of the characters that make records.
raw = st.text(alphabet=st.sampled_from(list('ab,,"\n\n\r张')), max_size=60)


def in_blocks(text: bytes, size: int) -> Iterator[bytes]:
    return (text[i : i + size] for i in range(0, len(text), size))


def parsed(text: bytes, size: int) -> tuple[dict[int, tuple[str, ...]], dict[int, str]]:
    good: dict[int, tuple[str, ...]] = {}
    bad: dict[int, str] = {}
    for piece in pieces(b"", in_blocks(text, size), LAYOUT):
        lines = zip(*(column.to_pylist() for column in piece.table.columns), strict=True)
        good |= dict(zip(piece.rows.tolist(), lines, strict=True))
        bad |= {line.row: str(line.rule) for line in piece.rejected}
        assert piece.records == piece.table.num_rows + len(piece.rejected)
    return good, bad


@settings(max_examples=300)
@given(raw, st.integers(1, 70))
def test_no_row_is_lost_and_blocks_do_not_matter(text: str, size: int) -> None:
    content = text.encode()
    good, bad = parsed(content, size)
    assert sorted([*good, *bad]) == list(range(1, len(good) + len(bad) + 1))
    assert (good, bad) == parsed(content, 10_000)


@settings(max_examples=300)
@given(raw, st.integers(1, 70))
def test_rows_are_those_of_the_strict_standard_parser(text: str, size: int) -> None:
    try:
        expected = [c for c in csv.reader(io.StringIO(text, newline=""), strict=True) if c]
    except csv.Error:
        return
    good, bad = parsed(text.encode(), size)
    rows = dict(enumerate(map(tuple, expected), 1))
    assert good == {n: c for n, c in rows.items() if len(c) == 3}
    assert sorted(bad) == [n for n, c in rows.items() if len(c) != 3]


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(DataError, match="the line of row 2 is longer than"):
        parsed(b"1,2,3\n" + b"x" * (LONGEST_RECORD + 9), 1 << 20)


def test_a_quote_open_for_too_long_gives_up_its_line_only() -> None:
    text = b'1,2,3\n1,"2,3\n' + b"1,2,3\n" * (LONGEST_RECORD // 6 + 9)
    good, bad = parsed(text, 1 << 20)
    assert bad == {2: "broken-quoting"}
    assert len(good) == LONGEST_RECORD // 6 + 10


def test_a_header_may_span_lines_and_blocks() -> None:
    header = read_header(in_blocks(b'\n"a\nb",c\n1,2\n', 3), ",")
    assert header.cells == ["a\nb", "c"]


def test_a_header_with_broken_quotes_is_refused() -> None:
    with pytest.raises(DataError, match="header cannot be read"):
        read_header(iter([b'"a"b,c\n1,2\n']), ",")
