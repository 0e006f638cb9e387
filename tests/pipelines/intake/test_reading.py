"""A folder of one applicant's papers: what is read, what is passed over, and what is the same."""

from pathlib import Path

import pytest

from features.errors import DataError
from pipelines.intake import reading
from pipelines.intake.reading import read_folder
from risk.papers import Unread


def write(folder: Path, **files: bytes) -> Path:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def test_papers_come_by_name_and_what_programs_leave_is_passed_over(tmp_path: Path) -> None:
    files = {"b.txt": b"B", "a.md": b"A", "~$b.docx": b"x", ".hid.txt": b"x", "confirmed.toml": b""}
    write(tmp_path, **files)
    assert [filed.paper.name for filed in read_folder(tmp_path)] == ["a.md", "b.txt"]


def test_one_broken_paper_leaves_the_others_alone(tmp_path: Path) -> None:
    write(tmp_path, **{"a.pdf": b"%PDF-", "b.docx": b"PK", "c.txt": b"Yes.", "d.txt": b"\0"})
    (tmp_path / "e.txt").symlink_to("/etc/hostname")
    (tmp_path / "f").mkdir()
    assert [(f.paper.name, f.paper.unread) for f in read_folder(tmp_path)] == [
        ("a.pdf", Unread.UNREADABLE), ("b.docx", Unread.UNREADABLE), ("c.txt", None),
        ("d.txt", Unread.WRONG_ENCODING), ("e.txt", Unread.LINK), ("f", Unread.UNKNOWN_FORMAT),
    ]  # fmt: skip


def test_the_same_bytes_and_the_same_words_are_told_as_copies(tmp_path: Path) -> None:
    write(tmp_path, **{"a.txt": b"One  two", "b.txt": b"One  two", "c.md": b"One\ntwo\n"})
    write(tmp_path, **{"d.jpg": b"\xff\xd8", "e.jpg": b"\xff\xd8", "f.txt": b"Three", "g.txt": b""})
    same = {filed.paper.name: filed.same_as for filed in read_folder(tmp_path)}
    assert same == {
        "a.txt": "", "b.txt": "a.txt", "c.md": "a.txt", "d.jpg": "", "e.jpg": "d.jpg",
        "f.txt": "", "g.txt": "",
    }  # fmt: skip


def test_a_folder_of_many_applicants_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_FILES", 1)
    with pytest.raises(DataError, match="folder of one applicant"):
        read_folder(write(tmp_path, **{"a.txt": b"A", "b.txt": b"B"}))
    with pytest.raises(DataError, match="is no folder"):
        read_folder(tmp_path / "a.txt")


def test_text_beyond_what_a_folder_may_hold_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_CHARACTERS", 5)
    filed = read_folder(write(tmp_path, **{"a.txt": b"1234", "b.txt": b"56"}))
    assert [each.paper.unread for each in filed] == [None, Unread.TOO_LARGE]
