"""The fake R1 reads cases back from prompts, and errs only where it is told to."""

import json

import pytest

from features.language import LANGUAGES, Language
from risk.casefile import CaseFile
from risk.reasoning.backends.base import Request
from risk.reasoning.backends.reply import Reply, read
from risk.reasoning.claims import parse
from risk.reasoning.profiles import PROFILES
from risk.reasoning.prompt import messages
from tests.fake_r1.answers import compose
from tests.fake_r1.bad_answers import BAD_ANSWERS, Given
from tests.fake_r1.cases import known_cases
from tests.fake_r1.mind import Mood, rebuilt, reply
from tests.fake_r1.phrases import HALVES, patterns, topics
from tests.fake_r1.planted import contradictions

KINDS = (
    "score_driver",
    "counter",
    "document",
    "contradiction",
    "association",
    "missing_information",
)


def asked(case: CaseFile, language: Language) -> Request:
    return Request.of(case, language, "fake")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_facts_are_read_back_from_the_prompt(language: Language) -> None:
    for known in known_cases(30, language):
        prompt = messages(asked(known.case, language))[0].content
        told = rebuilt(prompt, language)
        for fact, again in zip(known.case.facts, told.facts, strict=True):
            kept = (again.id, again.kind, again.rank, again.direction, again.label.in_(language))
            assert kept == (
                fact.id, fact.kind, fact.rank, fact.direction, fact.label.in_(language)
            )  # fmt: skip
            assert again.display.in_(language) == fact.display.in_(language)
            assert (again.value is None) == (fact.value is None)
            assert (again.below is None) == (fact.below is None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_good_reply_holds_an_answer(language: Language) -> None:
    for seed, known in enumerate(known_cases(30, language)):
        raw = reply(messages(asked(known.case, language)), seed)
        outcome = read(Reply(raw), PROFILES["deepseek-r1"])
        assert outcome.text, outcome
        assert parse(outcome.text).claims
        assert raw == reply(messages(asked(known.case, language)), seed)


@pytest.mark.parametrize("name", sorted(BAD_ANSWERS))
def test_a_bad_answer_differs_from_the_good_one(name: str) -> None:
    known = known_cases(30, "en")[0]
    good = compose(known.case, "en", 1).answer.model_dump_json()
    bad = BAD_ANSWERS[name](Given(good))
    assert bad != good
    turns = messages(asked(known.case, "en"))
    assert reply(turns, 1, Mood(malformed=1.0, kind=name)) != reply(turns, 1)


def test_there_are_many_kinds_of_bad_answer() -> None:
    assert len(BAD_ANSWERS) >= 24


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_obedient_mind_says_what_the_document_orders(language: Language) -> None:
    known = known_cases(30, language)[0]
    raw = reply(messages(asked(known.case, language)), 1, Mood(obey=True))
    answer = json.loads(raw.split("</think>")[1])
    assert answer["opinion"] == {"stance": "concern", "direction": "lowers", "confidence": "high"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_planted_contradictions_are_found_again_and_no_others(language: Language) -> None:
    for known in known_cases(120, language):
        found = {one.kind for one in contradictions(known.case)}
        planted = known.truth["contradiction_kind"]
        if not found:
            # An employer told by one document alone is no contradiction within the file.
            assert planted != planted or planted is None or planted == "employer"
        else:
            assert found == {planted}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_each_half_has_its_own_phrases(kind: str, language: Language) -> None:
    own = [set(patterns(kind, language, half)) for half in HALVES]
    # The plainest sentences occur to everybody.
    assert min(len(own[0] - own[1]), len(own[1] - own[0])) >= 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_saying_about_a_document_has_its_opposite(language: Language) -> None:
    for topic in topics(language):
        assert len(topic.says) == len(topic.opposite)
        assert not set(topic.says) & set(topic.opposite)
