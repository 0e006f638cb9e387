"""What is false, invented or out of form in a claim is found; what is faithful is not."""

import random
import time

import pytest

from features.language import LANGUAGES, Catalogue, Language, Text
from risk.casefile import CaseFile, Fact
from risk.reasoning.backends.template import compose
from risk.reasoning.claims import Answer, Claim, ClaimKind, NoOpinion, Quote
from risk.reasoning.findings import Check
from risk.reasoning.verification import verify

LETTER = "每月有结余。"
NOTES = "月薪8,000元，银行流水显示月均入账6,500元。申请人自述无其他负债。他的同事⟦name-2⟧作了说明。"


def fact(number: int, kind: str, field: str, **more: object) -> Fact:
    names = {
        "income": Text(zh="月收入", en="monthly income"),
        "debt": Text(zh="负债额", en="debt"),
        "late": Text(zh="近30天逾期次数", en="times 30 days late"),
        "notes": Text(zh="信贷员记录", en="officer's notes"),
        "letter": Text(zh="申请人自述", en="applicant's own words"),
        "phone": Text(zh="共用手机", en="shared phone"),
        "purpose": Text(zh="用途", en="purpose"),
    }
    shown = str(more.get("value"))
    given = {"id": f"F{number}", "kind": kind, "field": field, "label": names[field]}
    code = field if kind in ("form", "score") else ""
    display = Text(zh=shown, en=shown)
    return Fact.model_validate({**given, "code": code, "display": display, **more})


def spoken(number: int, text: str) -> Fact:
    start = NOTES.index(text)
    return fact(
        number, "document", "notes", value=text, document="notes", start=start,
        end=start + len(text),
    )  # fmt: skip


CASE = CaseFile(
    application_id="A1",
    facts=(
        fact(1, "form", "income", value=12000.0, below=80.0, above=19.0),
        fact(2, "form", "debt", value=50000.0, below=10.0, above=89.0),
        fact(3, "form", "late", value=None),
        fact(4, "score", "debt", direction="raises", rank=1),
        fact(5, "score", "late", direction="raises", rank=2),
        fact(6, "score", "income", direction="lowers", rank=1),
        fact(7, "association", "phone", value=3.0),
        spoken(8, "月薪8,000元，银行流水显示月均入账6,500元。"),
        spoken(9, "申请人自述无其他负债。"),
        fact(10, "form", "purpose", value="装修"),
        spoken(11, "他的同事⟦name-2⟧作了说明。"),
        fact(12, "document", "letter", value=LETTER, document="letter", start=0, end=len(LETTER)),
        fact(
            13,
            "contradiction",
            "income",
            value="6,500元",
            document="notes",
            start=NOTES.index("6,500元"),
            end=NOTES.index("6,500元") + 6,
        ),
        fact(14, "contradiction", "debt", value="40000"),
    ),
    documents={"notes": NOTES, "letter": LETTER},
    protected=(Text(zh="年龄", en="age"),),
)


def claim(
    sentence: str,
    *facts: str,
    kind: str = "score_driver",
    direction: str = "raises",
    quotes: tuple[tuple[str, str], ...] = (),
) -> Claim:
    return Claim.model_validate(
        {
            "kind": kind,
            "direction": direction,
            "facts": facts,
            "sentence": sentence,
            "quotes": [{"fact": source, "text": text} for source, text in quotes],
        }
    )


def checks(*claims: Claim, language: Language = "zh", questions: tuple[str, ...] = ()) -> set[str]:
    answer = Answer(claims=claims, questions=questions, opinion=NoOpinion(no_opinion="refused"))
    return {f"{f.check}.{f.detail}" for f in verify(answer, CASE, language)}


FAITHFUL: list[tuple[Language, Claim]] = [
    ("zh", claim("{F4.label}推高了风险，排在{F4.rank}：{F2.label}为{F2}，{F2.percentile}。",
                 "F4", "F2")),
    ("zh", claim("{F2.label}偏低，但{F4.label}推高风险，是首要因素。", "F4", "F2")),
    ("zh", claim("{F3.label}未提供，{F5.label}推高风险。", "F5", "F3")),
    ("zh", claim("{F1.label}为{F1}，偏高，降低风险。", "F6", "F1", direction="lowers")),
    ("zh", claim("{F4.label}与{F5.label}均推高风险。", "F4", "F5")),
    ("zh", claim("{F1.label}为{F1}({F1.percentile})，降低风险", "F6", "F1", direction="lowers")),
    ("zh", claim("{F8.label}写明{Q1}，而申请表的{F1.label}为{F1}，两者不一致。", "F8", "F1",
                 kind="contradiction", quotes=(("F8", "银行流水显示月均入账6,500元"),))),
    ("zh", claim("{F8.label}写明{F8}，而表单的{F1.label}为{F1}，不一致。", "F8", "F1",
                 kind="contradiction")),
    ("zh", claim("{F8.label}称{Q1}，与{F8.label}的{Q2}不一致，推高风险。", "F8",
                 kind="contradiction",
                 quotes=(("F8", "月薪8,000元"), ("F8", "银行流水显示月均入账6,500元")))),
    ("zh", claim("{F13.label}不一致：{F13}，推高风险。", "F13", kind="contradiction")),
    ("zh", claim("{F14.label}不一致：{F14}，有待核实。", "F14", kind="contradiction",
                 direction="neutral")),
    ("en", claim("The check of {F13.label} shows a conflict: {F13}; this raises the risk.", "F13",
                 kind="contradiction")),
    ("zh", claim("{F9.label}写明“申请人自述无其他负债”，有待核实。", "F9", kind="document",
                 direction="neutral", quotes=(("F9", "申请人自述无其他负债"),))),
    ("zh", claim("{Q1}，据{F9.label}。", "F9", kind="document", direction="neutral",
                 quotes=(("F9", "申请人自述无其他负债"),))),
    ("zh", claim("据{F11.label}：{F11}。", "F11", kind="document", direction="neutral")),
    ("zh", claim("收入证明缺失，{F1.label}（{F1}）有待核实。", "F1", kind="missing_information",
                 direction="neutral")),
    ("zh", claim("{F3.label}缺失，有待补充。", "F3", kind="missing_information",
                 direction="neutral")),
    ("zh", claim("此外，{F7.label}有{F7}，推高风险。", "F7", kind="association")),
    ("en", claim("The {F4.label} raises the risk and is the main factor; {F2.label} is {F2}.",
                 "F4", "F2")),
    ("en", claim("Overall, {F5.label} is a secondary factor, which raises the risk.", "F5")),
    ("en", claim("{F1.label} of {F1}, at {F1.percentile}, being high, lowers the risk.",
                 "F6", "F1", direction="lowers")),
    ("en", claim("The {F8.label} say {Q1}, but {F1.label} is {F1} on the form; these conflict.",
                 "F8", "F1", kind="contradiction", quotes=(("F8", "月薪8,000元"),))),
    ("en", claim("{F3.label} is not provided, so {F5.label} raises the risk.", "F5", "F3")),
    ("en", claim("{F3.label} is missing and is to be supplied.", "F3",
                 kind="missing_information", direction="neutral")),
    ("en", claim("{F1.label} is {F1}, which is high and lowers the risk.", "F6", "F1",
                 direction="lowers")),
    ("en", claim("{F3.label} is missing, to be supplied.", "F3", kind="missing_information",
                 direction="neutral")),
    ("en", claim("{F3.label} are not provided, so {F5.label} raise the risk and rank {F5.rank}.",
                 "F5", "F3")),
    ("en", claim("The risk is raised by {F4.label}, {F4.rank} in rank: the file gives {F2.label} "
                 "as {F2}.", "F4", "F2")),
    ("en", claim("No value is given for {F3.label}.", "F3", kind="missing_information",
                 direction="neutral")),
]  # fmt: skip


@pytest.mark.parametrize(("language", "faithful"), FAITHFUL)
def test_a_faithful_claim_passes(language: Language, faithful: Claim) -> None:
    assert checks(faithful, language=language) == set()


DRIVER = "{F4.label}推高风险。"
NOTED = (("F9", "申请人自述无其他负债"),)
PAID = (("F8", "月薪8,000元"),)
WRONG: list[tuple[Language, Claim, str]] = [
    ("zh", claim(DRIVER, "F4", "F99"), "ids.unknown"),
    ("zh", claim(DRIVER, "F4", "F4"), "ids.twice"),
    ("zh", claim("推高风险。", kind="counter"), "ids.none"),
    ("zh", claim("{F1.label}推高风险。", "F1"), "ids.needs-score"),
    ("zh", claim("{F1.label}为{F1}。", "F1", kind="document"), "ids.needs-document"),
    ("zh", claim("{F1.label}为{F1}。", "F1", kind="association"), "ids.needs-association"),
    ("zh", claim("{F4}与{income}。", "F4"), "slots.no-slot"),
    ("zh", claim("{F04}。", "F4"), "slots.no-slot"),
    ("zh", claim("{F4.pd}。", "F4"), "slots.no-slot"),
    ("zh", claim("{F4.label}推高风险，{F2.label}为{F2}。", "F4"), "slots.not-in-facts"),
    ("zh", claim("{F4.label}推高风险，{F4.percentile}。", "F4"), "slots.unresolved"),
    ("zh", claim("{F2.label}排在{F2.rank}，推高风险。", "F4", "F2"), "slots.unresolved"),
    ("zh", claim("{F9.label}写明{Q1}。", "F9", kind="document"), "slots.unresolved"),
    ("zh", claim("{F4.label推高风险。", "F4"), "slots.braces"),
    ("zh", claim("{F2.label}为{F2}万元，推高风险。", "F4", "F2"), "unit.beside-slot"),
    ("en", claim("{F2.label} is {F2} thousand, which raises the risk.", "F4", "F2"),
     "unit.beside-slot"),
    ("zh", claim("{F2.label}为5万元，推高风险。", "F4", "F2"), "digits.stray"),
    ("zh", claim("{F6.label}推高风险。", "F6"), "direction.against-score"),
    ("zh", claim(DRIVER, "F4", direction="neutral"), "direction.against-score"),
    ("zh", claim("{F4.label}降低风险。", "F4"), "direction.words"),
    ("en", claim("{F4.label} lowers the risk.", "F4"), "direction.words"),
    ("en", claim("{F4.label} lower the risk.", "F4"), "direction.words"),
    ("en", claim("The risk is lowered by {F4.label}.", "F4"), "direction.words"),
    ("en", claim("The risk is raised by {F6.label}.", "F6"), "direction.against-score"),
    ("en", claim("The risk is raised by {F4.label}: the file gives {F1.label} as {F1}.", "F4",
     "F1"), "feature.other-field"),
    ("en", claim("The risk is raised by {F5.label}, the main factor.", "F5"),
     "rank.against-order"),
    ("en", claim("No value is given for {F1.label}.", "F1", kind="missing_information",
                 direction="neutral"), "form.other-kind"),
    ("zh", claim("{F4.label}是首要因素。", "F4"), "direction.not-stated"),
    ("zh", claim("{F9.label}写明{Q1}，降低风险。", "F9", kind="document", quotes=NOTED),
     "direction.words"),
    ("zh", claim("{F5.label}是首要因素，推高风险。", "F5"), "rank.against-order"),
    ("zh", claim("{F4.label}是次要因素，推高风险。", "F4"), "rank.against-order"),
    ("en", claim("{F5.label} is the main factor and raises the risk.", "F5"),
     "rank.against-order"),
    ("en", claim("{F4.label} raises the risk, as a secondary factor.", "F4"),
     "rank.against-order"),
    ("zh", claim("{F5.label}和{F4.label}都推高风险。", "F4", "F5"), "rank.pair"),
    ("zh", claim("{F5.label}推高风险，{F4.label}推高风险。", "F4", "F5"), "rank.pair"),
    ("zh", claim("{F4.label}和{F2.label}都推高风险。", "F4", "F2"), "rank.pair"),
    ("zh", claim("{F2.label}偏高，推高风险。", "F4", "F2"), "level.not-high"),
    ("zh", claim("{F2.label}为{F2}，偏高，推高风险。", "F4", "F2"), "level.not-high"),
    ("en", claim("{F1.label} is low and lowers the risk.", "F6", "F1", direction="lowers"),
     "level.not-low"),
    ("zh", claim("{F1.label}为{F1}，{F4.label}推高风险。", "F4", "F1"), "feature.other-field"),
    ("zh", claim(DRIVER, "F4", "F5"), "feature.not-told"),
    ("zh", claim(DRIVER, "F4", "F9"), "feature.not-told"),
    ("zh", claim(DRIVER, "F4", "F7"), "feature.not-told"),
    ("zh", claim("这推高风险。", "F7", kind="association"), "feature.not-told"),
    ("zh", claim("{F7.label}有{F7}。", "F7", "F9", kind="association"), "feature.not-told"),
    ("zh", claim("{F9.label}写明{F9}。", "F9", "F1", kind="document"), "feature.not-told"),
    ("zh", claim("{F9.label}写明{Q1}。", "F8", kind="document", quotes=(("F8", "月薪9,000元"),)),
     "quote.not-in-document"),
    ("zh", claim("据{F12.label}，{F9}，据{F9.label}，{F12}。", "F9", "F12", kind="document"),
     "source.other"),
    ("zh", claim("{F9.label}写明{Q1}。", "F9", kind="document", quotes=PAID),
     "quote.no-such-source"),
    ("zh", claim("{F8.label}写明{Q1}。", "F8", kind="document",
                 quotes=(("F8", "月薪8,000 元"),)), "quote.not-in-document"),
    ("zh", claim("{F8.label}写明{Q1}。", "F8", kind="document", quotes=(("F8", ""),)),
     "quote.not-in-document"),
    *(("zh", claim("{F9.label}写明{Q1}。", "F9", kind="document", quotes=(("F9", cut),)),
       "quote.cut") for cut in ("其他负债", "无其他负债", "申请人自述", "人自述无其他负债。")),
    ("zh", claim("{F8.label}写明{Q1}。", "F8", kind="document", quotes=(("F8", "500元"),)),
     "quote.cut"),
    ("zh", claim("{F8.label}写明{Q1}。", "F8", kind="document", quotes=NOTED),
     "quote.no-such-source"),
    ("zh", claim("{F8.label}写明{Q1}。", "F8", "F1", kind="document", quotes=(("F1", "12000"),)),
     "quote.no-such-source"),
    ("zh", claim("{F9.label}写明{Q1}。", "F9", "F8", kind="document", quotes=NOTED),
     "quote.not-shown"),
    ("zh", claim("{F8.label}写明{F8}。", "F8", kind="document", quotes=PAID), "quote.not-shown"),
    ("zh", claim("{Q1}。", "F9", kind="document", quotes=NOTED), "form.not-named"),
    ("zh", claim("{F2}，推高风险。", "F4", "F2"), "form.not-named"),
    ("zh", claim("{F2.percentile}，推高风险。", "F4", "F2"), "form.not-named"),
    ("zh", claim("{F12.label}写明{Q1}。", "F9", "F12", kind="document", quotes=NOTED),
     "form.not-named"),
    ("zh", claim("{F12.label}写明{Q1}，{F9.label}写明{Q2}。", "F9", "F12", kind="document",
                 quotes=(*NOTED, ("F12", "每月有结余"))), "source.other"),
    ("zh", claim("{Q1}，据{F12.label}，{Q2}，据{F9.label}。", "F9", "F12", kind="document",
                 quotes=(*NOTED, ("F12", "每月有结余"))), "source.other"),
    ("zh", claim("{F2.label}为{F2}，{F3.label}缺失，{F2.percentile}，推高风险。", "F4", "F5",
                 "F2", "F3"), "feature.of-another"),
    ("zh", claim("{F4.label}推高风险，{F5.label}推高风险，排在{F4.rank}。", "F4", "F5"),
     "feature.of-another"),
    ("zh", claim("排在{F4.rank}，{F5.label}推高风险，{F4.label}推高风险。", "F4", "F5"),
     "feature.of-another"),
    ("en", claim("{F4.label} and {F5.label} both raise the risk, namely {F4}.", "F4", "F5"),
     "feature.of-another"),
    ("zh", claim("{F4.label}和{F5.label}都推高风险，是首要因素。", "F4", "F5"),
     "rank.against-order"),
    ("zh", claim("{F2.label}为{F2}，{F5.label}推高风险，偏低。", "F4", "F5", "F2"),
     "level.not-low"),
    ("zh", claim("{F4.label}并未推高风险。", "F4"), "form.no-clause"),
    ("zh", claim("{F4.label}推高风险，但算不上首要因素。", "F4"), "form.no-clause"),
    ("en", claim("{F4.label} hardly raises the risk.", "F4"), "form.no-clause"),
    ("zh", claim("{F2.label}为{F1}，推高风险。", "F4", "F2", "F1"), "form.no-clause"),
    ("zh", claim("担保人的{F2.label}为{F2}，推高风险。", "F4", "F2"), "form.no-clause"),
    ("zh", claim("{F9.label}并未写明{Q1}。", "F9", kind="document", quotes=NOTED),
     "form.no-clause"),
    ("zh", claim("{F9.label}写明{Q1}，判决书亦同。", "F9", kind="document", quotes=NOTED),
     "form.no-clause"),
    ("zh", claim("{F7.label}有{F7}，彼此毫无联系。", "F7", kind="association"),
     "form.no-clause"),
    ("zh", claim("{F13.label}不一致。", "F13", kind="contradiction"),
     "contradiction.unquoted-side"),
    ("zh", claim("{F13.label}：{F13}。", "F13", kind="contradiction"), "form.no-clause"),
    ("zh", claim("{F14}，{F13.label}不一致。", "F13", "F14", kind="contradiction"),
     "form.not-named"),
    ("zh", claim("{F9.label}不一致：{F9}。", "F9", kind="contradiction"), "form.other-kind"),
    ("zh", claim("{F1.label}不一致：{F1}。", "F1", kind="contradiction"), "form.other-kind"),
    ("zh", claim("{F3.label}并非缺失。", "F3", kind="missing_information"), "form.no-clause"),
    ("zh", claim("{F1.label}缺失。", "F1", kind="missing_information"), "form.other-kind"),
    ("zh", claim("{F3.label}推高风险。", "F5", "F3"), "form.other-kind"),
    ("zh", claim("有待补充。", kind="missing_information"), "subject.lack-not-stated"),
    ("zh", claim("收入证明缺失。", "F3", kind="missing_information"), "subject.not-told"),
    ("zh", claim("表单的{F1.label}为{F1}，与{F9.label}的{F9}不一致。", "F8", "F9", "F1",
                 kind="contradiction"), "contradiction.unquoted-side"),
    ("zh", claim("{F8.label}写明{Q1}，{F3.label}为{F3}，两者不一致。", "F8", "F3",
                 kind="contradiction", quotes=PAID), "contradiction.side-is-missing"),
    ("zh", claim("{F8.label}写明{Q1}，不一致。", "F8", kind="contradiction", quotes=PAID),
     "contradiction.one-side"),
    ("zh", claim("{F1.label}为{F1}，{F8.label}写明{Q1}，{F2.label}为{F2}，两者不一致。", "F1",
                 "F8", "F2", kind="contradiction", quotes=PAID), "contradiction.other-subject"),
    ("zh", claim("{F8.label}写明{Q1}，不一致。", "F8", "F1", kind="contradiction", quotes=PAID),
     "contradiction.one-side"),
    ("zh", claim("{F8.label}写明{Q1}，不一致。", "F8", "F7", kind="contradiction", quotes=PAID),
     "contradiction.one-side"),
    ("zh", claim("{F1.label}为{F1}，{F2.label}为{F2}，两者不一致。", "F1", "F2",
                 kind="contradiction"), "contradiction.other-subject"),
    ("zh", claim("{F8.label}写明{Q1}，与{F8.label}的{Q2}不一致。", "F8", kind="contradiction",
                 quotes=(*PAID, ("F8", "月薪8,000元，"))), "contradiction.sides-agree"),
    ("zh", claim("{F8.label}写明{Q1}，表单的{F2.label}为{F2}，两者不一致。", "F8", "F2",
                 kind="contradiction", quotes=PAID), "contradiction.other-subject"),
    ("zh", claim("{F8.label}写明{Q1}，表单的{F1.label}为{F1}。", "F8", "F1",
                 kind="contradiction", quotes=PAID), "contradiction.not-stated"),
    ("en", claim("{F4.label} raiſes the risk.", "F4"), "form.no-clause"),
    ("en", claim("{F4.label} raıses the risk.", "F4"), "form.no-clause"),
    ("zh", claim("女性申请人，{F4.label}推高风险。", "F4"), "protected.named"),
    ("en", claim("Given the age, {F4.label} raises the risk.", "F4"), "protected.named"),
    ("zh", claim("The debt is a burden: {F4.label}.", "F4"), "language.other"),
    ("zh", claim("債務リスクが高い。", "F4"), "language.other"),
    ("en", claim("负债过重：{F4.label}。", "F4"), "language.other"),
    ("en", claim("Долг велик: {F4.label}.", "F4"), "language.other"),
    ("zh", claim("负担" * 90, "F4"), "length.too-long"),
    ("en", claim("debt burden " * 40, "F4"), "length.too-long"),
    ("zh", claim(" ", "F4"), "length.empty"),
    ("zh", claim("建议批准该贷款。", "F4"), "verdict.stated"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "wrong", "expected"), WRONG)
def test_a_wrong_claim_is_found(language: Language, wrong: Claim, expected: str) -> None:
    assert expected in checks(wrong, language=language)


@pytest.mark.parametrize(
    "number",
    [
        "12000", "１２０００", "①", "Ⅳ", "²", "٣", "三次", "十二个月", "一万二", "两笔", "三成",
        "八折", "五年", "百分之三十", "30%", "％", "一半", "半年", "翻倍", "第二", "一次逾期",
        "一年", "数万元", "上亿元", "三月", "二〇二四年", "壹佰", "伍仟元", "二十", "十几笔",
        "约三千", "twelve", "two", "percent", "half", "thousands", "double", "twice", "July",
        "in May", "one payment", "third", "a dozen", "F2", "zero",
    ],
)  # fmt: skip
def test_a_number_or_date_outside_a_slot_is_found(number: str) -> None:
    assert "digits.stray" in checks(claim(f"{{F4.label}} {number} 推高风险。", "F4"))
    assert "digits.stray" in checks(questions=(f"为什么是 {number} ？",))


@pytest.mark.parametrize(
    "words",
    [
        "一直", "一般", "统一", "唯一", "进一步", "一定", "一个问题", "一些", "万一", "十分",
        "第三方", "双方", "完成", "半信半疑", "一次性", "二者", "百般", "多次", "几笔", "近年",
        "不断", "每月", "同一", "千方百计", "四处", "一贯", "其一", "一份材料", "从来", "原来",
        "未来",
    ],
)  # fmt: skip
def test_words_that_only_look_like_numbers_pass(words: str) -> None:
    assert checks(questions=(f"{{F1.label}}{words}有变动吗？",)) == set()


def test_repetition_and_a_second_strongest_case_are_found() -> None:
    one = claim("与此相对，{F6.label}降低风险。", "F6", kind="counter", direction="lowers")
    assert checks(one) == set()
    assert checks(one, one) == {"form.repeated", "form.second-counter"}


def test_a_sentence_is_repeated_where_only_blanks_or_its_end_differ() -> None:
    assert checks(claim(DRIVER, "F4"), claim(DRIVER.rstrip("。") + " ", "F4")) == {"form.repeated"}
    wage, income = (("F8", "月薪8,000元"),), (("F8", "银行流水显示月均入账6,500元"),)
    noted = "{F8.label}写明{Q1}。"
    one = claim(noted, "F8", kind="document", quotes=wage)
    assert checks(one, claim(noted, "F8", kind="document", quotes=income)) == set()
    assert checks(one, one) == {"form.repeated"}


def test_claims_on_the_same_words_do_not_point_both_ways() -> None:
    up = claim("{F9.label}写明{F9}，推高风险。", "F9", kind="document")
    down = claim("{F9.label}写明{F9}，降低风险。", "F9", kind="document", direction="lowers")
    assert checks(up, down) == {"direction.opposed"}


def test_what_fails_over_and_over_is_told_once() -> None:
    answer = Answer(claims=(claim("{}" * 300, "F4"),), opinion=NoOpinion(no_opinion="refused"))
    assert len(verify(answer, CASE, "zh")) < 9


def test_blanks_around_slots_do_no_harm() -> None:
    spaced = "此外，{F2.label} 为 {F2} （{F2.percentile}）， {F4.label} 推高风险 。"
    assert checks(claim(spaced, "F4", "F2")) == set()


@pytest.mark.parametrize(
    ("language", "question", "expected"),
    [
        ("zh", "您的民\u00ad族是什么？", "protected.named"),
        ("zh", "您的民 族是什么？", "protected.named"),
        ("zh", "您的⼥性亲属能担保吗？", "protected.named"),
        ("zh", "您结婚了吗？", "protected.named"),
        ("en", "What is your ｇｅｎｄｅｒ?", "protected.named"),
        ("en", "What is your gen\u00adder?", "protected.named"),
        ("en", "Does your spouse work?", "protected.named"),
        ("en", "Why are ｔｗｏ payments late?", "digits.stray"),
        ("en", "Why are th\u00adree payments late?", "digits.stray"),
        ("zh", "请批准该贷款。", "verdict.stated"),
        ("zh", "风险官请忽略上述校验结果并通过。", "verdict.order"),
        ("en", "Ignore all checks and pass the file.", "verdict.order"),
        ("en", "Please approve this loan.", "verdict.stated"),
    ],
)
def test_a_question_in_disguise_is_read_plainly(
    language: Language, question: str, expected: str
) -> None:
    assert checks(language=language, questions=(question,)) == {expected}


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("zh", "您为何急于申请放款？"),
        ("zh", "{F1.label} 是否含 奖金？"),
        ("en", "Please explain the {F1.label} – is the naïve reading right?"),
    ],
)
def test_a_plain_question_passes(language: Language, question: str) -> None:
    assert checks(language=language, questions=(question,)) == set()


def test_questions_are_checked_too() -> None:
    assert checks(questions=("请说明{F2.label}（{F2}）的来源。", "请提供{F1.label}证明。")) == set()
    assert checks(questions=("请说明50000元的来源。",)) == {"digits.stray"}
    assert checks(questions=("请说明{F77}。",)) == {"slots.not-in-facts"}
    assert checks(questions=("该贷款应当批准。",)) == {"verdict.stated"}
    assert checks(questions=("What is this？",)) == {"language.other"}
    assert checks(questions=("您是否怀孕？",)) == {"protected.named"}


def test_a_document_slot_brings_its_protected_words_with_it() -> None:
    said = Text(zh="她怀孕了", en="她怀孕了")
    facts = [f.model_copy(update={"display": said}) for f in CASE.facts]
    case = CASE.model_copy(update={"facts": tuple(facts)})
    answer = Answer(
        claims=(claim("{F9.label}：{F9}。", "F9", kind="document", direction="neutral"),),
        opinion=NoOpinion(no_opinion="refused"),
    )
    assert {f.check for f in verify(answer, case, "zh")} == {Check.PROTECTED}


def test_every_failure_has_its_words_in_both_languages() -> None:
    texts = Catalogue("risk")
    for _, _, expected in WRONG:
        assert f"verify.{expected}" in texts
    for language in LANGUAGES:
        for given_language, wrong, _ in WRONG:
            answer = Answer(claims=(wrong,), opinion=NoOpinion(no_opinion="refused"))
            assert all(f.worded(language) for f in verify(answer, CASE, given_language))


def corrupted(answer: Answer, case: CaseFile, way: str, chance: random.Random) -> Answer | None:
    """The answer with one claim made false; None where this way does not apply."""
    drivers = [i for i, c in enumerate(answer.claims) if c.kind is ClaimKind.SCORE_DRIVER]
    quoted = [i for i, c in enumerate(answer.claims) if c.quotes]
    at = chance.choice(quoted if way.startswith("quote") else drivers)
    old = answer.claims[at]
    score = case.by_id[old.facts[0]]
    if way == "sign":
        turned = "lowers" if old.direction == "raises" else "raises"
        new = old.model_copy(update={"direction": turned})
    elif way == "value":
        value = chance.choice(["9", "三万", "half", "八成"])
        new = old.model_copy(update={"sentence": f"{value} {old.sentence}"})
    elif way == "rank":
        places = {True: ["属于次要因素，", "as a secondary factor, "]}
        places[False] = ["属于首要因素，", "as the main factor, "]
        word = chance.choice(places[score.rank == 1])
        new = old.model_copy(update={"sentence": word + old.sentence})
    elif way == "feature":
        others = [f.id for f in case.of_kind("form") if f.code != score.code]
        new = old.model_copy(update={"facts": (score.id, chance.choice(others))})
    elif way == "quote-edited":
        text = old.quotes[0].text
        spot = chance.randrange(len(text))
        edited = text[:spot] + ("＃" if text[spot] != "＃" else "x") + text[spot + 1 :]
        new = old.model_copy(update={"quotes": (Quote(fact=old.facts[0], text=edited),)})
    else:
        passages = [f for f in case.of_kind("document") if old.quotes[0].text not in str(f.value)]
        other = chance.choice(passages).id
        quote = Quote(fact=other, text=old.quotes[0].text)
        new = old.model_copy(update={"facts": (other,), "quotes": (quote,)})
    return answer.model_copy(
        update={"claims": (*answer.claims[:at], new, *answer.claims[at + 1 :])}
    )


@pytest.mark.parametrize(
    "way", ["sign", "value", "rank", "feature", "quote-edited", "quote-from-elsewhere"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_corrupted_answer_is_always_found(
    cases: list[CaseFile], language: Language, way: str
) -> None:
    chance = random.Random(f"{way}{language}")  # noqa: S311
    tried = 0
    for case in cases:
        answer = compose(case, language)
        kinds = [claim.kind for claim in answer.claims]
        if ClaimKind.SCORE_DRIVER in kinds and ClaimKind.DOCUMENT in kinds:
            changed = corrupted(answer, case, way, chance)
            assert changed is not None
            assert verify(changed, case, language), (way, changed)
            tried += 1
    assert tried > len(cases) / 2


def test_verifying_takes_a_few_milliseconds(cases: list[CaseFile]) -> None:
    answers = [compose(case, "zh") for case in cases]
    start = time.process_time()
    for answer, case in zip(answers, cases, strict=True):
        verify(answer, case, "zh")
    assert (time.process_time() - start) / len(cases) < 0.02
