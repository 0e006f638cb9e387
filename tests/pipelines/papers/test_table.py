"""A table of papers: the same answers from JSON lines and Parquet, whatever the rows hold."""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import DataError
from pipelines.papers import Papers, open_papers
from risk.papers import Unread

ROWS = [
    ("A2", "letter", "收入8,000元。"),
    ("A1", "z", "Last."),
    ("A1", "a", "First."),
    ("A1", "a", "Second."),
    ("C3", "x", "Stranger."),
    ("C3", "y", "Stranger."),
    ("A2", "none", None),
    (None, "x", "Nobody's."),
    ("A2", "long", "x" * 2_000_001),
]


@pytest.fixture(params=["jsonl", "parquet"])
def papers(request: pytest.FixtureRequest, tmp_path: Path) -> Papers:
    path = tmp_path / f"papers.{request.param}"
    if request.param == "jsonl":
        lines = [
            json.dumps(dict(zip(("application_id", "document", "text"), row, strict=True)))
            for row in ROWS
        ]
        path.write_text("\n".join(lines) + "\n", "utf-8")
    else:
        frame = pd.DataFrame(ROWS, columns=["application_id", "document", "text"])
        frame.assign(more=1).to_parquet(path, row_group_size=2)
    return open_papers(path)


def test_papers_are_found_by_id_and_ordered_by_name(papers: Papers) -> None:
    gathered = papers.gather({"A1", "A2"}, {"A1", "A2", "A3"})
    try:
        assert [(p.name, p.text) for p in gathered.of("A1")] == [
            ("a", "First."), ("a", "Second."), ("z", "Last."),
        ]  # fmt: skip
        assert [(p.name, p.unread) for p in gathered.of("A2")] == [
            ("letter", None), ("long", Unread.TOO_LARGE), ("none", Unread.EMPTY),
        ]  # fmt: skip
        assert gathered.of("A3") == gathered.of("C3") == ()
        assert (gathered.unmatched, gathered.broken) == (1, 1)
    finally:
        gathered.close()


def test_batches_hold_every_row_that_belongs_to_somebody(papers: Papers) -> None:
    held = [h.application_id for batch in papers.batches() for h in batch]
    assert held == [row[0] for row in ROWS if row[0]]
    assert len(papers.digest()) == 64


def test_broken_lines_are_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    good = b'{"application_id": 7, "document": "a", "text": "Yes \\ud800."}\n'
    lines = [good, b"{", b"[1]", b"null", b'{"application_id": true, "text": "x"}', b"", b"\xff",
             b'{"application_id": "A", "document": 3, "text": {"a": 1}}', b"[" * 100_000,
             b'{"application_id": "  ", "text": "x"}']  # fmt: skip
    path.write_bytes(lines[0] + b"\n".join(lines[1:]))
    gathered = open_papers(path).gather({"7", "A"}, {"7", "A"})
    assert [p.text for p in gathered.of("7")] == ["Yes ?."]
    assert [(p.name, p.unread) for p in gathered.of("A")] == [("", Unread.UNREADABLE)]
    assert gathered.broken == 7
    gathered.close()


def test_a_line_without_end_is_one_broken_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.papers.table.LONGEST_LINE", 100)
    path = tmp_path / "papers.jsonl"
    path.write_bytes(b"x" * 1_000 + b'\n{"application_id": "A", "document": "a", "text": "b"}\n')
    gathered = open_papers(path).gather({"A"}, {"A"})
    assert (gathered.broken, len(gathered.of("A"))) == (1, 1)
    gathered.close()


def test_a_table_without_its_columns_or_damaged_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"application_id": ["A"], "text": ["x"]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match='lacks "document"'):
        open_papers(tmp_path / "a.parquet")
    for line in ('{"application_id": "A", "text": "x"}', '["A", "memo", "x"]', "not JSON"):
        (tmp_path / "a.jsonl").write_text(f"{line}\n" * 2, "utf-8")
        with pytest.raises(DataError, match=r'lacks "document"|no line'):
            open_papers(tmp_path / "a.jsonl").gather({"A"}, {"A"})
    (tmp_path / "b.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(DataError, match="no Parquet"):
        open_papers(tmp_path / "b.parquet")
