from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from features.dictionary import DataDictionary
from features.errors import DataError
from features.language import LANGUAGES, Language, Text
from risk.casefile import CaseFile, Fact
from risk.decision import Reason, Score
from risk.notice import Decided, NoticeSettings, letter, notice
from risk.policy import HardRule, Policy, Recommendation
from risk.sheet import to_html, to_text
from risk.wording import label, wording

DAY = date(2026, 11, 28)
DICTIONARY = DataDictionary.model_validate({
    "groups": {"debts": {"label": "debts", "reason": {"zh": "负债偏高", "en": "Debts are high"}}},
    "fields": [
        {"name": "income", "role": "feature", "type": "number", "label": "monthly income",
         "reason": {"zh": "收入偏低", "en": "Income is low"}},
        {"name": "debt", "role": "feature", "type": "number", "group": "debts"},
        {"name": "loans", "role": "feature", "type": "number", "group": "debts"},
        {"name": "months", "role": "feature", "type": "number",
         "reason": {"zh": "工作时间偏短", "en": "Employment is short"}},
        {"name": "inquiries", "role": "feature", "type": "number",
         "label": {"zh": "查询次数", "en": "inquiries"}},
        {"name": "cards", "role": "feature", "type": "number",
         "reason": {"zh": "用卡偏多", "en": "Cards are used much"}},
    ],
})  # fmt: skip
LENDER = NoticeSettings(
    lender=Text(zh="明湖银行", en="Minghu Bank"), contact=Text(zh="复核中心", en="Review desk")
)
CODES = ("income", "debts", "months", "inquiries", "cards")
LEADS = {"debts": "loans"}


def rule(name: str, decision: str) -> HardRule:
    return HardRule.model_validate({
        "name": name, "field": "income", "op": "<", "value": 1, "decision": decision,
        "label": {"zh": f"规则{name}", "en": f"Rule {name}"},
    })  # fmt: skip


POLICY = Policy(approve=0.1, decline=0.3, rules=(rule("arrears", "decline"), rule("thin", "refer")))


def decided(
    *codes: str,
    pd_: float = 0.4,
    rules: tuple[str, ...] = (),
    missing: tuple[str, ...] = (),
    end: Recommendation = Recommendation.DECLINE,
) -> Decided:
    """A declined application with these reason codes, the largest first."""
    found = tuple(
        Reason(rank=n, code=code, field=LEADS.get(code, code), contribution=1 / n)
        for n, code in enumerate(codes, 1)
    )
    score = Score(
        application_id="A1", pd_model=pd_, points=517, grade="G", reasons=found, rules=rules,
        recommendation=Recommendation.DECLINE,
    )  # fmt: skip
    facts = tuple(fact(reason, missing) for reason in reversed(found))
    return Decided(score, end, CaseFile(application_id="A1", facts=facts, documents={}))


def fact(reason: Reason, missing: tuple[str, ...]) -> Fact:
    said = {
        language: wording(
            reason.code, reason.field, DICTIONARY, language, missing=reason.field in missing
        )
        for language in LANGUAGES
    }
    return Fact(
        id=f"F{reason.rank}", kind="score", field=reason.field, code=reason.code,
        label=label(reason.code, DICTIONARY), display=Text(**said), direction="raises",
        rank=reason.rank,
    )  # fmt: skip


def reasons(found: Decided, policy: Policy = POLICY) -> list[str]:
    return [each.en for each in notice(found, policy).reasons]


def text(found: Decided, language: Language = "en", settings: NoticeSettings = LENDER) -> str:
    return to_text(letter(notice(found, POLICY), settings, DAY, language))


def test_the_largest_four_reasons_are_given_in_their_order() -> None:
    assert reasons(decided(*CODES)) == [
        "Income is low",
        "Debts are high",
        "Employment is short",
        "The entry “inquiries” in your application points to a higher risk than in applications "
        "that are approved",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reason_without_wording_is_a_sentence_of_the_letter_and_named(language: Language) -> None:
    found = notice(decided("income", "inquiries", "months", missing=("months",)), POLICY)
    assert found.unworded == ("inquiries",)
    said = {
        "zh": "“查询次数”一项所反映的风险",
        "en": "The entry “inquiries” in your application points",
    }
    assert said[language] in text(decided("income", "inquiries"), language)
    assert notice(decided(*CODES[:3], rules=("arrears",)), POLICY).unworded == ()


def test_a_missing_value_is_said_to_be_missing() -> None:
    found = decided("income", "debts", missing=("income",))
    assert reasons(found) == [
        "monthly income: no usable value (missing or not reported)",
        "Debts are high",
    ]


def test_where_a_rule_alone_declined_it_is_the_only_reason() -> None:
    assert reasons(decided("income", pd_=0.05, rules=("arrears",))) == ["Rule arrears"]
    assert "scoring model names" not in text(decided("income", pd_=0.05, rules=("arrears",)))


def test_where_rule_and_model_declined_the_rule_comes_first_and_four_are_the_most() -> None:
    found = reasons(decided(*CODES, rules=("arrears",)))
    assert found[:2] == ["Rule arrears", "Income is low"]
    assert len(found) == 4


def test_a_rule_that_only_refers_is_no_reason_for_a_decline() -> None:
    assert reasons(decided("income", rules=("thin",))) == ["Income is low"]


def test_more_rules_than_four_leave_no_room_for_the_model() -> None:
    names = tuple(f"r{n}" for n in range(6))
    policy = POLICY.model_copy(update={"rules": tuple(rule(name, "decline") for name in names)})
    found = notice(decided("income", rules=names), policy)
    assert len(found.rules) == 4
    assert found.drivers == ()


def test_the_policy_may_be_written_in_points() -> None:
    policy = Policy(approve=600, decline=500, scale="points", rules=POLICY.rules)
    assert reasons(decided("income", rules=("arrears",)), policy) == ["Rule arrears"]
    strict = policy.model_copy(update={"decline": 550})
    assert reasons(decided("income", rules=("arrears",)), strict)[1:] == ["Income is low"]


@pytest.mark.parametrize(
    ("end", "said"), [(Recommendation.APPROVE, "approved"), (Recommendation.REFER, "no decision")]
)
def test_who_is_not_declined_gets_no_notice(end: Recommendation, said: str) -> None:
    with pytest.raises(DataError, match=f"A1.*{said}"):
        notice(decided("income", end=end), POLICY)


def test_a_decline_without_any_reason_is_left_to_a_person() -> None:
    with pytest.raises(DataError, match="nothing true to write"):
        notice(decided(), POLICY)


def test_a_rule_that_the_policy_does_not_have_is_named() -> None:
    with pytest.raises(DataError, match="gone"):
        notice(decided("income", rules=("gone",)), POLICY)


def test_a_case_file_that_lacks_a_reason_is_refused() -> None:
    found = decided("income", "debts")
    shorter = found.case.model_copy(update={"facts": found.case.facts[1:]})
    with pytest.raises(DataError, match="debts"):
        notice(found._replace(case=shorter), POLICY)


@given(st.floats(0.3, 1), st.floats(0, 1000), st.text(max_size=3))
def test_neither_pd_nor_points_nor_grade_changes_a_letter(
    pd_: float, points: float, grade: str
) -> None:
    found = decided("income", "debts")
    changed = {"pd_model": pd_, "points": points, "grade": grade}
    other = found._replace(score=found.score.model_copy(update=changed))
    assert text(other) == text(found)


def test_nothing_but_the_reasons_of_a_case_file_enters_a_letter() -> None:
    found = decided("income")
    written = Fact(
        id="F9", kind="document", field="note", label=Text("", ""), value="My uncle owns you",
        display=Text(zh="My uncle", en="My uncle"),
    )  # fmt: skip
    lowers = found.case.facts[0].model_copy(update={"direction": "lowers", "code": "months"})
    facts = (*found.case.facts, written, lowers)
    case = found.case.model_copy(update={"facts": facts, "documents": {"note": "My uncle"}})
    assert text(found._replace(case=case)) == text(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_says_who_decides_why_and_what_can_be_done_until_when(language: Language) -> None:
    said = text(decided("income", "debts"), language)
    wanted = {
        "zh": ("明湖银行", "2026年11月28日", "A1", "1. 收入偏低\n2. 负债偏高", "说明：",
               "人工决定：", "异议：", "2026年12月28日", "复核中心"),
        "en": ("Minghu Bank", "28 November 2026", "A1", "1. Income is low\n2. Debts are high",
               "An explanation", "A decision by a person", "To contest it", "28 December 2026",
               "Review desk"),
    }[language]  # fmt: skip
    assert [each for each in wanted if each not in said] == []


def test_a_law_is_named_only_where_one_is_chosen() -> None:
    laws = {"eu": "2016/679", "cn": "第二十四条第三款", "us": "Equal Credit Opportunity"}
    own = {"address": "1 Lake Road", "supervisor": "The Agency, Washington"}
    for chosen in ("none", "eu", "cn", "us"):
        settings = NoticeSettings.model_validate({**LENDER.model_dump(), **own, "law": chosen})
        both = "".join(text(decided("income"), each, settings) for each in LANGUAGES)
        assert [law for law, said in laws.items() if said in both] == [chosen] * (chosen != "none")
        assert "The Agency, Washington" in both


def test_what_a_lender_adds_stands_in_its_letter() -> None:
    further = Text(zh="征信报告异议请联系征信机构。", en="Disputes of a report go to the bureau.")
    settings = LENDER.model_copy(update={"further": further, "review_days": 1})
    assert further.zh in text(decided("income"), "zh", settings)
    assert "by 29 November 2026" in text(decided("income"), "en", settings)


@pytest.mark.parametrize(
    ("given_", "named"),
    [
        ({"lender": " ", "contact": "c"}, "lender"),
        ({"lender": "l", "contact": {"zh": "电话", "en": ""}}, "contact"),
        ({"lender": "l", "contact": "c", "law": "us", "supervisor": "s"}, "address"),
        ({"lender": "l", "contact": "c", "law": "us", "address": "a"}, "supervisor"),
        ({"lender": "l"}, "contact"),
        ({"lender": "l", "contact": "c", "review_days": 0}, "review_days"),
    ],
)
def test_who_writes_has_to_say_so(given_: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        NoticeSettings.model_validate(given_)


def test_a_hostile_label_is_text_and_slots_in_it_are_none() -> None:
    label = "<img src=x onerror=alert(1)> {lender} {0}"
    hostile = HardRule.model_validate({**rule("arrears", "decline").model_dump(), "label": label})
    policy = POLICY.model_copy(update={"rules": (hostile,)})
    found = notice(decided("income", pd_=0.05, rules=("arrears",)), policy)
    settings = LENDER.model_copy(update={"lender": Text(zh="{x}", en="<b>{x}</b>")})
    page = to_html(letter(found, settings, DAY, "en"))
    assert "<img" not in page
    assert "<b>" not in page
    assert "{lender} {0}" in page
