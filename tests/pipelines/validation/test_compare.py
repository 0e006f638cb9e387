"""`risk compare`: two models, a scorecard, a model from outside, and two delivered runs."""

import math
import shutil
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline

from features.errors import DataError
from pipelines.errors import ConfigError, TrackingError
from pipelines.fonts import chinese_font
from pipelines.job import JobResult, Silent
from pipelines.manifest import OutputFile, RunManifest, file_digest
from pipelines.night import close
from pipelines.sources import open_source
from pipelines.tracking import Tracking
from pipelines.tracking.store import quiet
from pipelines.validation import compare
from pipelines.validation.delivering import REPORT, Wanted
from risk.report.document import Figure, Report
from tests.fake_r1.server import FakeServer
from tests.pipelines.command import risk
from tests.pipelines.conftest import Bank
from tests.pipelines.validation.passes import MOVABLE, Runs, concerned

SECTIONS = 11


def compared(
    bank: Bank, a: str, b: str, output: Path, table: Path | None = None
) -> tuple[JobResult, Report]:
    source = open_source(str(table)) if table else None
    options = compare.CompareOptions((a, b), Wanted(output, "zh"))
    result = compare.run(bank.config, source, options, Silent())
    return result, Report.from_json((output / REPORT).read_bytes())


def figure(report: Report, section: str, key: str) -> Figure:
    return next(f for f in report.section(section).figures if f.key == key)


@pytest.fixture(scope="module")
def book(bank: Bank) -> Path:
    return bank.folder / "book.parquet"


def test_a_model_beside_its_scorecard_on_the_same_rows(
    bank: Bank, book: Path, tmp_path: Path
) -> None:
    result, report = compared(bank, "scorecard:champion", "champion", tmp_path / "c", book)
    assert len(report.sections) == SECTIONS
    assert report.subjects == ("small v1 scorecard", "small v1")
    gain = figure(report, "discrimination", "auc_gain")
    known = bank.trained.metrics["out_of_time"]
    assert gain.value == pytest.approx(known["auc_gain"])
    assert gain.low == pytest.approx(known["auc_gain_low"])
    kept = Tracking(bank.config.tracking, "small").text(
        result.run_id, f"comparison/small_v1_scorecard-small_v1/{REPORT}"
    )
    assert kept == (tmp_path / "c" / REPORT).read_text("utf-8")


def test_a_model_differs_in_nothing_from_itself(bank: Bank, book: Path, tmp_path: Path) -> None:
    _, report = compared(bank, "champion", "1", tmp_path / "c", book)
    assert report.section("identity").remarks[0].key == "same"
    assert figure(report, "discrimination", "auc_gain").value == 0
    assert figure(report, "stability", "grade_same").value == 1


def test_a_model_of_another_house_takes_part(bank: Bank, book: Path, tmp_path: Path) -> None:
    frame = pd.read_parquet(book)
    names = ["loan_amount", "term_months", "monthly_income", "overdue_count_24m"]
    kept = make_column_transformer(("passthrough", names))
    rival = make_pipeline(kept, HistGradientBoostingClassifier(max_iter=20, random_state=0))
    rival.fit(frame[names], frame["default_flag"].astype(int))
    with quiet():
        import mlflow

        mlflow.sklearn.save_model(
            rival,
            tmp_path / "rival",
            pyfunc_predict_fn="predict_proba",
            serialization_format="cloudpickle",
        )
    address = (tmp_path / "rival").as_uri()
    _, report = compared(bank, "champion", address, tmp_path / "c", book)
    assert len(report.sections) == SECTIONS
    assert report.subjects[1] == address
    assert figure(report, "discrimination", "auc_gain").value is not None
    because = {f.because for f in report.section("explanations").figures}
    assert "no-model" in because
    assert "from_outside" in [r.key for r in report.section("limitations").remarks]


def test_a_pdf_that_cannot_be_made_is_refused_before_anything_is_read(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    wanted = Wanted(tmp_path / "c", "en", pdf=True)
    options = compare.CompareOptions(("nobody", "none"), wanted)
    with pytest.raises(ConfigError, match="PDF reports need WeasyPrint"):
        compare.run(bank.config, None, options, Silent())


def test_models_need_labelled_rows(bank: Bank, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="name them with --input"):
        compared(bank, "champion", "1", tmp_path / "c")


def test_a_model_and_a_delivered_run_are_two_kinds(
    bank: Bank, scored_night: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="compare two of a kind"):
        compared(bank, "champion", str(scored_night), tmp_path / "c")


@pytest.mark.parametrize("place", [0, 1])
def test_a_folder_that_is_not_there_is_named(
    bank: Bank, scored_night: Path, tmp_path: Path, place: int
) -> None:
    runs = [str(scored_night), str(scored_night)]
    runs[place] += "x"
    with pytest.raises(ConfigError, match=r"there is no folder .*x; give that of a delivered run"):
        compared(bank, runs[0], runs[1], tmp_path / "c")


def test_two_reasoned_runs_tell_the_cases_that_reasoning_changed(
    bank: Bank, runs: Runs, server: FakeServer, tmp_path: Path
) -> None:
    first = runs(server)
    server.behaviour.reply = concerned()
    _, report = compared(bank, str(first), str(runs(server)), tmp_path / "c")
    assert len(report.sections) == SECTIONS
    causes = next(t for t in report.section("reasoning").tables if t.key == "changed_by_cause")
    assert MOVABLE in [cell for row in causes.rows for cell in row]
    assert figure(report, "discrimination", "auc_gain").because == "no-outcomes"


def test_a_delivered_run_is_found_by_its_mlflow_run(
    bank: Bank, scored_night: Path, tmp_path: Path
) -> None:
    tracking = Tracking(bank.config.tracking, "small")
    from pipelines.manifest import RunManifest

    run_id = tracking.find_run(RunManifest.read(scored_night).key())
    result, report = compared(bank, run_id, str(scored_night), tmp_path / "c")
    assert result.run_id == run_id
    assert report.section("identity").remarks[0].key == "same"


def test_a_delivered_run_that_was_changed_is_refused(
    bank: Bank, scored_night: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(scored_night, copy)
    (copy / "rejects.csv").write_text("row\n1\n")
    with pytest.raises(ConfigError, match=r"not as it was delivered \(rejects.csv changed\)"):
        compared(bank, str(scored_night), str(copy), tmp_path / "c")


@pytest.mark.parametrize("strange", ["another format", "a column less"])
def test_scores_of_another_version_are_named(
    bank: Bank, scored_night: Path, tmp_path: Path, strange: str
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(scored_night, copy)
    part = copy / "scores.parquet" / "part-00000.parquet"
    if strange == "a column less":
        pd.read_parquet(part).drop(columns="pd").to_parquet(part)
    else:
        part.write_bytes(b"PAR2 of tomorrow")
    _reseal(copy)
    with pytest.raises(ConfigError, match="parquet is not as this version writes it"):
        compared(bank, str(scored_night), str(copy), tmp_path / "c")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("pd", math.nan),
        ("pd", -0.1),
        ("pd", 1.5),
        ("points", math.inf),
        ("grade", None),
        ("decision", "<b>approve</b>"),
        ("decision", None),
        ("application_id", "twice"),
        ("application_id", None),
    ],
)
def test_values_that_no_score_has_are_refused_and_not_reported(
    bank: Bank, scored_night: Path, tmp_path: Path, column: str, value: object
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(scored_night, copy)
    part = copy / "scores.parquet" / "part-00000.parquet"
    scores = pd.read_parquet(part).astype({column: object})
    scores.loc[:1, column] = value
    scores.to_parquet(part)
    _reseal(copy)
    with pytest.raises(DataError, match=rf"parquet holds what no score has \({column}\); make"):
        compared(bank, str(copy), str(copy), tmp_path / "c")
    assert not (tmp_path / "c").exists()


def _reseal(folder: Path) -> None:
    """Make changed files ones that were delivered so."""
    manifest = RunManifest.read(folder)
    outputs = {name: _sealed(folder / name) for name in manifest.outputs}
    written = manifest.with_outputs(outputs, manifest.counts).to_json()
    (folder / "manifest.json").write_text(written, "utf-8")


def _sealed(path: Path) -> OutputFile:
    return OutputFile(sha256=file_digest(path), bytes=path.stat().st_size)


def test_a_night_of_another_portfolio_is_refused_by_its_name(
    bank: Bank, scored_night: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "2026-11-23"
    folder.mkdir()
    close(folder, date(2026, 11, 23), "elsewhere", {})
    with pytest.raises(ConfigError, match='night of "elsewhere"'):
        compared(bank, str(scored_night), str(folder), tmp_path / "c")


def test_a_folder_that_is_no_run_and_a_name_of_nobody_are_refused(
    bank: Bank, scored_night: Path, book: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="holds no delivered run"):
        compared(bank, str(scored_night), str(tmp_path / "empty"), tmp_path / "c")
    with pytest.raises(TrackingError, match="0" * 32):
        compared(bank, "champion", "0" * 32, tmp_path / "c", book)


def test_runs_without_a_common_application_are_told_what_can_be_compared(
    bank: Bank, scored_night: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(scored_night, copy)
    part = copy / "scores.parquet" / "part-00000.parquet"
    scores = pd.read_parquet(part)
    scores["application_id"] = "other" + scores["application_id"]
    scores.to_parquet(part)
    _reseal(copy)
    with pytest.raises(DataError, match=r"no application in common.*risk monitor. watches nights"):
        compared(bank, str(scored_night), str(copy), tmp_path / "c")


def test_the_command_writes_page_pdf_and_one_object(
    bank: Bank, scored_night: Path, tmp_path: Path
) -> None:
    pytest.importorskip("weasyprint", exc_type=(ImportError, OSError))
    if chinese_font() is None:
        pytest.skip("no Chinese font; install one such as fonts-noto-cjk")
    words = ("compare", str(scored_night), str(scored_night), "-o", "c", "--pdf", "--json")
    told = ("-c", str(bank.folder / "risk.toml"), "--lang", "zh")
    done = risk(*words, *told, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    names = {path.name for path in (tmp_path / "c").iterdir()}
    assert names == {"manifest.json", "report.html", "report.json", "report.pdf"}
