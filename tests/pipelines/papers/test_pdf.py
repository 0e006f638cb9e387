"""The text layer of real PDF files, and hostile ones that end as a typed record."""

import io
import zlib

import pytest
from pypdf import PdfReader, PdfWriter

from pipelines.papers import pdf
from pipelines.papers.pdf import PdfText
from risk.papers import Paper, Unread


def made(*pages: str, packed: bool = False) -> bytes:
    """A PDF written by hand, one line of text a page; an empty one has no text."""
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
        if len(text) > 1_000_000:
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


def test_pages_without_text_are_told() -> None:
    assert read(made("", "")).unread is Unread.NO_TEXT_LAYER
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
