"""A folder of papers: what belongs to whom, what cannot be read, and what is never opened."""

import os
import sys
from pathlib import Path

import pytest

from features.errors import DataError
from pipelines.papers import open_papers
from risk.papers import Paper, Unread


def write(folder: Path, **files: bytes) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(
        tmp_path / "in",
        **{
            "A1/letter.txt": "收入8,000元。".encode(),
            "A1/bank statement.md": "# 流水\n<!-- note -->\n".encode("gb18030"),
            "A1/.hidden.txt": b"no",
            "A1/~$letter.docx": b"no",
            "A1/confirmed.toml": b"no",
            "A2__note.txt": b"Two.",
            "A2.txt": b"\xef\xbb\xbfWhole.",
            "A3__scan.tiff": b"II*\0",
            "B9__x.txt": "十六".encode("utf-16"),
        },
    )


def read(folder: Path, application_id: str) -> tuple[Paper, ...]:
    return open_papers(folder).gather({application_id}, {"A1", "A2"}).of(application_id)


def test_files_belong_to_the_application_of_their_folder_or_of_their_name(folder: Path) -> None:
    assert [(p.name, p.text) for p in read(folder, "A1")] == [
        ("bank statement.md", "# 流水\n<!-- note -->\n"),
        ("letter.txt", "收入8,000元。"),
    ]
    assert [(p.name, p.text) for p in read(folder, "A2")] == [
        ("A2.txt", "Whole."),
        ("note.txt", "Two."),
    ]
    assert read(folder, "B9")[0].text == "十六"
    assert read(folder, "nobody") == ()


def test_papers_without_a_pdf_need_no_extra(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    assert read(folder, "B9")[0].text == "十六"


def test_ids_without_an_application_are_counted(folder: Path) -> None:
    assert open_papers(folder).gather({"A1"}, {"A1", "A2", "A7"}).unmatched == 2


def test_batches_hold_every_paper_once(folder: Path) -> None:
    held = [h for batch in open_papers(folder).batches() for h in batch]
    assert [h.application_id for h in held] == ["A1", "A1", "A2", "A2", "A3", "B9"]


@pytest.mark.parametrize(
    ("name", "data", "unread"),
    [
        ("A1__a.txt", b"\x00\x01\x02", Unread.WRONG_ENCODING),
        ("A1__a.md", b"\xff\xff\xff", Unread.WRONG_ENCODING),
        ("A1__a.txt", b" \n", Unread.EMPTY),
        ("A1__a.doc", b"PK", Unread.UNKNOWN_FORMAT),
        ("A1__a.docx", b"PK", Unread.UNREADABLE),
        ("A1__a.xlsx", b"PK", Unread.UNREADABLE),
        ("A1__a", b"?", Unread.UNKNOWN_FORMAT),
        ("A1__a.txt", b"x" * (8 << 20) + b"y", Unread.TOO_LARGE),
        ("A1__a.txt", b"x" * 2_000_001, Unread.TOO_LARGE),
        ("A1__a.PDF", b"%PDF-1.4 broken", Unread.UNREADABLE),
        ("A1__a.pdf", b"", Unread.UNREADABLE),
    ],
)
def test_what_cannot_be_read_says_why(
    tmp_path: Path, name: str, data: bytes, unread: Unread
) -> None:
    (paper,) = read(write(tmp_path, **{name: data}), "A1")
    assert (paper.name, paper.text, paper.unread) == (name.removeprefix("A1__"), "", unread)


def test_no_link_is_followed_and_nothing_but_a_file_is_opened(tmp_path: Path) -> None:
    write(tmp_path, **{"secret/passwd.txt": b"secret", "in/A1/ok.txt": b"fine"})
    inside = tmp_path / "in"
    (inside / "A1" / "file.txt").symlink_to(tmp_path / "secret" / "passwd.txt")
    (inside / "A1__up.txt").symlink_to("../secret/passwd.txt")
    (inside / "A2").symlink_to(tmp_path / "secret")
    (inside / "A1" / "deep").mkdir()
    os.mkfifo(inside / "A1" / "pipe.txt")
    assert [(p.name, p.unread) for p in read(inside, "A1")] == [
        ("deep", Unread.UNKNOWN_FORMAT),
        ("file.txt", Unread.LINK),
        ("ok.txt", None),
        ("pipe.txt", Unread.UNKNOWN_FORMAT),
        ("up.txt", Unread.LINK),
    ]
    assert [p.unread for p in read(inside, "A2")] == [Unread.LINK]


def test_an_id_never_leads_out_of_the_folder(tmp_path: Path) -> None:
    write(tmp_path, **{"in/A1/ok.txt": b"fine", "A2.txt": b"secret", "out/x.txt": b"secret"})
    for application_id in ("../A2", "..", ".", "../out", "A1/../../out", str(tmp_path / "out"), ""):
        assert read(tmp_path / "in", application_id) == ()


def test_a_file_swapped_for_a_link_after_listing_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, **{"in/A1__a.txt": b"fine", "secret.txt": b"secret"})
    gathered = open_papers(tmp_path / "in").gather({"A1"}, {"A1"})
    (tmp_path / "in" / "A1__a.txt").unlink()
    (tmp_path / "in" / "A1__a.txt").symlink_to(tmp_path / "secret.txt")
    (paper,) = gathered.of("A1")
    assert paper.unread is Unread.UNREADABLE


def test_names_that_are_no_text_or_absurd_are_kept_printable(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path)
    for name in (b"A1__\xff\xfe.txt", b"A1__a\nb\x01.txt", b"A1__" + b"n" * 240 + b".txt"):
        with open(os.path.join(folder, name), "wb") as file:  # noqa: PTH118, PTH123
            file.write(b"Yes.")
    papers = read(tmp_path, "A1")
    assert [p.text for p in papers] == ["Yes."] * 3
    assert all(p.name.encode() for p in papers)


def test_the_digest_follows_names_and_bytes_and_not_the_order_of_making(tmp_path: Path) -> None:
    files = {"A1/a.txt": b"1", "A2__b.txt": b"2", "A3.txt": b"3"}
    one = write(tmp_path / "one", **files)
    two = write(tmp_path / "two", **dict(reversed(files.items())))
    digest = open_papers(one).digest()
    assert open_papers(two).digest() == digest
    (two / "A3.txt").write_bytes(b"4")
    changed = open_papers(two).digest()
    (two / "A3.txt").rename(two / "A4.txt")
    renamed = open_papers(two).digest()
    (two / "A4.txt").unlink()
    assert len({digest, changed, renamed, open_papers(two).digest()}) == 4


def test_what_is_no_source_of_papers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        open_papers(tmp_path / "none")
    with pytest.raises(DataError, match="folder or as one of"):
        open_papers(write(tmp_path, **{"a.csv": b"x"}) / "a.csv")
