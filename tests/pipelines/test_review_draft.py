"""The drafted sections of workbench and letters, as drafted and with their comment signs off."""

import tomllib
from pathlib import Path

import pytest

from features.language import LANGUAGES, Language
from pipelines.card.settings import CardSettings
from pipelines.config import RunConfig
from pipelines.review.settings import ReviewSettings, WebSettings
from pipelines.review_draft import draft_review

POLICY = 'language = "zh"\n[policy]\nscale = "pd"\napprove = 0.05\ndecline = 0.2\n'


@pytest.mark.parametrize("language", LANGUAGES)
def test_as_drafted_it_says_nothing(language: Language) -> None:
    assert tomllib.loads("\n".join(draft_review(language))) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_prose_is_whole_sentences(language: Language) -> None:
    prose = [line for line in draft_review(language) if line.startswith("##")]
    assert len(prose) == 5
    assert all(line[3:4] == line[3:4].upper() and line.endswith((".", "。")) for line in prose)


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_its_comment_signs_it_is_a_config(language: Language) -> None:
    text = "\n".join(line.removeprefix("#") for line in draft_review(language))
    raw = tomllib.loads(POLICY + text)
    assert set(raw["review"]) == set(ReviewSettings.model_fields) - {"reasons", "webhook"}
    config = RunConfig.of(raw, Path("risk.toml"))
    own = {"amount", "product", "second_above"}
    kept = config.review.model_dump(exclude=own)
    assert kept == ReviewSettings().model_dump(exclude=own)
    assert config.web == WebSettings(reports=Path.cwd() / "reports")
    assert config.notice is not None
    assert set(raw["card"]) == set(CardSettings.model_fields)
