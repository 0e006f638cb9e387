from pathlib import Path

import pytest

from features.errors import ScorerError
from pipelines.card.known import VALIDATION, Known, know
from pipelines.errors import ConfigError, TrackingError
from pipelines.manifest import RunManifest
from pipelines.tracking import RunLog, Tracking
from pipelines.validation.delivering import REPORT, Wanted, deliver
from tests.pipelines.card.conftest import report
from tests.pipelines.conftest import Bank


def test_a_model_is_known_by_alias_version_and_training_run(bank: Bank, known: Known) -> None:
    for reference in ("1", bank.trained.run_id):
        assert know(bank.config, reference, None).stored == known.stored
    assert known.told.metrics["out_of_time.auc"] == bank.trained.metrics["out_of_time"]["auc"]
    assert known.trained_with("samples")["maturity_months"] == 12
    assert known.trained_with("nothing") == {}
    assert known.manifest is not None
    assert known.manifest.key() == bank.trained.run_key
    assert known.report is None


def test_an_unknown_model_is_named(bank: Bank) -> None:
    with pytest.raises(TrackingError, match="nobody"):
        know(bank.config, "nobody", None)


def test_a_report_is_read_from_its_file(bank: Bank, known: Known, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(report(known.stored.digest).to_json(), "utf-8")
    assert know(bank.config, "champion", path).report == report(known.stored.digest)


def test_a_report_that_was_edited_where_it_lies_is_refused(
    bank: Bank, known: Known, tmp_path: Path
) -> None:
    wanted = Wanted(tmp_path / "v", "en")
    deliver(report(known.stored.digest), RunManifest.of("validate", data={}, config={}), wanted)
    path = wanted.output / REPORT
    assert know(bank.config, "champion", path).report == report(known.stored.digest)
    path.write_text(path.read_text("utf-8") + " ", "utf-8")
    with pytest.raises(ConfigError, match=r"report\.json was changed after it was written"):
        know(bank.config, "champion", path)


def test_without_a_file_the_report_of_the_training_run_is_taken(bank: Bank, known: Known) -> None:
    tracking = Tracking(bank.config.tracking, bank.config.name)
    log = RunLog(
        "validation", "validation", texts={VALIDATION: report(known.stored.digest).to_json()}
    )
    tracking.attach(bank.trained.run_id, log)
    try:
        assert know(bank.config, "champion", None).report == report(known.stored.digest)
    finally:
        # The bank is everybody's: nobody else is to find a report.
        artifacts = Path(bank.config.tracking) / "artifacts" / bank.trained.run_id / "artifacts"
        (artifacts / VALIDATION).unlink()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (report("0" * 64).to_json(), "another model"),
        (report("0" * 64, "monitoring").to_json(), "monitoring"),
        ("{}", "no report"),
        ("<html>", "no report"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_report_on_this_model_is_refused(
    bank: Bank, tmp_path: Path, text: str | None, said: str
) -> None:
    path = tmp_path / "report.json"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=said) as caught:
        know(bank.config, "champion", path)
    assert str(path) in str(caught.value)
    assert isinstance(caught.value, ScorerError)
