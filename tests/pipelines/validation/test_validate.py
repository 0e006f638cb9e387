"""`risk validate` on a real bank: the report, what MLflow is told, every planted fault found."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.language import Text
from features.synthetic import make_book
from pipelines import train
from pipelines.config import RunConfig
from pipelines.errors import ConfigError, TrackingError
from pipelines.job import JobResult, Silent
from pipelines.sources import open_source
from pipelines.tracking import Tracking
from pipelines.validation import validate
from pipelines.validation.delivering import PAGE, REPORT, Wanted
from pipelines.validation.models import open_model
from pipelines.validation.opening import evidence, read_table
from risk.report import assembly
from risk.report.document import Report
from risk.report.evidence import Evidence
from risk.report.scored import by_pd
from tests.pipelines.command import content
from tests.pipelines.conftest import Bank

SECTIONS = (
    "identity", "flow", "discrimination", "calibration", "stability", "ordering", "swaps",
    "segments", "explanations", "reasoning", "limitations",
)  # fmt: skip


def validated(larger_bank: Bank, table: Path, output: Path, run: str = "champion") -> JobResult:
    options = validate.ValidateOptions(run, Wanted(output, "en"))
    return validate.run(larger_bank.config, open_source(str(table)), options, Silent())


def report_in(folder: Path) -> Report:
    return Report.from_json((folder / REPORT).read_bytes())


@pytest.fixture(scope="module")
def done(larger_bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("validation") / "v"
    assert validated(larger_bank, larger_bank.folder / "book.parquet", output).exit == 0
    return output


def red(report: Report) -> set[str]:
    return {section.key for section in report.sections if section.light == "red"}


def test_a_sound_model_has_eleven_sections_and_none_is_red(done: Path) -> None:
    report = report_in(done)
    assert tuple(section.key for section in report.sections) == SECTIONS
    assert red(report) == set()
    page = (done / PAGE).read_text("utf-8")
    assert page.count("<section") >= len(SECTIONS)
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_the_training_run_in_mlflow_holds_the_report_in_both_languages(
    larger_bank: Bank, done: Path
) -> None:
    tracking = Tracking(larger_bank.config.tracking, "small")
    told = tracking.told(larger_bank.trained.run_id)
    assert told.metrics["validation.discrimination.auc.out_of_time"] == pytest.approx(
        report_in(done).metrics()["discrimination.auc.out_of_time"]
    )
    kept = tracking.text(larger_bank.trained.run_id, f"validation/{REPORT}")
    assert kept == (done / REPORT).read_text("utf-8")
    for language, word in (("zh", "模型验证报告"), ("en", "Validation report")):
        page = tracking.text(larger_bank.trained.run_id, f"validation/report.{language}.html")
        assert page is not None
        assert word.lower() in page.lower()


def test_the_same_again_gives_the_same_bytes(larger_bank: Bank, done: Path, tmp_path: Path) -> None:
    validated(larger_bank, larger_bank.folder / "book.parquet", tmp_path / "v")
    assert content(tmp_path / "v") == content(done)


def test_a_report_that_stands_is_left_and_another_is_refused(larger_bank: Bank, done: Path) -> None:
    before = content(done)
    validated(larger_bank, larger_bank.folder / "book.parquet", done)
    assert content(done) == before
    with pytest.raises(Exception, match="--replace"):
        validated(larger_bank, larger_bank.folder / "book.parquet", done, "scorecard:champion")


def test_the_figures_are_those_of_training(larger_bank: Bank, done: Path) -> None:
    ours = report_in(done).metrics()["discrimination.auc.out_of_time"]
    assert ours == pytest.approx(larger_bank.trained.metrics["out_of_time"]["auc"])


def test_identity_names_model_data_target_and_code(larger_bank: Bank, done: Path) -> None:
    table = report_in(done).section("identity").tables[0]
    told = {str(row[0]).removeprefix("identity."): row[1] for row in table.rows}
    assert told["run"] == larger_bank.trained.run_id
    assert told["same_table"] == Text("是", "yes")
    assert told["target"] == Text(
        "default_flag：1 为违约，0 为正常", "default_flag: 1 is bad, 0 is good"
    )
    assert {"model_digest", "dictionary", "window", "code", "libraries", "samples"} <= set(told)


def test_a_run_that_is_none_is_said_to_be_missing(larger_bank: Bank, tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="nobody"):
        validated(larger_bank, larger_bank.folder / "book.parquet", tmp_path / "v", "nobody")
    assert not (tmp_path / "v").exists()


def test_an_evaluation_without_the_run_that_it_measured_is_refused(
    larger_bank: Bank, tmp_path: Path
) -> None:
    wanted = Wanted(tmp_path / "v", "en")
    options = validate.ValidateOptions("champion", wanted, evaluation=tmp_path / "evaluation")
    source = open_source(str(larger_bank.folder / "book.parquet"))
    with pytest.raises(ConfigError, match="add --reasoned"):
        validate.run(larger_bank.config, source, options, Silent())


def test_rows_of_training_may_not_judge(larger_bank: Bank, tmp_path: Path) -> None:
    options = validate.ValidateOptions("champion", Wanted(tmp_path / "v", "en"), "all")
    source = open_source(str(larger_bank.folder / "book.parquet"))
    with pytest.raises(ConfigError, match="the model was trained on them"):
        validate.run(larger_bank.config, source, options, Silent())


@pytest.mark.parametrize("rows", [1, 40])
def test_a_younger_month_without_a_default_is_judged_by_what_it_has(
    larger_bank: Bank, tmp_path: Path, rows: int
) -> None:
    book = make_book(4_000, seed=77).applications
    book[book["default_flag"] == 0].head(rows).to_parquet(tmp_path / "month.parquet")
    judged = open_model(larger_bank.config, "champion")
    source = open_source(str(tmp_path / "month.parquet"))
    table = read_table(larger_bank.config, judged.dictionary, source, Silent(), "all")
    known = evidence(larger_bank.config, judged, table, "all")
    report = assembly.validation(known, lambda done, total: None)
    area = next(f for f in report.section("discrimination").figures if f.key == "auc")
    assert (area.sample, area.value, area.because) == ("all", None, "too-few")
    told = {str(row[0]) for row in report.section("identity").tables[0].rows}
    assert "identity.samples" not in told


def test_a_scorecard_leaves_the_report_on_its_model_alone(
    larger_bank: Bank, done: Path, tmp_path: Path
) -> None:
    tracking = Tracking(larger_bank.config.tracking, "small")
    book = larger_bank.folder / "book.parquet"
    validated(larger_bank, book, tmp_path / "v", "scorecard:champion")
    told = tracking.text(larger_bank.trained.run_id, f"validation/{REPORT}")
    assert told == (done / REPORT).read_text("utf-8")
    fall = next(
        f
        for f in report_in(tmp_path / "v").section("discrimination").figures
        if f.key == "auc_fall"
    )
    before = larger_bank.trained.metrics["validation"]["logistic_auc"]
    assert fall.value == pytest.approx(
        before - report_in(tmp_path / "v").metrics()["discrimination.auc.out_of_time"]
    )


def test_rows_of_training_may_not_judge_the_scorecard_either(
    larger_bank: Bank, tmp_path: Path
) -> None:
    wanted = Wanted(tmp_path / "v", "en")
    options = validate.ValidateOptions("scorecard:champion", wanted, "all")
    source = open_source(str(larger_bank.folder / "book.parquet"))
    with pytest.raises(ConfigError, match="the model was trained on them"):
        validate.run(larger_bank.config, source, options, Silent())


def test_another_table_holds_no_development_sample(larger_bank: Bank, tmp_path: Path) -> None:
    book = pd.read_parquet(larger_bank.folder / "book.parquet")
    book.iloc[1:].to_parquet(tmp_path / "other.parquet")
    validated(larger_bank, tmp_path / "other.parquet", tmp_path / "v")
    report = report_in(tmp_path / "v")
    assert {f.sample for f in report.section("discrimination").figures} == {"out_of_time"}
    assert "other_table" in [r.key for r in report.section("limitations").remarks]


# Planted faults: each in a copy, each found by the section that should find it.


def planted(larger_bank: Bank, tmp_path: Path, frame: pd.DataFrame) -> set[str]:
    frame.to_parquet(tmp_path / "faulty.parquet")
    validated(larger_bank, tmp_path / "faulty.parquet", tmp_path / "v")
    return red(report_in(tmp_path / "v"))


def late(larger_bank: Bank) -> tuple[pd.DataFrame, np.ndarray]:
    """The book, and which of its rows are out of time."""
    book = pd.read_parquet(larger_bank.folder / "book.parquet")
    days = pd.to_datetime(book["application_date"])
    return book, (days >= days.sort_values().iloc[int(len(days) * 0.72)]).to_numpy()


def test_wrong_labels_are_found_by_discrimination_or_calibration(
    larger_bank: Bank, tmp_path: Path
) -> None:
    book, rows = late(larger_bank)
    flipped = rows & (np.random.default_rng(0).random(len(book)) < 0.35)
    book.loc[flipped, "default_flag"] = 1 - book.loc[flipped, "default_flag"].astype(int)
    assert {"discrimination", "calibration"} <= planted(larger_bank, tmp_path, book)


def test_a_shifted_book_is_found_by_stability(larger_bank: Bank, tmp_path: Path) -> None:
    book, rows = late(larger_bank)
    book.loc[rows, "monthly_income"] *= 0.35
    book.loc[rows, "credit_inquiries_6m"] += 6
    assert "stability" in planted(larger_bank, tmp_path, book)


def test_a_leaked_column_is_found_by_explanations(larger_bank: Bank, tmp_path: Path) -> None:
    for name in ("dictionary.toml", "risk.toml"):
        shutil.copy(larger_bank.folder / name, tmp_path / name)
    book = pd.read_parquet(larger_bank.folder / "book.parquet")
    chance = np.random.default_rng(1).normal(size=len(book))
    book["collections_calls"] = (4 * book["default_flag"].astype(float) + chance).round(2)
    book.to_parquet(tmp_path / "book.parquet")
    dictionary = (tmp_path / "dictionary.toml").read_text("utf-8")
    leak = '\n[fields.collections_calls]\nrole = "feature"\ntype = "number"\nlabel = "calls"\n'
    (tmp_path / "dictionary.toml").write_text(dictionary + leak, "utf-8")
    config = RunConfig.read(tmp_path / "risk.toml")
    source = open_source(str(tmp_path / "book.parquet"))
    train.run(config, source, train.TrainOptions(rejects=tmp_path / "rejects.csv"), Silent())
    options = validate.ValidateOptions("champion", Wanted(tmp_path / "v", "zh"))
    validate.run(config, source, options, Silent())
    assert "explanations" in red(report_in(tmp_path / "v"))


@pytest.fixture(scope="module")
def known(larger_bank: Bank) -> Evidence:
    judged = open_model(larger_bank.config, "champion")
    source = open_source(str(larger_bank.folder / "book.parquet"))
    table = read_table(larger_bank.config, judged.dictionary, source, Silent(), "unseen")
    return evidence(larger_bank.config, judged, table, "unseen")


def found(known: Evidence, **changes: object) -> set[str]:
    current = replace(known.current, **changes)
    faulty = replace(known, parts=(*known.parts[:-1], current))
    return red(assembly.validation(faulty, lambda done, total: None))


def test_an_inverted_grade_is_found_by_grade_ordering(known: Evidence) -> None:
    grades = known.current.grade
    safe, risky = "E", "G"
    swapped = np.where(grades == safe, risky, np.where(grades == risky, safe, grades))
    assert "ordering" in found(known, grade=swapped)


def test_a_biased_group_is_found_by_fairness(known: Evidence) -> None:
    current = known.current
    women = (current.rows["gender"] == "female").to_numpy()
    odds = np.log(current.pd_ / (1 - current.pd_)) + 1.5 * women
    biased = by_pd(
        current.name,
        current.rows,
        current.y,
        1 / (1 + np.exp(-odds)),
        known.policy,
        known.scaling,
    )
    changes = {key: getattr(biased, key) for key in ("pd_", "points", "grade", "decision")}
    assert "segments" in found(known, **changes)
