import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from features.language import Language
from pipelines.errors import ConfigError
from pipelines.fonts import chinese_font
from pipelines.pages import pdf as pdf_module
from pipelines.pages.page import html
from pipelines.pages.pdf import pdf
from risk.report.document import Column, Section, Table
from tests.pipelines.pages.made import report, table


def lacking() -> str:
    """Why no PDF can be drawn on this machine; empty where it can."""
    try:
        import weasyprint  # noqa: F401 - loads Pango
    except OSError:
        return "WeasyPrint needs Pango, which this machine lacks"
    return ""


needs_pango = pytest.mark.skipif(bool(lacking()), reason=lacking())
needs_chinese = pytest.mark.skipif(chinese_font() is None, reason="no Chinese font on this machine")


@needs_pango
@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "Validation report"), pytest.param("zh", "模型验证报告", marks=needs_chinese)],
)
def test_a_pdf_says_what_the_page_says(language: Language, title: str) -> None:
    page = html(report(), language)
    made = pdf(page, language)
    reader = PdfReader(io.BytesIO(made))
    text = "\n".join(each.extract_text() for each in reader.pages)
    assert title in text
    assert "monthly income" in text or "月收入" in text
    assert f"1 / {len(reader.pages)}" in text
    assert pdf(page, language) == made


def pages(*tables: Table, printed: bool = True) -> list[str]:
    """What the pages of a printed report say that has these tables."""
    made = report(sections=(Section(key="flow", tables=tables),))
    reader = PdfReader(io.BytesIO(pdf(html(made, "en", printed=printed), "en")))
    return [each.extract_text() for each in reader.pages]


@needs_pango
@pytest.mark.parametrize("printed", [True, False])
def test_folded_rows_are_printed_over_as_many_pages_as_they_need(printed: bool) -> None:
    said = pages(table(130, chart=None), printed=printed)
    assert len(said) > 1
    assert all(f"field_{n}" in "\n".join(said) for n in range(2, 130))


@needs_pango
def test_a_long_table_has_its_heads_once_in_each_of_its_columns() -> None:
    (short,), (long,) = (pages(table(rows, chart=None)) for rows in (15, 20))
    assert [said.count("field rows light") for said in (short, long)] == [1, 2]


@needs_pango
def test_a_short_table_is_not_broken_over_pages() -> None:
    said = pages(*(table(5, chart=None) for _ in range(30)))
    assert len(said) > 2
    assert all(each.count("field_4") == each.count("monthly income") for each in said)


@needs_pango
def test_two_digests_too_long_for_one_line_are_broken_and_stay_on_the_page() -> None:
    columns = (Column(key="what"), Column(key="a"), Column(key="b"))
    first, second = "0f" * 32, "1e" * 32
    rows = (("digest of the training data", first, second), ("features", "9", "7"))
    (said,) = pages(Table(key="differences", columns=columns, rows=rows))
    assert not {first, second} <= set(said.split())
    assert (said.count("0f"), said.count("1e")) == (32, 32)


@needs_pango
def test_a_machine_without_any_font_is_refused_before_pango_ends_the_process(
    tmp_path: Path,
) -> None:
    config = tmp_path / "fonts.conf"
    config.write_text('<?xml version="1.0"?><fontconfig></fontconfig>', "utf-8")
    draw = "from pipelines.pages.pdf import pdf; pdf('<p>a page', 'en')"
    done = subprocess.run(
        [sys.executable, "-c", draw],
        env={**os.environ, "FONTCONFIG_FILE": str(config)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "ConfigError" in done.stderr
    assert "fontconfig finds none" in done.stderr


def test_a_missing_package_is_told_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(ConfigError, match=r"pip install 'mingjian\[pdf\]'"):
        pdf("<p>a page", "en")


def test_a_missing_library_is_told_apart_from_a_missing_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Without:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    for name in [name for name in sys.modules if name.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Without(), *sys.meta_path])
    with pytest.raises(ConfigError, match="Pango"):
        pdf("<p>a page", "en")


def test_chinese_without_a_font_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_module, "chinese_font", lambda: None)
    with pytest.raises(ConfigError, match="fonts-noto-cjk"):
        pdf("<p>a page", "zh")
