"""The drafted validation section, as drafted and with its comment signs taken off."""

import tomllib
from pathlib import Path

import pytest

from features.language import LANGUAGES, Language
from pipelines.config import RunConfig
from pipelines.validation_draft import draft_validation
from risk.report.limits import ValidationLimits

POLICY = 'language = "zh"\n[policy]\nscale = "pd"\napprove = 0.05\ndecline = 0.2\n'


@pytest.mark.parametrize("language", LANGUAGES)
def test_as_drafted_it_says_nothing(language: Language) -> None:
    assert tomllib.loads("\n".join(draft_validation(language))) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_its_comment_signs_it_is_what_holds_anyway(language: Language) -> None:
    text = "\n".join(line.removeprefix("#") for line in draft_validation(language))
    raw = tomllib.loads(POLICY + text)
    assert set(raw["validation"]) == set(ValidationLimits.model_fields)
    assert RunConfig.of(raw, Path("risk.toml")).validation == ValidationLimits()
