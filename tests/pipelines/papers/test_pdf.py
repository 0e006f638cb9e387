"""The text layer of real PDF files, and hostile ones that end as a typed record."""

import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from features.language import Language
from pipelines.errors import ConfigError
from pipelines.pages.pdf import pdf as printed
from pipelines.pages.pdf import require
from pipelines.papers import pdf
from pipelines.papers.gaps import GAP
from pipelines.papers.pdf import PdfText
from risk.papers import Paper, Unread


def made(*pages: str, packed: bool = False) -> bytes:
    """A PDF written by hand, one line of text a page; an empty one has no text.

    What is long, or begins with an operator, is the page's content itself.
    """
    kids = " ".join(f"{3 + 2 * n} 0 R" for n in range(len(pages)))
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
    ]
    for n, text in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents {4 + 2 * n} 0 R "
            f"/Resources << /Font << /F1 {font} >> >> >>".encode()
        )
        content = f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode() if text else b"q Q"
        if len(text) > 1_000_000 or text.startswith(("BT ", "q ")):
            content = text.encode()
        filtered = zlib.compress(content) if packed else content
        how = b"/Filter /FlateDecode " if packed else b""
        objects.append(
            b"<< %b/Length %d >>\nstream\n%b\nendstream" % (how, len(filtered), filtered)
        )
    return assembled(objects)


def assembled(objects: list[bytes]) -> bytes:
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\n" % (
        size, table, size,
    ) + b"startxref\n%d\n%%%%EOF\n" % len(out)  # fmt: skip


def read(data: bytes) -> Paper:
    return PdfText()("a.pdf", data)


def test_a_text_layer_is_read_page_by_page() -> None:
    paper = read(made("Monthly income CNY 8,000.", "No arrears.", packed=True))
    assert paper.text == "Monthly income CNY 8,000.\n\nNo arrears."
    assert (paper.unread, paper.pages) == (None, 2)


def test_a_file_of_another_maker_is_read() -> None:
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.figure import Figure

    figure = Figure()
    FigureCanvasPdf(figure)
    figure.text(0.1, 0.5, "Salary 8,000 paid on 5 March")
    stream = io.BytesIO()
    figure.savefig(stream, format="pdf")
    assert "Salary 8,000 paid on 5 March" in read(stream.getvalue()).text


@pytest.mark.parametrize(
    "content",
    [
        "BT /F1 10 Tf 20 200 Td (Income) Tj 90 0 Td (8,000) Tj ET",
        "BT /F1 10 Tf 20 200 Td (Income) Tj ET BT 1 0 0 1 110 200 Tm (8,000) Tj ET",
        "BT 1 0 0 1 20 200 Tm /F1 10 Tf 12 TL (Income) Tj T* ET "
        "BT 1 0 0 1 110 200 Tm (8,000) Tj T* ET",
        "BT /F1 10 Tf 20 200 Td [(In) 20 (come) -6000 (8,000)] TJ ET",
        "BT /F1 1 Tf 10 0 0 10 20 200 Tm (Income) Tj 9 0 Td (8,000) Tj ET",
        "q .5 0 0 .5 0 0 cm BT /F1 20 Tf 40 400 Td (Income) Tj 180 0 Td (8,000) Tj ET Q",
        "BT /F1 10 Tf 4 Tc 20 200 Td (Income) Tj 90 0 Td (8,000) Tj ET",
    ],
)
def test_cells_of_a_row_stand_apart_however_they_are_written(content: str) -> None:
    assert read(made(content)).text.strip() == f"Income{GAP}8,000"


@pytest.mark.parametrize(
    "content",
    [
        "BT /F1 10 Tf 20 200 Td [(Income) -333 (8,000)] TJ ET",
        "BT /F1 10 Tf 20 200 Td (Income) Tj 36 0 Td (8,000) Tj ET",
        "BT /F1 10 Tf 10 Tc 20 200 Td (Income) Tj 93 0 Td (8,000) Tj ET",
        "BT /F1 10 Tf 200 Tz 20 200 Td (Income) Tj 70 0 Td (8,000) Tj ET",
        "q 10 Tc BT /F1 10 Tf 20 200 Td (Income) Tj 93 0 Td (8,000) Tj ET Q",
        "BT /F1 10 Tf 9 Tw 20 200 Td (In come) Tj 48 0 Td (8,000) Tj ET",
        "BT /F1 10 Tf 0 1 -1 0 20 200 Tm (Income) Tj 90 0 Td (8,000) Tj ET",
        "BT /F1 10 Tf 20 200 Td (Income) Tj 90 -20 Td (8,000) Tj ET",
        "BT /Nil 10 Tf 20 200 Td (Income) Tj 90 0 Td (8,000) Tj ET",
        "BT /F1 10 Tf 1 0 0 1 1e300 200 Tm (Income) Tj 1e308 0 Td (8,000) Tj ET",
    ],
)
def test_words_and_lines_and_what_has_no_place_get_no_gap(content: str) -> None:
    data = made(content)
    assert read(data).text == PdfReader(io.BytesIO(data)).pages[0].extract_text()


def chinese(content: str, encoding: str = "UniGB-UCS2-H") -> bytes:
    """A page in a Chinese font that the reader of the file is to have; its widths go by numbers."""
    descriptor = "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 >>"
    inner = (
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /W [1 95 400] "
        f"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 0 >> "
        f"/FontDescriptor {descriptor} >>"
    )
    font = (
        f"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /{encoding} "
        f"/DescendantFonts [{inner}] >>"
    )
    return assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R "
            f"/Resources << /Font << /F1 {font} >> >> >>".encode(),
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content.encode()),
        ]
    )


@pytest.mark.parametrize(
    ("encoding", "second", "gap"),
    [
        # 收 takes ten points and each digit four, so that the pen stops at 46.
        ("UniGB-UCS2-H", 53, ""),
        ("UniGB-UCS2-H", 55, GAP),
        ("UniGB-UTF16-H", 55, GAP),
        ("UniGB-UCS2-V", 90, ""),
    ],
)
def test_fonts_with_widths_by_number_are_measured(encoding: str, second: int, gap: str) -> None:
    first, other = ("".join(f"{ord(each):04X}" for each in text) for text in ("收1234", "入"))
    written = f"BT /F1 10 Tf 1 0 0 1 20 200 Tm <{first}> Tj 1 0 0 1 {second} 200 Tm <{other}> Tj ET"
    text = read(chinese(written, encoding)).text
    assert "".join(text.split()) == "收1234入"
    assert (GAP in text) == bool(gap)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_printed_table_keeps_its_columns(language: Language) -> None:
    try:
        require(language)
    except ConfigError as error:
        pytest.skip(str(error))
    rows = (("月收入", "12,000", "工作单位", "明远公司"), ("Age", "35", "Loan amount", "8,000"))
    table = "".join(f"<tr>{''.join(f'<td>{cell}' for cell in row)}" for row in rows)
    said = "We certify that she earns 12,000 yuan a month with us. " * 4
    paper = read(printed(f"<table>{table}</table><p><b>Yes.</b> {said}</p>", language))
    assert paper.text.split("\n")[:2] == [GAP.join(row) for row in rows]
    assert GAP not in "".join(paper.text.split("\n")[2:])


OPERATORS = ("(a b) Tj", "[(c) -900 (d)] TJ", "40 0 Td", "0 -9 Td", "T*", "(e) '", "ET BT", "q",
             "Q", "2 Tc", "50 Tz", "1 Tc 2 Tw", "/F1 9 Tf", "/X 3 Tf", "Tj", "1 0 0 -1 5 5 Tm",
             "[1 (f) /G 2] TJ", "() Tj", "(g)( ) Tj", "/Y Do", "9 0 0 9 0 0 cm")  # fmt: skip


@given(st.lists(st.sampled_from(OPERATORS), max_size=12))
def test_whatever_a_page_does_only_white_space_differs(operators: list[str]) -> None:
    data = made(f"BT /F1 10 Tf {' '.join(operators)} ET")
    plain = PdfReader(io.BytesIO(data)).pages[0].extract_text()
    assert "".join(read(data).text.split()) == "".join(plain.split())


def test_pages_without_text_are_told() -> None:
    whole = read(made("", ""))
    assert (whole.unread, whole.pages, whole.blank_pages) == (Unread.NO_TEXT_LAYER, 2, 2)
    part = read(made("Yes.", "", ""))
    assert (part.text, part.unread, part.pages, part.blank_pages) == (
        "Yes.", Unread.NO_TEXT_LAYER, 3, 2,
    )  # fmt: skip


@pytest.mark.parametrize(("password", "unread"), [("secret", Unread.ENCRYPTED), ("", None)])
def test_a_password_to_read_closes_a_file_and_one_to_change_does_not(
    password: str, unread: Unread | None
) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(made("Yes."))))
    writer.encrypt(password, "owner", algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    paper = read(stream.getvalue())
    assert (paper.unread, paper.text) == (unread, "" if unread else "Yes.")


@pytest.mark.parametrize("at", [0, 20, 120, 300, 500])
def test_a_file_cut_short_or_changed_ends_in_a_record(at: int) -> None:
    whole = made("Yes.", "No.")
    for data in (whole[:at], whole[:at] + b"\xff" * 40 + whole[at + 40 :]):
        assert read(data).unread in (None, Unread.UNREADABLE, Unread.NO_TEXT_LAYER)


def test_pages_that_hold_each_other_end_in_a_record() -> None:
    loop = assembled(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"]
    )
    assert read(loop).text == ""


def test_a_packed_bomb_and_endless_work_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(made("q Q " * 5_000_000, packed=True)).unread is Unread.TOO_LARGE
    assert read(made("q Q " * 300_000, packed=True)).unread is Unread.TOO_LARGE
    monkeypatch.setattr(pdf, "MOST_OPERATORS", 10)
    assert read(made("Yes.", "No.", "Yes.")).unread is Unread.TOO_LARGE
    monkeypatch.setattr(pdf, "MOST_PAGES", 1)
    assert read(made("Yes.", "No.")).unread is Unread.TOO_LARGE


def test_a_missing_extra_names_its_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from features.errors import DataError

    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(DataError, match=r"pip install 'mingjian\[papers\]'"):
        PdfText()
