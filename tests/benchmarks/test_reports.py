from pathlib import Path

import pytest

from features.language import Language
from pipelines.fonts import chinese_font
from risk.report.document import Report
from tests.benchmarks.protocols import FILES, path_of
from tests.benchmarks.reports import PORTFOLIOS, Portfolio, built

ROWS = 5_000
PRINTED: dict[str, tuple[Language, ...]] = {"taiwan": ("zh",), "lendingclub": ("zh", "en")}
"""Which reports are printed as well: the widest, and those that have vintages."""


@pytest.mark.parametrize("portfolio", PORTFOLIOS, ids=lambda each: each.name)
def test_public_data_have_reports_in_both_languages_and_as_pdf(
    portfolio: Portfolio, tmp_path: Path
) -> None:
    if not path_of(portfolio.name).exists():
        pytest.skip(f"no {FILES[portfolio.name]}; set MINGJIAN_DATA to its folder")
    pytest.importorskip("weasyprint", exc_type=(ImportError, OSError))
    if chinese_font() is None:
        pytest.skip("no Chinese font; install one such as fonts-noto-cjk")
    printed = PRINTED.get(portfolio.name, ())
    reports = [
        Report.from_json((folder / "report.json").read_bytes())
        for folder in built(portfolio, tmp_path, ROWS, printed)
    ]
    for language, name in (("zh", "validation"), ("en", "validation-en")):
        page = (tmp_path / name / "report.html").read_text("utf-8")
        assert f'<html lang="{language}' in page
        assert page.count("<section") >= len(reports[0].sections)
        if language in printed:
            assert (tmp_path / name / "report.pdf").read_bytes().startswith(b"%PDF")
    chinese, english, beside = reports
    assert chinese == english
    assert [len(report.sections) for report in reports] == [11, 11, 11]
    dated = portfolio.name == "lendingclub"
    vintages = [t for t in chinese.section("swaps").tables if t.key == "vintages"]
    assert bool(vintages) is dated
    assert chinese.section("discrimination").figures[0].sample == (
        "out_of_time" if dated else "test"
    )
    assert beside.kind == "comparison"
