from dataclasses import replace

import pytest

from features.dictionary import Field
from features.language import LANGUAGES, Language, Text
from pipelines.card.known import Known
from pipelines.card.model import described
from pipelines.card.settings import CardSettings
from pipelines.card.words import CardWords
from pipelines.config import ReasoningSettings
from risk.calibration import METHODS
from risk.policy import Policy
from risk.sheet import Sheet, to_text


def said(known: Known, language: Language = "en") -> str:
    return to_text(Sheet("t", language, tuple(described(known, CardWords(language)))))


def named(field: Field) -> str:
    return field.name if field.label.en == field.name else f"{field.label.en} ({field.name})"


def changed(known: Known, **sections: object) -> Known:
    return replace(known, config=known.config.model_copy(update=sections))


def test_what_nobody_stated_is_said_to_be_unstated_and_where_to_state_it(known: Known) -> None:
    text = said(known)
    for entry in CardSettings.model_fields:
        assert f"not stated: write it into [card] of risk.toml as {entry}" in text


def test_what_people_stated_stands_in_their_words(known: Known) -> None:
    purpose = Text(zh="审批个人消费贷款", en="Approve consumer loans")
    told = changed(known, card=CardSettings(purpose=purpose))
    assert "Purpose: Approve consumer loans" in said(told)
    assert "目的：审批个人消费贷款" in said(told, "zh")
    assert "[card] of risk.toml as purpose" not in said(told)


def test_inputs_have_their_direction_and_protected_attributes_are_none_of_them(
    known: Known,
) -> None:
    inputs, protected = said(known).split("never enter the model")
    assert "monthly income (monthly_income) | CNY | falls | " in inputs
    assert "\neducation | category | falls along its levels | " in inputs
    for field in known.model.dictionary.protected:
        assert f"- {named(field)}\n" in protected
        assert f"\n{named(field)} | " not in inputs
    for field in known.model.dictionary.features:
        assert f"\n{named(field)} | " in inputs
    assert "月收入 (monthly_income) | 元 | 下降 | " in said(known, "zh")


def test_target_window_and_samples_are_those_of_training(known: Known) -> None:
    text = said(known)
    assert "default within 12 months (default_flag); values that mean default: 1" in text
    assert "Outcome window, months: 12" in text
    assert "Outcomes observed until: 2026-12-31" in text
    assert "Share out of time: 25.00%" in text
    assert "Share for test" not in text


def test_samples_drawn_by_chance_are_said_to_be(known: Known) -> None:
    text = said(replace(known, told=replace(known.told, metrics={"test.rows": 9})))
    assert "parted by chance" in text
    assert "Share out of time" not in text


def test_a_run_that_logged_no_manifest_leaves_dashes(known: Known) -> None:
    text = said(replace(known, manifest=None))
    assert "Outcome window, months: —" in text
    assert "Tuning trials: —" in text


def test_rows_that_were_refused_are_counted_by_rule(known: Known) -> None:
    counts = {("income", "too-high"): 3, ("age", "too-low"): 1_200}
    text = said(replace(known, rejected=counts))
    assert "Refused for breaking the data dictionary: 1,203" in text
    assert text.index("age | too-low | 1,200") < text.index("income | too-high | 3")


def test_policy_and_rules_are_those_of_today(known: Known) -> None:
    assert "a PD below 8.00% is approved, one of 25.00% or more declined" in said(known)
    assert "More than 90 days past due | decline" in said(known)
    bare = changed(known, policy=Policy(approve=620, decline=540, scale="points"))
    assert "620 points or more are approved, fewer than 540 declined" in said(bare)
    assert "There are no hard rules." in said(bare)


def test_the_language_model_is_named_where_one_is_asked(known: Known) -> None:
    assert "no language model is asked" in said(known)
    server = {"url": "http://127.0.0.1:8000/v1", "model": "r1", "profile": "deepseek-r1"}
    light = {**server, "model": "small-one"}
    settings = ReasoningSettings.model_validate(
        {"backend": "server", "server": server, "light": light}
    )
    assert "language model (small-one, r1)" in said(changed(known, reasoning=settings))
    engine = ReasoningSettings.model_validate(
        {"backend": "engine", "engine": {"model": "/m/R1-32B", "profile": "deepseek-r1"}}
    )
    assert "language model (R1-32B)" in said(changed(known, reasoning=engine))
    idle = ReasoningSettings.model_validate({"backend": "template", "server": server})
    assert "no language model is asked" in said(changed(known, reasoning=idle))


def test_what_a_run_says_of_its_intervals_is_no_hyperparameter(known: Known) -> None:
    params = {**known.told.params, "num_leaves": "4", "interval_rows": "180", "interval_bads": "53"}
    text = said(replace(known, told=replace(known.told, params=params)))
    assert "num_leaves 4" in text
    assert "interval_" not in text


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_way_of_calibrating_has_words(method: str, language: Language) -> None:
    assert CardWords(language)(f"card.calibration.{method}")


@pytest.mark.parametrize("rule", ["approved-and-repaid", "safer-half-and-repaid"])
def test_the_reference_set_is_described(known: Known, rule: str) -> None:
    params = {**known.told.params, "reference_rule": rule}
    text = said(replace(known, told=replace(known.told, params=params)))
    assert "against 40 frozen rows" in text
    assert ("safer half" in text) == (rule == "safer-half-and-repaid")
