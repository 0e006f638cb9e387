import json
import re
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from features.errors import DataError
from features.language import LANGUAGES, Language
from features.synthetic import make_book
from pipelines import terminal
from pipelines.backends import Backends
from pipelines.errors import ConfigError, Exit
from pipelines.evaluation import job, report
from pipelines.evaluation.findings import Evaluation, GpuPrice
from pipelines.evaluation.job import EvaluateOptions
from pipelines.evaluation.sample import Draw
from pipelines.job import JobResult, Silent
from pipelines.manifest import RunManifest
from pipelines.rundir import verify
from pipelines.sources import open_source
from risk.overlay import Overlay, Verdict
from risk.reasoning.backends.base import Failure
from tests.pipelines.conftest import Bank
from tests.pipelines.evaluation.planted import Opinionated, at_random, by_outcome

PRICE = GpuPrice(per_hour=2.0, gpus=8, at_once=32, currency="USD")


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    """The truth behind the bank's book, with what became of each application."""
    book = make_book(3200, seed=7)
    return book.truth.assign(bad=book.applications["default_flag"])


def evaluated(bank: Bank, options: EvaluateOptions) -> JobResult:
    source = open_source(str(bank.folder / "book.parquet"))
    return job.run(bank.config, source, bank.champion(), options, Silent())


def record(folder: Path) -> Evaluation:
    return Evaluation.model_validate_json((folder / "evaluation.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def backend(truth: pd.DataFrame) -> Opinionated:
    """Opinions that hold a signal; some requests fail, and some are put off."""
    knowing = by_outcome(truth, truth["bad"], noise=0.5)
    ids = sorted(knowing)
    late, long = dict.fromkeys(ids[::40], Failure.TIMEOUT), ids[1::80]
    return Opinionated(knowing, late | dict.fromkeys(long, Failure.TOO_LONG))


@pytest.fixture(scope="module")
def found(bank: Bank, backend: Opinionated, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("found") / "run"
    result = evaluated(bank, EvaluateOptions(folder, Backends(backend), "en", Draw(size=0), PRICE))
    assert result.exit == Exit.PARTIAL
    assert result.counts["pending"] > result.counts["failed"] > 0
    return folder


def test_opinions_with_a_signal_are_found_and_their_weights_ship(
    bank: Bank, backend: Opinionated, found: Path
) -> None:
    evaluation = record(found)
    overlay = Overlay.from_json((found / "overlay.json").read_text("utf-8"))
    assert overlay == evaluation.overlay
    assert overlay.verdict is Verdict.PROVEN
    assert overlay.weights.high > 0.3
    assert (overlay.model, overlay.backend) == (bank.champion().digest, backend.identity)
    later = evaluation.on("later")
    assert later is not None
    opinion = later.of("opinion")
    assert opinion is not None
    assert opinion.gains is not None
    assert opinion.gains.auc.better


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_says_where_chance_parted_the_rows(found: Path, language: Language) -> None:
    evaluation = record(found)
    undated = evaluation.model_copy(
        update={
            name: getattr(evaluation, name).model_copy(update={"first": None, "last": None})
            for name in ("earlier", "later")
        }
    )
    said = set(report.notes(undated, language)) - set(report.notes(evaluation, language))
    assert [("chance" in each or "随机" in each) for each in said] == [True]
    assert not re.search(r"[,，] ?-\n", report.markdown(undated, language))


def test_every_case_is_counted_whatever_became_of_it(found: Path) -> None:
    evaluation = record(found)
    asked = evaluation.earlier.rows + evaluation.later.rows
    assert sum(evaluation.statuses.values()) == evaluation.cost.cases == asked
    assert set(evaluation.codes) == {Failure.TIMEOUT, Failure.TOO_LONG}
    assert sum(evaluation.codes.values()) == asked - evaluation.statuses["answered"]
    cases = pd.read_parquet(found / "evaluated.parquet")
    assert len(cases) == asked
    lost = cases[cases["status"] != "answered"]
    assert (lost["level"] == 0).all()
    assert {"pd_opinion", "pd_text", "pd_both"} <= set(cases.columns)
    report = (found / "evaluation.md").read_text("utf-8")
    assert "got no answer (case-too-long" in report


def test_the_cost_of_a_thousand_cases_follows_from_seconds_and_price(found: Path) -> None:
    cost = record(found).cost
    hours = cost.seconds / PRICE.at_once / 3600
    assert cost.per_thousand_cases == pytest.approx(2.0 * 8 * hours / cost.cases * 1000)
    assert cost.prompt_tokens > 900 * cost.cases


def test_nothing_of_the_applicants_is_in_the_files(bank: Bank, found: Path) -> None:
    applications = pd.read_parquet(bank.folder / "book.parquet").astype(str)
    cases = pd.read_parquet(found / "evaluated.parquet").astype(str)
    written = cases.to_csv() + "".join(
        (found / name).read_text("utf-8") for name in ("evaluation.json", "evaluation.md")
    )
    for column in ("id_number", "phone", "applicant_name"):
        assert not [value for value in applications[column] if value in written], column


def test_the_same_answers_give_the_same_bytes(
    bank: Bank, backend: Opinionated, found: Path, tmp_path: Path
) -> None:
    evaluated(
        bank, EvaluateOptions(tmp_path / "again", Backends(backend), "en", Draw(size=0), PRICE)
    )
    assert verify(tmp_path / "again") == []
    for name in RunManifest.read(found).outputs:
        assert (tmp_path / "again" / name).read_bytes() == (found / name).read_bytes(), name


def test_only_a_run_with_pending_answers_may_be_completed_in_its_place(found: Path) -> None:
    standing = RunManifest.read(found)
    data = {key: value for key, value in standing.data.items() if key != "answers"}
    asked = standing.model_copy(update={"data": data})
    assert job.may_complete(found, asked)
    assert not job.may_complete(found.parent / "nothing", asked)
    with pytest.raises(DataError, match="holds another run"):
        job.may_complete(found, asked.model_copy(update={"model": "other"}))


def test_random_opinions_ship_with_weight_0_and_the_report_says_so_in_chinese(
    bank: Bank, truth: pd.DataFrame, tmp_path: Path
) -> None:
    options = EvaluateOptions(
        tmp_path / "run", Backends(Opinionated(at_random(truth))), "zh", Draw(size=0)
    )
    result = evaluated(bank, options)
    overlay = record(tmp_path / "run").overlay
    assert overlay.verdict is not Verdict.PROVEN
    assert overlay.weights.high == 0
    report = (tmp_path / "run" / "evaluation.md").read_text("utf-8")
    assert "权重为 0" in report
    assert "未给出 GPU 小时价格" in report
    console = Console(record=True, width=200)
    console.print(terminal.summary(result, "zh"))
    shown = console.export_text()
    assert "模型＋推理意见" in shown
    assert "AUC 增益" in shown


def test_nothing_is_asked_where_the_rows_cannot_be_used(bank: Bank, tmp_path: Path) -> None:
    backend = Opinionated({})
    backends = Backends(backend)
    with pytest.raises(DataError, match="larger sample"):
        evaluated(bank, EvaluateOptions(tmp_path / "run", backends, "en", Draw(size=100)))
    with pytest.raises(ConfigError, match="trained on them"):
        evaluated(
            bank, EvaluateOptions(tmp_path / "run", Backends(backend), "en", Draw(rows="all"))
        )
    assert backend.asked == []
    assert not (tmp_path / "run").exists()


def test_another_run_in_the_directory_is_refused_before_anything_is_asked(
    bank: Bank, found: Path
) -> None:
    backend = Opinionated({})
    with pytest.raises(DataError, match="holds another run"):
        evaluated(bank, EvaluateOptions(found, Backends(backend), "en", Draw(size=0)))
    assert backend.asked == []
    assert json.loads((found / "manifest.json").read_text("utf-8"))["job"] == "evaluate-reasoning"
