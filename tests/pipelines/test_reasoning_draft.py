"""The drafted reasoning section, as drafted and with its comment signs taken off."""

import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from features.language import LANGUAGES, Language
from pipelines.config import ReasoningSettings, RunConfig
from pipelines.reasoning_draft import draft_reasoning
from risk.reasoning.backends.settings import ServerSettings

POLICY = 'language = "zh"\n[policy]\nscale = "pd"\napprove = 0.05\ndecline = 0.2\n'


def turned_on(language: Language) -> str:
    """The section as a person leaves it who takes one sign off each line."""
    return "\n".join(line.removeprefix("#") for line in draft_reasoning(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_as_drafted_it_says_nothing(language: Language) -> None:
    assert tomllib.loads("\n".join(draft_reasoning(language))) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_its_comment_signs_it_is_accepted(language: Language) -> None:
    config = RunConfig.of(tomllib.loads(POLICY + turned_on(language)), Path("risk.toml"))
    asked = config.reasoning
    assert asked.backend == "server"
    assert asked.server is not None
    assert urlsplit(asked.server.url).hostname == "127.0.0.1"
    assert asked.server.profile.name == "deepseek-r1-distill-qwen"


def test_the_comment_signs_may_go_with_their_blank() -> None:
    whole = "\n".join(line.removeprefix("#").removeprefix(" ") for line in draft_reasoning("en"))
    assert tomllib.loads(whole) == tomllib.loads(turned_on("en"))


def test_what_is_no_choice_of_the_bank_stands_at_its_default() -> None:
    drafted = tomllib.loads(turned_on("en"))["reasoning"]
    server = drafted.pop("server")
    chosen = {key for key, v in drafted.items() if v != ReasoningSettings.model_fields[key].default}
    asked = {key for key, v in server.items() if v != ServerSettings.model_fields[key].default}
    assert chosen == {"backend"}
    assert asked == {"url", "model", "profile", "token_budget"}


def test_comments_speak_the_language_asked_for() -> None:
    assert "服务端给模型起的名字" in turned_on("zh")
    assert "the name under which the server offers the model" in turned_on("en")
