"""Fields as papers say them: exact ones, proposals, disagreements, and spans that hold."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.language import Language
from pipelines.intake.rules import PaperRules
from pipelines.spreadsheet import harmless
from tests.pipelines.intake.given import DICTIONARY, RULES, said


@pytest.mark.parametrize(
    ("text", "field", "value", "quoted"),
    [
        ("月收入：8,000元", "income", "8000", "8,000元"),
        ("1. 月收入（万元）: 0.8", "income", "8000", "0.8"),
        ("**月收入**：8000", "income", "8000", "8000"),
        ("Monthly  Income: RMB 8,000 a month", "income", "8000", "RMB 8,000"),
        ("姓名：李四，月收入：8000元，居住状况：租房", "income", "8000", "8000元"),
        ("姓名：李四，月收入：8000元，居住状况：租房", "housing", "rent", "租房"),
        ("申请金额\t叁万元整", "amount", "30000", "叁万元整"),
        ("| 申请金额 | 3.5万元 |", "amount", "35000", "3.5万元"),
        ("申请金额：3.5 万", "amount", "35000", "3.5 万"),
        ("借款期限   2年", "term", "24", "2年"),
        ("loan term: 18 months", "term", "18", "18 months"),
        ("额度使用率：35%", "usage", "35", "35%"),
        ("信用卡张数：3张", "cards", "3", "3张"),
        ("申请日期：2026年3月5日", "application_date", "2026-03-05", "2026年3月5日"),
        ("application date\t2026-03-05", "application_date", "2026-03-05", "2026-03-05"),
        ("Housing: Owner", "housing", "own", "Owner"),
        ("居住状况：rent", "housing", "rent", "rent"),
        ("手机号码：138 0013 8000", "phone", "138 0013 8000", "138 0013 8000"),
        ("身份证号：11010519491231002X", "id_number", "11010519491231002X", "11010519491231002X"),
        ("工作单位：明远机械有限公司", "employer", "明远机械有限公司", "明远机械有限公司"),
        ("申请编号：A-1", "application_id", "A-1", "A-1"),
        ("工作单位：明远\n月收入：8000", "employer", "明远", "明远"),
        ("工作单位：明远\n\n月收入见附件", "employer", "明远", "明远"),
        ("额度使用率：无记录", "usage", "-9", "无记录"),
        ("utilisation: No record", "usage", "-9", "No record"),
        ("工作单位    明远    职务    经理", "employer", "明远", "明远"),
        ("姓名    李    工作单位    明远\n月收入    8", "employer", "明远", "明远"),
        ("姓名    李\n工作单位    明远\n职务    经理", "employer", "明远", "明远"),
        ("月收入    8,000\n本人承诺属实", "income", "8000", "8,000"),
        ("1. 月收入：8,000\n2. 借款期限：2年", "income", "8000", "8,000"),
        ("工作单位\t明远\n月收入\t8", "employer", "明远", "明远"),
        ("月收入\t申请金额\n8000\t30000\n", "amount", "30000", "30000"),
        ("| 月收入 | 申请金额 |\n|---|---|\n| 8000 | 30000 |\n", "income", "8000", "8000"),
    ],
)  # fmt: skip
def test_a_label_and_one_value_that_passes_the_checks_is_exact(
    text: str, field: str, value: str, quoted: str
) -> None:
    reading = said(text)[field]
    assert (reading.state, reading.value) == ("exact", value)
    (found,) = reading.found
    assert (found.text, text[found.start : found.end]) == (quoted, quoted)


@pytest.mark.parametrize(
    ("text", "field", "value", "doubt"),
    [
        ("本人月收入约8000元。", "income", "8000", "words"),
        ("月收入：约8000元", "income", "8000", "words"),
        ("月收入：8000元，另有奖金2000元", "income", "8000", "words"),
        ("月收入：96000元/年", "income", "96000", "period"),
        ("月收入：USD 8,000", "income", "8000", "currency"),
        ("月收入（税后）：8000", "income", "8000", "note"),
        ("申请日期：2026年3月", "application_date", "2026-03-01", "words"),
        ("Her housing is rented.", "housing", "rent", "level"),
        ("申请编号：A1 经办人：王", "application_id", "A1 经办人：王", "words"),
        ("手机号码：12345", "phone", "12345", "words"),
        ("身份证号：110105194912310021", "id_number", "110105194912310021", "words"),
        ("工作单位：=HYPERLINK(1)", "employer", "=HYPERLINK(1)", "words"),
        ("Employer: Mingyuan,\nHeting", "employer", "Mingyuan", "words"),
        ("Employer: Mingyuan Machinery\nof Heting", "employer", "Mingyuan Machinery", "words"),
        ("工作单位    明远机械    月收入    8\n有限公司", "employer", "明远机械", "words"),
        ("工作单位：明远机械    月收入：8\n有限公司", "employer", "明远机械", "words"),
        ("工作单位    明远机械    职务    出纳\n有限公司    会计", "employer", "明远机械", "words"),
        ("工作单位    职务    经理", "employer", "职务", "words"),
        ("工作单位\t\t职务\t经理", "employer", "职务", "words"),
        ("工作单位    职务  月收入\n明远   会计   8\n恒远   司机   9", "employer", "职务", "words"),
        ("本人    工作单位    明远", "employer", "明远", "words"),
        ("流水\n工作单位\t职务\n明远\t会计\n恒远\t司机", "employer", "职务", "words"),
        ("工作单位    明远 职 务 主管", "employer", "明远 职 务 主管", "words"),
        ("employer    Heting Rhousing    rent", "employer", "Heting Rhousing", "words"),
        ("申请日期    2023.02.1\n9", "application_date", "2023-02-01", "words"),
        ("月收入    800\n0\n工作单位    明远", "income", "800", "words"),
        ("申请金额    3    工作单位    明远\n万元", "amount", "3", "words"),
        ("loan term    2\nyears", "term", "2", "words"),
    ],
)  # fmt: skip
def test_whatever_is_less_sure_is_only_a_proposal(
    text: str, field: str, value: str, doubt: str
) -> None:
    reading = said(text)[field]
    assert (reading.state, reading.value) == ("read", value)
    assert reading.found[0].doubt == doubt
    assert reading.found[0].confidence == "read"


@pytest.mark.parametrize(
    "text",
    [
        "月收入：-5元", "月收入：9999999", "借款期限：121个月", "借款期限：1.5", "居住状况：宿舍",
        "月收入：", "月收入", "月收入：无", "上月收入明细", "monthly incomes: 5",
        "居住状况：非租房", "额度使用率：并非无记录", "性别：男", "月收入：N/A", "借款期限：3%",
        "借款期限：-9个月", "借款期限约为－9",
        "月收入：1.200,00", "月收入：约1.200,00元", "月收入：CNY 1.200,00", "月收入：1.200.000,50",
        "月收入：1 200,00", "月收入：1 200 元", "月收入：1'200", "月收入：1,20,000",
        "额度使用率：12,5", "本人月收入为1.200,00元", "月收入：12,50元", "借款期限：1,5年",
        "额度使用率：1.234,5%",
        "月收入\t申请金额\n8000\t30000\n9000\t30000\n",
    ],
)  # fmt: skip
def test_what_breaks_a_rule_of_the_dictionary_or_says_nothing_is_missing(text: str) -> None:
    assert {r.state for r in said(text).values() if r.field.name != "cards"} == {"missing"}


def test_two_papers_that_disagree_are_a_conflict_with_both_spans() -> None:
    reading = said("月收入：8000元", "月收入：9000元", "月收入：8000")["income"]
    assert (reading.state, reading.value) == ("conflict", "")
    assert [(f.paper, f.value, f.text) for f in reading.found] == [
        ("0.txt", "8000", "8000元"), ("1.txt", "9000", "9000元"), ("2.txt", "8000", "8000"),
    ]  # fmt: skip
    assert said("月收入：8000元", "其月收入约9000元")["income"].state == "conflict"
    assert said("月收入：8000元\n月收入：9000元")["income"].state == "conflict"


def test_papers_that_agree_in_other_words_do_not_disagree() -> None:
    texts = ("借款期限：两年", "loan term: 24 months", "借款期限：24")
    assert (said(*texts)["term"].state, said(*texts)["term"].value) == ("exact", "24")


def test_the_folder_names_the_application_and_a_paper_of_another_is_a_conflict() -> None:
    assert said(folder="A1")["application_id"].value == "A1"
    assert said("申请编号：A1", folder="A1")["application_id"].state == "exact"
    assert said("申请编号：A2", folder="A1")["application_id"].state == "conflict"


def test_rules_of_a_field_add_labels_keep_to_kinds_and_skip() -> None:
    rules = PaperRules.model_validate(
        RULES.model_dump()
        | {
            "fields": {
                "income": {"labels": ["月薪"]},
                "amount": {"kinds": ["contract"], "per": "month"},
                "term": {"skip": True},
            }
        }
    )
    found = said("月薪：8000元\n申请金额：5\n借款期限：5", rules=rules)
    assert found["income"].value == "8000"
    assert (found["amount"].state, found["term"].state) == ("missing", "missing")


TEXT = st.lists(
    st.sampled_from(
        ["月收入", "monthly income", "申请金额", "借款期限", "居住状况", "申请日期", "：", ":",
         "\t", "|", "\n", "（万元）", "8,000元", "3.5万", "２０００", "租房", "2026年3月5日",
         "24个月", "  ", "，", "。", "一", "*", "𠮷", "\u2028", "9" * 400, "1e999"]
    ) | st.text(max_size=5),
    max_size=30,
).map("".join)  # fmt: skip


@settings(max_examples=40)
@given(st.lists(TEXT, max_size=3))
def test_spans_are_exact_and_values_pass_the_checks(texts: list[str]) -> None:
    for reading in said(*texts).values():
        for found in reading.found:
            assert found.text == texts[int(found.paper[0])][found.start : found.end]
            assert found.text
            assert found.confidence == "read" or harmless(found.value) == found.value
        assert (reading.state == "conflict") == (len({f.value for f in reading.found}) > 1)
        assert bool(reading.value) == (reading.state in ("exact", "read"))


def test_a_line_full_of_labels_takes_no_more_than_its_bound() -> None:
    reading = said("月收入 8000 " * 5_000)["income"]
    assert (reading.state, len(reading.found)) == ("read", 1)
    assert DICTIONARY["income"] == reading.field


ROW = {
    "application_date": "2026-03-05", "income": "8000.5", "amount": "30000", "term": "24",
    "usage": "35", "cards": "3", "housing": "own", "phone": "13800138000",
    "employer": "Mingyuan Machinery",
}  # fmt: skip
WAYS = ("{}：{}", "{}: {}", "{}\t{}", "| {} | {} |", "- **{}** : {}", "{}    {}")


@settings(max_examples=25)
@given(st.permutations(sorted(ROW)), st.sampled_from(("zh", "en")), st.randoms())
def test_a_form_written_from_a_row_gives_the_row_back(
    order: list[str], language: Language, chance: Random
) -> None:
    labels = {name: DICTIONARY[name].label.in_(language) for name in order}
    lines = [chance.choice(WAYS).format(labels[name], ROW[name]) for name in order]
    found = said("\n".join(lines))
    assert {name: r.value for name, r in found.items() if r.state == "exact"} == ROW
