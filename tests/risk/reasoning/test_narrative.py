"""The text: values filled in, evidence attached, struck claims shown, never too long."""

from dataclasses import replace

import pytest

from features.language import LANGUAGES, Language
from risk.casefile import CaseFile
from risk.reasoning.backends.template import compose
from risk.reasoning.claims import Answer, Claim, ClaimKind, NoOpinion
from risk.reasoning.findings import Check, Finding
from risk.reasoning.narrative import Mark, Narrative, narrate
from risk.reasoning.verification import verify


def told(case: CaseFile, language: Language = "zh") -> Narrative:
    return narrate(compose(case, language), case, (), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_slot_is_filled(cases: list[CaseFile], language: Language) -> None:
    for case in cases:
        narrative = told(case, language)
        said = narrative.text + "".join(question.text for question in narrative.questions)
        assert "{" not in said
        assert narrative.text


def test_the_values_are_those_of_the_facts(cases: list[CaseFile]) -> None:
    for case in cases:
        for sentence in told(case, "en").told:
            if sentence.mark is not Mark.CITED:
                continue
            facts = [case.by_id[evidence.fact] for evidence in sentence.evidence]
            form = [fact for fact in facts if fact.kind == "form" and fact.value is not None]
            assert all(fact.display.en in sentence.text for fact in form)


def test_evidence_on_documents_points_at_the_quoted_characters(cases: list[CaseFile]) -> None:
    seen = 0
    for case in cases:
        for sentence in told(case).told:
            for evidence in sentence.evidence:
                if evidence.document:
                    span = case.documents[evidence.document][evidence.start : evidence.end]
                    assert f"“{span}”" in sentence.text
                    seen += 1
    assert seen


def test_drivers_come_first_and_gaps_last(cases: list[CaseFile]) -> None:
    for case in cases:
        answer = compose(case, "zh")
        kinds = [answer.claims[s.claim].kind for s in told(case).sentences]
        assert kinds == sorted(kinds, key=list(_ORDER).index)


_ORDER = (
    ClaimKind.SCORE_DRIVER,
    ClaimKind.CONTRADICTION,
    ClaimKind.DOCUMENT,
    ClaimKind.ASSOCIATION,
    ClaimKind.COUNTER,
    ClaimKind.MISSING_INFORMATION,
)


def with_claim(case: CaseFile, claim: Claim) -> Answer:
    answer = compose(case, "zh")
    return answer.model_copy(update={"claims": (*answer.claims, claim)})


def test_a_failed_claim_is_struck_and_stays_visible(cases: list[CaseFile]) -> None:
    case = cases[0]
    bad = Claim(
        kind=ClaimKind.DOCUMENT, direction="raises", facts=("F999",), sentence="月入9元，{F999}"
    )
    answer = with_claim(case, bad)
    narrative = narrate(answer, case, verify(answer, case, "zh"), "zh")
    (struck,) = [s for s in narrative.sentences if s.struck]
    assert struck.text == "月入9元，{F999}。"
    assert "引用的事实F999不在案卷中" in struck.why
    assert struck.text not in narrative.text
    assert narrative.text == told(case).text


def test_a_failed_question_is_struck(cases: list[CaseFile]) -> None:
    answer = Answer(
        claims=(), questions=("共5笔？", "为何？"), opinion=NoOpinion(no_opinion="refused")
    )
    narrative = narrate(answer, cases[0], verify(answer, cases[0], "zh"), "zh")
    assert [(q.text, q.struck) for q in narrative.questions] == [
        ("共5笔？", True),
        ("为何？", False),
    ]


def test_findings_on_documents_strike_nothing(cases: list[CaseFile]) -> None:
    case = cases[0]
    finding = Finding(check=Check.INSTRUCTION, detail="suspected", fact="F1")
    assert narrate(compose(case, "zh"), case, (finding,), "zh") == told(case)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_answer_loses_its_least_important_sentences(
    cases: list[CaseFile], language: Language
) -> None:
    case = next(c for c in cases if len(c.of_kind("score")) > 3)
    top, *_, last = [f for f in case.of_kind("score") if f.direction == "raises"]
    filler = {"zh": "负担" * 60, "en": "burden " * 50}[language]
    claims = [
        Claim(
            kind=ClaimKind.SCORE_DRIVER, direction="raises", facts=(fact.id,),
            sentence=f"{filler} {{{fact.id}.label}}",
        )
        for fact in (last, top)
    ] + [
        Claim(
            kind=ClaimKind.CONTRADICTION, direction="neutral", facts=(), sentence=f"{filler}!",
        ),
        Claim(
            kind=ClaimKind.MISSING_INFORMATION, direction="neutral", facts=(),
            sentence=f"{filler}?",
        ),
    ]  # fmt: skip
    answer = Answer(claims=tuple(claims), opinion=NoOpinion(no_opinion="refused"))
    narrative = narrate(answer, case, (), language)
    assert [s.claim for s in narrative.told] == [1, 2]
    assert [s.claim for s in narrative.sentences if s.left_out] == [0, 3]
    size = len(narrative.text) if language == "zh" else len(narrative.text.split())
    assert size <= {"zh": 300, "en": 150}[language]


def test_a_slot_in_a_value_is_not_filled_again(cases: list[CaseFile]) -> None:
    case = cases[0]
    facts = [f.model_copy(update={"label": replace(f.label, zh="{F2}")}) for f in case.facts]
    case = case.model_copy(update={"facts": tuple(facts)})
    said = Claim(kind=ClaimKind.DOCUMENT, direction="neutral", facts=("F1",), sentence="{F1.label}")
    answer = Answer(claims=(said,), opinion=NoOpinion(no_opinion="refused"))
    assert narrate(answer, case, (), "zh").text == "{F2}。"


def test_the_narrative_survives_json(cases: list[CaseFile]) -> None:
    narrative = told(cases[0])
    assert Narrative.model_validate_json(narrative.model_dump_json()) == narrative
