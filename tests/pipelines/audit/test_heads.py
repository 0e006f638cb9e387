"""Heads in a file: added to, kept through a crash, and known again."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.audit.heads import Head, Mark, append, head_of, read
from pipelines.errors import ConfigError, LockedError

AT = datetime(2026, 3, 2, 18, 30, 1, 5, tzinfo=UTC)


def a_head(length: int = 3, portfolio: str = "小微贷\u2028", at: datetime = AT) -> Head:
    digest = "ab" * 32
    return Head(
        portfolio=portfolio, length=length, hash=digest, last_id=length, ids=digest, at=at
    ).sealed()


@settings(max_examples=50)
@given(
    portfolio=st.text(st.characters(codec="utf-8"), min_size=1),
    length=st.integers(0, 2**40),
    at=st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))])),
)
def test_a_head_comes_back_from_its_line(portfolio: str, length: int, at: datetime) -> None:
    head = a_head(length, portfolio, at)
    assert head_of(head.line()) == head
    assert head.line().count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("portfolio", "other"),
        ("length", 4),
        ("hash", "cd" * 32),
        ("last_id", 4),
        ("ids", "cd" * 32),
        ("at", "2026-03-03T18:30:01.000005Z"),
        ("seal", ""),
        ("seal", "cd" * 32),
        ("more", 1),
    ],
)
def test_an_edited_head_is_none(name: str, value: object) -> None:
    assert head_of(json.dumps({**json.loads(a_head().line()), name: value})) is None


def test_heads_are_added_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "new" / "heads.jsonl"
    heads = [a_head(n) for n in range(3)]
    for head in heads:
        append(path, head)
    assert read(str(path)) == tuple(
        Mark(f"heads.jsonl:{n}", head) for n, head in enumerate(heads, 1)
    )
    assert [p.name for p in path.parent.iterdir()] == ["heads.jsonl"]


def test_a_line_that_a_crash_cut_is_nothing_and_the_next_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / "heads.jsonl"
    append(path, a_head(1))
    whole = path.read_bytes()
    for cut in (1, 40, len(whole) - 2):
        path.write_bytes(whole + whole[:cut])
        assert len(read(str(path))) == 1
    append(path, a_head(2))
    assert [mark.known for mark in read(str(path))] == [a_head(1), a_head(2)]


def test_a_last_line_without_an_end_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "heads.jsonl"
    path.write_text(a_head(1).line().rstrip("\n"), "utf-8")
    append(path, a_head(2))
    assert [mark.known for mark in read(str(path))] == [a_head(1), a_head(2)]


def test_a_file_that_was_saved_on_windows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "heads.jsonl"
    path.write_bytes(
        ("\ufeff" + a_head(1).line() + a_head(2).line()).replace("\n", "\r\n").encode()
    )
    assert [mark.known for mark in read(str(path))] == [a_head(1), a_head(2)]


def test_a_line_in_the_midst_that_is_no_head_is_told(tmp_path: Path) -> None:
    path = tmp_path / "heads.jsonl"
    path.write_text(a_head(1).line() + "{}\n" + a_head(2).line(), "utf-8")
    assert [mark.known for mark in read(str(path))] == [a_head(1), None, a_head(2)]


def test_a_hash_is_a_mark_too(tmp_path: Path) -> None:
    assert read("AB" * 32) == (Mark("AB" * 6, "ab" * 32),)


@pytest.mark.parametrize(
    ("content", "said"), [(None, "neither"), (b"", "no head"), (b"\xff\xfe\n", "UTF-8")]
)
def test_what_is_no_file_of_heads_is_bad_input(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "heads.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        read(str(path))


def test_of_many_at_once_each_is_added_whole_or_told_to_wait(tmp_path: Path) -> None:
    path = tmp_path / "heads.jsonl"

    def add(number: int) -> bool:
        try:
            append(path, a_head(number))
        except LockedError:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        added = [n for n, done in enumerate(threads.map(add, range(20))) if done]
    lengths = [mark.known.length for mark in read(str(path)) if isinstance(mark.known, Head)]
    assert sorted(lengths) == added != []
