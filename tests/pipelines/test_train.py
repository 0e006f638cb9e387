import warnings
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from features.errors import DataError
from pipelines import train
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.job import Silent
from pipelines.sources import open_source
from pipelines.tracking import Tracking
from risk.model import PDModel
from risk.model_parts import read_facts
from tests.pipelines.conftest import CONFIG, Bank, write_bank


def client(bank: Bank) -> mlflow.MlflowClient:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return mlflow.MlflowClient(f"sqlite:///{bank.config.tracking}/mlflow.db")


def test_every_row_is_in_a_sample_or_among_the_rejects(bank: Bank) -> None:
    counts = bank.trained.counts
    samples = counts["development"] + counts["validation"] + counts["out_of_time"]
    assert samples == counts["accepted"]
    assert counts["accepted"] + counts["rejected"] == 3000


def test_the_run_holds_all_a_validator_asks_for(bank: Bank) -> None:
    run = client(bank).get_run(bank.trained.run_id)
    assert run.info.status == "FINISHED"
    assert {"learning_rate", "num_leaves", "calibration", "rounds"} <= set(run.data.params)
    assert {"out_of_time.auc", "out_of_time.ks", "out_of_time.observed_expected"} <= set(
        run.data.metrics
    )
    assert run.inputs.dataset_inputs[0].dataset.digest
    files = {f.path for f in client(bank).list_artifacts(bank.trained.run_id)}
    assert {"dictionary.toml", "manifest.json", "plots", "logistic_scorecard.csv"} <= files
    plots = {f.path for f in client(bank).list_artifacts(bank.trained.run_id, "plots")}
    assert {
        "plots/learning_curves.png",
        "plots/calibration.png",
        "plots/shap_importance.png",
        "plots/shap_direction.png",
    } <= plots
    history = client(bank).get_metric_history(bank.trained.run_id, "rounds.validation.auc")
    assert len(history) > 5


def test_mlflow_shows_what_was_measured_and_not_the_last_round_of_a_curve(bank: Bank) -> None:
    shown = client(bank).get_run(bank.trained.run_id).data.metrics
    for sample, measured in bank.trained.metrics.items():
        for key, value in measured.items():
            assert shown[f"{sample}.{key}"] == value, f"{sample}.{key}"


def test_the_champion_loads_under_its_pinned_digest(bank: Bank) -> None:
    stored = bank.champion()
    model = PDModel.load(stored.path, stored.digest)
    assert model.columns
    assert {f.name for f in model.dictionary.protected}.isdisjoint(model.columns)


def test_without_a_row_to_reject_there_is_no_list_of_them(tmp_path: Path) -> None:
    write_bank(tmp_path)
    text = CONFIG.replace("max_rounds = 60", "max_rounds = 5")
    (tmp_path / "risk.toml").write_text(text, "utf-8")
    config = RunConfig.read(tmp_path / "risk.toml")
    options = train.TrainOptions(rejects=tmp_path / "rejects.csv")
    book = pd.read_parquet(tmp_path / "book.parquet").reset_index(drop=True)
    for broken in (1, 0):
        frame = book.assign(monthly_income=book["monthly_income"].where(book.index >= broken, -1))
        frame.to_parquet(tmp_path / "table.parquet")
        source = open_source(str(tmp_path / "table.parquet"))
        done = train.run(config, source, options, Silent())
        assert done.counts["rejected"] == broken
        assert ("rejects" in done.files) == options.rejects.exists() == bool(broken)


def test_the_second_model_is_a_challenger(tmp_path: Path) -> None:
    write_bank(tmp_path)
    text = CONFIG.replace("max_rounds = 60", "max_rounds = 5")
    (tmp_path / "risk.toml").write_text(text, "utf-8")
    config = RunConfig.read(tmp_path / "risk.toml")
    source = open_source(str(tmp_path / "book.parquet"))
    options = train.TrainOptions(rejects=tmp_path / "rejects.csv")
    first = train.run(config, source, options, Silent())
    second = train.run(
        config, source, train.TrainOptions(trials=2, rejects=options.rejects), Silent()
    )
    assert first.files["model"] == "models:/small@champion (version 1)"
    assert second.files["model"] == "models:/small@challenger (version 2)"
    tracking = Tracking(config.tracking, "small")
    assert tracking.fetch("small", "champion").version == "1"
    assert first.run_key != second.run_key


def test_a_hard_rule_may_look_at_a_column_that_training_never_saw(tmp_path: Path) -> None:
    write_bank(tmp_path)
    with (tmp_path / "dictionary.toml").open("a", encoding="utf-8") as file:
        file.write('\n[fields.tie_alarm]\nrole = "ignored"\ntype = "number"\nlow = 0\n')
    rule = (
        '\n[[policy.rules]]\nname = "ring"\nfield = "tie_alarm"\nop = ">="\nvalue = 1\n'
        'decision = "refer"\nlabel = { zh = "关联预警", en = "alarm" }\n'
    )
    (tmp_path / "risk.toml").write_text(CONFIG + rule, "utf-8")
    config = RunConfig.read(tmp_path / "risk.toml")
    source = open_source(str(tmp_path / "book.parquet"))
    trained = train.run(
        config, source, train.TrainOptions(rejects=tmp_path / "rejects.csv"), Silent()
    )
    assert trained.files["model"] == "models:/small@champion (version 1)"


def test_nothing_is_written_when_the_input_cannot_be_used(tmp_path: Path) -> None:
    write_bank(tmp_path)
    frame = pd.read_parquet(tmp_path / "book.parquet").drop(columns=["monthly_income"])
    frame.to_parquet(tmp_path / "book.parquet")
    config = RunConfig.read(tmp_path / "risk.toml")
    options = train.TrainOptions(rejects=tmp_path / "rejects.csv")
    with pytest.raises(DataError, match=r"book\.parquet.*monthly_income"):
        train.run(config, open_source(str(tmp_path / "book.parquet")), options, Silent())
    assert not (tmp_path / "mlruns").exists()
    assert not options.rejects.exists()


def test_a_dictionary_without_a_target_is_refused(tmp_path: Path) -> None:
    write_bank(tmp_path)
    path = tmp_path / "dictionary.toml"
    path.write_text(path.read_text("utf-8").replace('role = "target"', 'role = "ignored"'), "utf-8")
    config = RunConfig.read(tmp_path / "risk.toml")
    source = open_source(str(tmp_path / "book.parquet"))
    with pytest.raises((ConfigError, DataError), match="target"):
        train.run(config, source, train.TrainOptions(rejects=tmp_path / "r.csv"), Silent())


def test_the_model_knows_how_sure_it_is_by_rows_it_was_not_fitted_to(bank: Bank) -> None:
    stored = bank.champion()
    interval = PDModel.load(stored.path, stored.digest).interval
    assert interval is not None
    assert interval.rows == bank.trained.counts["out_of_time"]
    params = client(bank).get_run(bank.trained.run_id).data.params
    assert params["interval_bads"] == str(interval.bads)
    assert read_facts(stored.path, stored.digest).interval == interval


def test_too_few_bads_leave_a_model_without_an_interval_and_it_says_so(tmp_path: Path) -> None:
    write_bank(tmp_path, 900)
    text = CONFIG.replace("max_rounds = 60", "max_rounds = 5")
    text = text.replace("out_of_time_share = 0.25", "out_of_time_share = 0.03")
    (tmp_path / "risk.toml").write_text(text, "utf-8")
    config = RunConfig.read(tmp_path / "risk.toml")
    source = open_source(str(tmp_path / "book.parquet"))
    done = train.run(config, source, train.TrainOptions(rejects=tmp_path / "r.csv"), Silent())
    assert any("fewer than 20 bads" in note for note in done.notes)
    stored = Tracking(config.tracking, "small").fetch("small", "champion")
    assert read_facts(stored.path, stored.digest).interval is None
