"""What a model is told: the same words first, every fact once, nothing it may not know."""

import re

import pytest

from features.language import LANGUAGES, Language
from risk.casefile import CaseFile
from risk.reasoning import prompt
from risk.reasoning.backends.base import Request
from risk.reasoning.findings import Check, Finding


def asked(case: CaseFile, language: Language = "zh", **more: object) -> Request:
    made = Request.of(case, language, "x")
    return made.model_copy(update=more)


def test_all_cases_share_everything_before_the_case(cases: list[CaseFile]) -> None:
    for language in LANGUAGES:
        told = [prompt.messages(asked(case, language))[0].content for case in cases]
        shared = prompt.template(language).partition("{{case}}")[0]
        assert all(text.startswith(shared) for text in told)
        assert len(set(told)) == len(cases)


def test_every_fact_is_told_once_under_its_id(cases: list[CaseFile]) -> None:
    for case in cases[:40]:
        for language in LANGUAGES:
            told = prompt.told(case, language)
            ids = re.findall(r"^(F\d+)(?: \[|: )", told, re.M)
            assert sorted(ids) == sorted(fact.id for fact in case.facts)
            for fact in case.of_kind("document"):
                assert f"{fact.id}: {fact.value}" in told


def test_neither_score_nor_recommendation_nor_application_id_is_told(
    cases: list[CaseFile],
) -> None:
    for case in cases[:40]:
        told = prompt.told(case, "en")
        assert case.application_id not in told
        assert not re.search(r"\bPD\b|\brefer|decline|600|0\.1\b", prompt.told(without(case), "en"))


def without(case: CaseFile) -> CaseFile:
    """The case without its documents, whose words are the applicant's."""
    facts = tuple(fact for fact in case.facts if fact.kind == "score")
    return case.model_copy(update={"facts": facts})


def test_a_repair_continues_the_conversation(cases: list[CaseFile]) -> None:
    wrong = (
        Finding(check=Check.DIGITS, detail="stray", claim=1, words="3笔"),
        Finding(check=Check.LANGUAGE, detail="other", question=0),
    )
    first, second, third = prompt.messages(asked(cases[0], previous="{}", complaints=wrong))
    assert (first.role, second, third.role) == ("user", ("assistant", "{}"), "user")
    assert first == prompt.messages(asked(cases[0]))[0]
    assert "第2条陈述：" in third.content
    assert "3笔" in third.content
    assert "第1个问题：" in third.content


def test_where_there_was_no_answer_only_the_complaint_is_added(cases: list[CaseFile]) -> None:
    wrong = (Finding(check=Check.FORM, detail="malformed", words="thinking-unfinished"),)
    (only,) = prompt.messages(asked(cases[0], "en", complaints=wrong))
    assert only.content.startswith(prompt.messages(asked(cases[0], "en"))[0].content)
    assert "thinking-unfinished" in only.content


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_prompt_names_every_kind_and_way_that_an_answer_may_use(language: Language) -> None:
    words = prompt.template(language)
    kinds = ("score_driver", "document", "contradiction", "association", "missing_information")
    for word in (*kinds, "counter", "raises", "lowers", "neutral", "agree", "concern"):
        assert word in words
    assert not re.search(r"\{F\d+\.(?!label|percentile|rank)", words)


def test_the_digest_covers_words_and_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    before = prompt.digest()
    prompt.digest.cache_clear()
    assert prompt.digest() == before
    prompt.digest.cache_clear()
    monkeypatch.setattr(prompt, "_FORM", "case/other")
    assert prompt.digest() != before
    prompt.digest.cache_clear()
