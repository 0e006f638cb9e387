"""Office files: real ones, and hostile ones that end as a typed record."""

import io
import sys
import zipfile
from datetime import datetime

import docx
import openpyxl
import pytest
from docx.oxml import parse_xml

from features.errors import DataError
from pipelines.papers import office, sheet
from pipelines.papers.readers import Readers
from pipelines.papers.sheet import SheetText
from pipelines.papers.word import WordText
from risk.papers import Paper, Unread

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word(*paragraphs: str, rows: tuple[tuple[str, ...], ...] = ()) -> bytes:
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if rows:
        table = document.add_table(len(rows), len(rows[0]))
        for line, row in zip(table.rows, rows, strict=True):
            for cell, text in zip(line.cells, row, strict=True):
                cell.text = text
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def workbook(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        made = book.create_sheet(name)
        for row in rows:
            made.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def read(name: str, data: bytes) -> Paper:
    return Readers([name])(name, data)


def repacked(data: bytes, part: str, content: bytes) -> bytes:
    """The same zip with another content of one part."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for entry in old.infolist():
            body = content if entry.filename == part else old.read(entry)
            new.writestr(entry.filename, body, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def test_a_word_document_gives_paragraphs_and_rows_in_their_order() -> None:
    data = word("收入证明", "月薪 8,000 元。", rows=(("姓名", "张\n三"), ("Age", "35")))
    assert read("a.DOCX", data).text == "收入证明\n月薪 8,000 元。\n姓名\t张 三\nAge\t35"


def test_content_controls_and_headers_are_read_and_deleted_words_are_not() -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "某银行"
    document.add_paragraph("begin").paragraph_format.tab_stops.add_tab_stop(10)
    body = document.element.body
    run = "<w:r><w:t>{}</w:t></w:r>"
    control = (
        f"<w:sdt {W}><w:sdtContent><w:p>{run.format('月收入：9000')}</w:p></w:sdtContent></w:sdt>"
    )
    changed = (
        f"<w:p {W}><w:del>{run.format('gone')}</w:del><w:ins>{run.format('new')}</w:ins></w:p>"
    )
    for xml in (control, changed):
        body.insert(len(body) - 1, parse_xml(xml))
    stream = io.BytesIO()
    document.save(stream)
    assert WordText()("a.docx", stream.getvalue()).text == "某银行\nbegin\n月收入：9000\nnew"


def test_a_workbook_gives_rows_as_lines_and_sheets_as_pages() -> None:
    data = workbook(
        流水=[
            ["日期", "贷方", "占比", "账号"],
            [datetime(2026, 2, 5), 7200.0, 0.185, "6222"],
            [],
            [True],
        ],
        空=[],
        合计=[["合计", "=B2*2", 7200.5]],
    )
    paper = read("a.xlsx", data)
    assert paper.text == (
        "流水\n日期\t贷方\t占比\t账号\n2026-02-05\t7200\t0.185\t6222\nTRUE\n\n合计\n合计\t=B2*2\t7200.5"
    )
    assert [paper.text[start:][:2] for start in paper.starts] == ["流水", "合计", "合计"]
    assert (paper.pages, paper.blank_pages) == (3, 1)


def test_percentages_are_shown_as_such_and_numbers_that_lost_digits_are_told() -> None:
    book = openpyxl.Workbook()
    book.active.append([0.185, 110105194912310020])
    book.active["A1"].number_format = "0.0%"
    stream = io.BytesIO()
    book.save(stream)
    assert SheetText()("a.xlsx", stream.getvalue()).text == "Sheet\n18.5%\t1.10105194912310E+17"


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx"])
def test_what_is_no_office_file_says_why(name: str) -> None:
    good = word("Yes.") if name == "a.docx" else workbook(a=[["Yes."]])
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    other = workbook(a=[["Yes."]]) if name == "a.docx" else word("Yes.")
    for data, unread in (
        (b"", Unread.UNREADABLE),
        (b"PK\x03\x04", Unread.UNREADABLE),
        (locked[:8], Unread.UNREADABLE),
        (locked, Unread.ENCRYPTED),
        (good[: len(good) // 2], Unread.UNREADABLE),
        (other, Unread.UNREADABLE),
    ):
        assert (read(name, data).unread, read(name, data).text) == (unread, "")
    assert read(name, good).unread is None


def test_what_unpacks_to_too_much_is_never_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "LARGEST_UNPACKED", 4 << 20)
    bomb = repacked(word("Yes."), "word/document.xml", b" " * (4 << 20))
    assert len(bomb) < 1 << 20
    assert read("a.docx", bomb).unread is Unread.TOO_LARGE
    monkeypatch.setattr(office, "MOST_PARTS", 3)
    assert read("a.xlsx", workbook(a=[["Yes."]])).unread is Unread.TOO_LARGE


def test_entities_are_not_expanded() -> None:
    document = (
        f'<!DOCTYPE d [<!ENTITY a "{"x" * 1000}"><!ENTITY b "{"&a;" * 1000}">'
        f'<!ENTITY c "{"&b;" * 1000}">]><w:document {W}><w:body><w:p><w:r><w:t>&c;</w:t></w:r>'
        "</w:p></w:body></w:document>"
    )
    paper = read("a.docx", repacked(word("Yes."), "word/document.xml", document.encode()))
    assert len(paper.text) < 1000


@pytest.mark.parametrize(
    "cell",
    [
        '<row r="999999999999"><c r="A999999999999"><v>1</v></c></row>',
        "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(1, 200)),
    ],
)
def test_a_sheet_with_far_cells_is_too_large(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MOST_CELLS", 100_000)
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    size = '<dimension ref="A1:XFD1048576"/>'
    far = f"<worksheet {main}>{size}<sheetData>{cell}</sheetData></worksheet>"
    data = repacked(workbook(a=[["Yes."]]), "xl/worksheets/sheet1.xml", far.encode())
    assert read("a.xlsx", data).unread is Unread.TOO_LARGE


@pytest.mark.parametrize(("name", "library"), [("a.docx", "docx"), ("a.xlsx", "openpyxl")])
def test_a_missing_extra_names_its_install_command(
    name: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(DataError, match=r"pip install 'mingjian\[papers\]'"):
        Readers([name])
    assert Readers(["a.txt"])("a.png", b"").unread is Unread.UNKNOWN_FORMAT
