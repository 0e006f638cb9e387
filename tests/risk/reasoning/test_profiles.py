"""Profiles: every one leaves room for a case, and others are described by configuration."""

import pytest
from pydantic import ValidationError

from risk.errors import BackendError
from risk.reasoning.profiles import LEAST_PROMPT_TOKENS, PROFILES, Profile, profile


@pytest.mark.parametrize("each", PROFILES.values(), ids=list(PROFILES))
def test_every_profile_splits_its_context_among_prompt_thinking_and_answer(each: Profile) -> None:
    thinking = each.thinking_tokens if each.thinks else 0
    assert each.prompt_tokens + thinking + each.answer_tokens == each.context_tokens
    assert each.prompt_tokens >= LEAST_PROMPT_TOKENS
    assert profile(each.name) is each


@pytest.mark.parametrize("each", PROFILES.values(), ids=list(PROFILES))
def test_a_model_that_thinks_needs_a_parser(each: Profile) -> None:
    assert bool(each.parser) == each.thinks


def test_the_sampling_is_that_which_deepseek_advises_for_r1() -> None:
    for name in ("deepseek-r1", "deepseek-r1-0528", "deepseek-r1-distill-qwen"):
        assert (profile(name).temperature, profile(name).top_p) == (0.6, 0.95)


def test_an_unknown_profile_is_named_with_those_that_there_are() -> None:
    with pytest.raises(BackendError, match=r'"r2"; known are deepseek-r1, .*a table `profile`'):
        profile("r2")


def test_a_model_of_the_banks_own_is_described() -> None:
    own = Profile(name="own", thinking="written", parser="glm45", context_tokens=16_384)
    assert own.prompt_tokens == 16_384 - 10_000
    silent = Profile(name="own", thinking="none", parser="", context_tokens=8_192)
    assert silent.prompt_tokens == 8_192 - silent.answer_tokens


@pytest.mark.parametrize(
    "wrong",
    [{"context_tokens": 10_500}, {"temperature": 3}, {"top_p": 0}, {"thinking": "yes"}, {"n": 1}],
)
def test_a_profile_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Profile.model_validate({"name": "own", **wrong})
