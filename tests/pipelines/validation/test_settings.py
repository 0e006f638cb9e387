from datetime import date

import pytest

from features.language import Text
from features.samples import SampleSpec
from pipelines.validation import settings
from risk.policy import Policy


@pytest.mark.parametrize(
    ("spec", "dated", "said"),
    [
        (
            SampleSpec(out_of_time_from=date(2025, 7, 1), validation_share=0.25),
            True,
            "applications from 1 July 2025 on are out of time, 25% drawn by chance for validation, "
            "the rest for development; seed 0",
        ),
        (
            SampleSpec(seed=3),
            True,
            "about the latest 20% of applications are out of time, 20% drawn by chance for "
            "validation, the rest for development; seed 3",
        ),
        (
            SampleSpec(),
            False,
            "20% drawn by chance for test, 20% drawn by chance for validation, the rest for "
            "development; seed 0",
        ),
        (
            SampleSpec(out_of_time_share=0, test_share=0.3),
            True,
            "30% drawn by chance for test, 20% drawn by chance for validation, the rest for "
            "development; seed 0",
        ),
    ],
)
def test_samples_are_told_as_they_were_drawn(spec: SampleSpec, dated: bool, said: str) -> None:
    told = settings.samples(spec, dated=dated)
    assert told.en == said
    assert "样本" in told.zh
    assert "{" not in told.zh + told.en


def test_a_policy_names_its_cuts_and_its_rules_by_their_labels() -> None:
    ring = {"zh": "关联组可疑", "en": "Suspicious tied group"}
    rule = {
        "name": "ring",
        "field": "ties",
        "op": ">=",
        "value": 2,
        "decision": "refer",
        "label": ring,
    }
    told = settings.policy(
        Policy.model_validate({"approve": 0.049, "decline": 0.16, "rules": [rule]})
    )
    assert told == Text(
        "PD 低于 4.9% 建议通过，不低于 16% 建议拒绝，其间转人工；硬规则优先：关联组可疑（转人工）",
        "a PD below 4.9% is approved, one of 16% or more declined, and between them a person "
        "decides; hard rules come first: Suspicious tied group (refer)",
    )


def test_a_policy_in_points_says_points() -> None:
    told = settings.policy(Policy(approve=620, decline=540, scale="points"))
    assert told.en.startswith("620 points or more are approved, fewer than 540 declined")
    assert told.zh.endswith("没有硬规则")
