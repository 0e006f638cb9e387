"""A queue as a file: all of it, and nothing in it that a spreadsheet would run."""

import csv
import io
from collections.abc import Callable

import pytest

from pipelines.review.queue import export
from pipelines.review.workbench import Workbench
from tests.pipelines.review.conftest import Browser
from tests.pipelines.review.queue.laid_rows import many, put

Opens = Callable[[], Browser]


def read(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline="")))


def test_the_file_holds_all_pages_of_what_is_filtered(bench: Workbench, browser: Opens) -> None:
    ids = many(bench, 2_100, grade="A1")
    put(bench, "other", grade="D1")
    answer = browser().log_in("officer").get("/queue/export?grade=A1&after=0.0:1")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="queue-20261128-')
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert [row["Application"] for row in read(answer.content)] == ids


def test_there_is_an_end_to_the_file(
    bench: Workbench, browser: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MOST", 20)
    monkeypatch.setattr(export, "AT_ONCE", 10)
    ids = many(bench, 35)
    answer = browser().log_in("officer").get("/queue/export")
    assert [row["Application"] for row in read(answer.content)] == ids[:20]


def test_no_cell_is_a_formula_and_numbers_are_numbers(bench: Workbench, browser: Opens) -> None:
    put(bench, "=HYPERLINK(1)", product="+cmd", grade="@x", points=-12.5, holder="-1+1")
    (row,) = read(browser().log_in("officer").get("/queue/export").content)
    told = (row["Application"], row["Product"], row["Grade"], row["Points"], row["Held by"])
    assert told == ("'=HYPERLINK(1)", "'+cmd", "'@x", "-12.5", "'-1+1")


def test_a_search_is_a_file_too_and_words_are_the_readers(bench: Workbench, browser: Opens) -> None:
    put(bench, "A1", "A2", "B1", pending=True, suspected=True)
    bench.people.set_language("officer", "zh")
    rows = read(browser().log_in("officer").get("/queue/export?id=A").content)
    assert [row["申请编号"] for row in rows] == ["A1", "A2"]
    assert rows[0]["提示"] == "文件疑似含指令; 说明待补"
