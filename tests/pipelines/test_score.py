import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.encoding import encode
from features.errors import DataError
from features.intake import check
from pipelines import score, stability
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.job import Silent
from pipelines.manifest import verify
from pipelines.sources import open_source
from pipelines.stability import STABILITY, Stability
from pipelines.tracking import StoredModel
from risk.model import PDModel
from risk.model_files import CARD, CHARACTERISTICS, LATER
from tests.pipelines.command import content
from tests.pipelines.conftest import Bank

Changed = Callable[..., Path]


def scored(bank: Bank, path: Path, output: Path, **options: bool) -> pd.DataFrame:
    score.run(
        bank.config,
        open_source(str(path)),
        bank.champion(),
        score.ScoreOptions(output, **options),
        Silent(),
    )
    return pd.read_parquet(output / score.SCORES)


def test_scores_are_the_models_own(bank: Bank, tmp_path: Path) -> None:
    found = scored(bank, bank.tonight, tmp_path / "night")
    stored = bank.champion()
    model = PDModel.load(stored.path, stored.digest)
    frame = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False)
    accepted = check(frame, model.dictionary).accepted
    expected = model.predict(encode(accepted, model.dictionary))
    np.testing.assert_array_equal(found["pd"].to_numpy(), expected)
    assert found["application_id"].tolist() == accepted["application_id"].tolist()


def test_explained_rows_have_reasons_that_add_risk(bank: Bank, tmp_path: Path) -> None:
    found = scored(bank, bank.tonight, tmp_path / "night")
    adverse = found[found["decision"] != "approve"]
    assert len(adverse) > 5
    assert (adverse["reason_1"] != "").all()
    assert (adverse["contribution_1"] >= adverse["contribution_2"].fillna(0)).all()
    assert (adverse["contribution_1"] > 0).all()


def test_a_delivered_run_verifies(bank: Bank, tmp_path: Path) -> None:
    scored(bank, bank.tonight, tmp_path / "night")
    assert verify(tmp_path / "night") == []


def test_the_same_run_twice_gives_the_same_bytes(bank: Bank, tmp_path: Path) -> None:
    scored(bank, bank.tonight, tmp_path / "one")
    scored(bank, bank.tonight, tmp_path / "two")
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert set(content(tmp_path / "one")) == {
        "manifest.json",
        "rejects.csv",
        "scores.parquet/part-00000.parquet",
        "stability.json",
    }


def test_a_run_says_how_far_its_scores_have_moved_since_development(
    bank: Bank, tmp_path: Path, changed_night: Changed
) -> None:
    first = pd.read_csv(bank.tonight, dtype=str)["application_id"][0]
    night = changed_night(150, application_id=first)
    source, stored = open_source(str(night)), bank.champion()
    options = score.ScoreOptions(tmp_path / "night")
    results = [score.run(bank.config, source, stored, options, Silent()) for _ in range(2)]
    said = Stability.model_validate_json((tmp_path / "night" / STABILITY).read_bytes())
    baseline = PDModel.load(stored.path, stored.digest).baseline
    assert baseline is not None
    raw = score.read_scores(tmp_path / "night", ["raw"])["raw"].to_numpy()
    assert sum(said.scored) == len(raw) == 199
    assert said.scored == tuple(baseline.count(raw))
    assert said.psi == pytest.approx(baseline.psi(baseline.count(raw)), rel=1e-12)
    assert [each.metrics["scored"]["psi"] for each in results] == [said.psi] * 2


def of_an_earlier_version(bank: Bank, folder: Path, *unknown: str) -> StoredModel:
    """The champion without files that were not yet known then."""
    stored = bank.champion()
    shutil.copytree(stored.path, folder)
    card = json.loads((folder / CARD).read_text("utf-8"))
    for name in unknown:
        (folder / name).unlink()
        del card["files"][name]
    (folder / CARD).write_text(json.dumps(card), "utf-8")
    digest = hashlib.sha256((folder / CARD).read_bytes()).hexdigest()
    return replace(stored, path=folder, digest=digest)


def test_a_run_says_how_far_each_field_has_moved_since_development(
    bank: Bank, tmp_path: Path, changed_night: Changed
) -> None:
    night = changed_night(3, monthly_income="plenty")
    scored(bank, night, tmp_path / "night")
    said = Stability.model_validate_json((tmp_path / "night" / STABILITY).read_bytes())
    stored = bank.champion()
    model = PDModel.load(stored.path, stored.digest)
    accepted = check(pd.read_csv(night, dtype=str, keep_default_na=False), model.dictionary)
    x = encode(accepted.accepted, model.dictionary)
    assert said.every == 1
    assert [each.field for each in said.fields] == list(model.columns)
    assert model.characteristics is not None
    for each, known, column in zip(said.fields, model.characteristics, x.T, strict=True):
        assert each.scored == tuple(known.count(column))
        assert sum(each.scored) == 199
        assert each.csi == known.psi(known.count(column))


def test_fields_are_counted_alike_in_any_batches_and_parts(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stability, "WHOLE", 50)
    scored(bank, bank.tonight, tmp_path / "one")
    monkeypatch.setattr(score, "PART_ROWS", 30)
    frame = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False)
    frame.to_parquet(tmp_path / "night.parquet", row_group_size=30)
    scored(bank, tmp_path / "night.parquet", tmp_path / "many")
    assert len(list((tmp_path / "many" / score.SCORES).iterdir())) > 3
    one, many = ((tmp_path / name / STABILITY).read_bytes() for name in ("one", "many"))
    assert one == many
    said = Stability.model_validate_json(one)
    assert said.every == stability.EVERY
    assert {sum(each.scored) for each in said.fields} == {200 // stability.EVERY}


def test_a_model_that_kept_no_characteristics_scores_and_has_its_psi(
    bank: Bank, tmp_path: Path
) -> None:
    stored = of_an_earlier_version(bank, tmp_path / "old", CHARACTERISTICS)
    options = score.ScoreOptions(tmp_path / "night")
    result = score.run(bank.config, open_source(str(bank.tonight)), stored, options, Silent())
    said = stability.read_stability(tmp_path / "night")
    assert said is not None
    assert said.psi == result.metrics["scored"]["psi"]
    assert said.fields == ()


def test_a_model_without_a_baseline_scores_and_the_log_says_what_is_missing(
    bank: Bank, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    result = score.run(
        bank.config,
        open_source(str(bank.tonight)),
        of_an_earlier_version(bank, tmp_path / "old", *LATER),
        score.ScoreOptions(tmp_path / "night"),
        Silent(),
    )
    assert "psi" not in result.metrics["scored"]
    assert not (tmp_path / "night" / STABILITY).exists()
    assert "has no PSI; train again" in caplog.text


def test_a_standing_run_is_left_as_it_is(bank: Bank, tmp_path: Path) -> None:
    scored(bank, bank.tonight, tmp_path / "night")
    before = (tmp_path / "night" / score.SCORES).stat().st_mtime_ns
    scored(bank, bank.tonight, tmp_path / "night")
    assert (tmp_path / "night" / score.SCORES).stat().st_mtime_ns == before


def test_what_a_kill_left_beside_a_standing_run_is_cleared(bank: Bank, tmp_path: Path) -> None:
    scored(bank, bank.tonight, tmp_path / "night")
    (tmp_path / ".night.0123.partial" / "work").mkdir(parents=True)
    scored(bank, bank.tonight, tmp_path / "night")
    assert [p.name for p in tmp_path.iterdir()] == ["night"]


def test_another_run_in_the_way_is_refused_unless_replaced(
    bank: Bank, tmp_path: Path, changed_night: Changed
) -> None:
    scored(bank, bank.tonight, tmp_path / "night")
    other = changed_night(0, loan_amount="1234")
    with pytest.raises(DataError, match="another run"):
        scored(bank, other, tmp_path / "night")
    assert len(scored(bank, other, tmp_path / "night", replace=True)) == 200


def test_a_broken_row_is_rejected_and_the_rest_is_scored(
    bank: Bank, tmp_path: Path, changed_night: Changed
) -> None:
    path = changed_night(3, monthly_income="plenty", loan_amount="-5")
    found = scored(bank, path, tmp_path / "night")
    rejects = pd.read_csv(tmp_path / "night" / score.REJECTS, encoding="utf-8-sig")
    assert len(found) == 199
    assert set(rejects["row"]) == {4}
    assert dict(zip(rejects["field"], rejects["rule"], strict=True)) == {
        "loan_amount": "below-minimum",
        "monthly_income": "not-a-number",
    }


def test_a_ragged_line_does_not_shift_row_numbers(
    bank: Bank, tmp_path: Path, changed_night: Changed
) -> None:
    path = changed_night(10, monthly_income="plenty")
    lines = path.read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "ragged.csv").write_text("".join([*lines[:3], "a,b\n", *lines[3:]]), "utf-8")
    scored(bank, tmp_path / "ragged.csv", tmp_path / "night")
    rejects = pd.read_csv(tmp_path / "night" / score.REJECTS, encoding="utf-8-sig")
    assert dict(zip(rejects["row"], rejects["rule"], strict=True)) == {
        3: "wrong-column-count",
        12: "not-a-number",
    }


def test_an_id_that_comes_again_is_rejected_and_its_first_row_is_scored(
    bank: Bank, tmp_path: Path, changed_night: Changed
) -> None:
    first = pd.read_csv(bank.tonight, dtype=str)["application_id"][0]
    found = scored(bank, changed_night(150, application_id=first), tmp_path / "night")
    rejects = pd.read_csv(tmp_path / "night" / score.REJECTS, encoding="utf-8-sig", dtype=str)
    assert len(found) == 199
    assert found["application_id"].is_unique
    assert found["application_id"][0] == first
    assert rejects.to_dict("records") == [
        {
            "row": "151",
            "application_id": first,
            "field": "application_id",
            "rule": "duplicate-id",
            "value": "1",
        }
    ]
    assert verify(tmp_path / "night") == []


def test_a_changed_encoding_asks_for_training(bank: Bank, tmp_path: Path) -> None:
    text = (bank.folder / "dictionary.toml").read_text("utf-8")
    assert "direction" in text
    changed = text.replace('direction = "rising"', 'direction = "none"', 1)
    (tmp_path / "dictionary.toml").write_text(changed, "utf-8")
    raw = (bank.folder / "risk.toml").read_text("utf-8")
    (tmp_path / "risk.toml").write_text(raw, "utf-8")
    config = RunConfig.read(tmp_path / "risk.toml")
    stored = bank.champion()
    model = PDModel.load(stored.path, stored.digest)
    with pytest.raises(ConfigError, match="train again"):
        score.fitting_dictionary(config, model)


def test_a_renamed_group_asks_for_training(bank: Bank, tmp_path: Path) -> None:
    text = (bank.folder / "dictionary.toml").read_text("utf-8")
    assert 'group = "debts"' in text
    changed = text.replace('group = "debts"', 'group = "inquiries"', 1)
    (tmp_path / "dictionary.toml").write_text(changed, "utf-8")
    (tmp_path / "risk.toml").write_text((bank.folder / "risk.toml").read_text("utf-8"), "utf-8")
    stored = bank.champion()
    with pytest.raises(ConfigError, match="train again"):
        score.fitting_dictionary(
            RunConfig.read(tmp_path / "risk.toml"), PDModel.load(stored.path, stored.digest)
        )


def test_a_rule_on_a_field_made_protected_after_training_is_refused(
    bank: Bank, tmp_path: Path
) -> None:
    text = (bank.folder / "dictionary.toml").read_text("utf-8")
    (tmp_path / "dictionary.toml").write_text(text, "utf-8")
    config = (bank.folder / "risk.toml").read_text("utf-8")
    rule = config.replace('field = "max_overdue_days_24m"', 'field = "age"')
    (tmp_path / "risk.toml").write_text(rule, "utf-8")
    stored = bank.champion()
    with pytest.raises(DataError, match="protected"):
        score.fitting_dictionary(
            RunConfig.read(tmp_path / "risk.toml"), PDModel.load(stored.path, stored.digest)
        )
