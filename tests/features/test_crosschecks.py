"""Form against documents: what breaks a rule, what keeps it, and what says nothing."""

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.crosschecks import Compared, Named, Value, broken, compared
from features.dictionary import DataDictionary
from features.synthetic import make_book
from tests.benchmarks.crosschecks import measure, rows_of

PORTFOLIO = DataDictionary.parse(
    """
currency = "CNY"

[checks.income]
label = { zh = "收入", en = "income" }
field = "income"
document = "statement"
says = "amount"
per = "month"
side = "above"
near = ["工资", "salary"]

[checks.rate]
label = "rate"
field = "rate"
document = "notes"
says = "rate"
per = "year"
near = ["利率", "利息", "interest"]

[checks.tenure]
label = "tenure"
field = "tenure"
document = "notes"
says = "duration"
near = ["入职", "joined"]

[checks.signed]
label = "signed"
field = "signed"
document = "notes"
says = "day"
near = ["签订", "signed"]

[checks.employer]
label = "employer"
field = "employer"
document = "statement"
says = "employer"
near = ["社保", "social security"]

[checks.home]
label = "home"
field = "home"
document = "notes"
says = "level"
words = { own = ["自有住房", "own flat"], rented = ["租房", "rented flat"] }
never = ["无固定住所"]

[checks.total]
label = "total"
field = "total"
says = "sum"
tolerance = 0.01
parts = ["wage", "bonus"]

[fields.applied]
role = "date"
type = "date"

[fields.income]
role = "feature"
type = "number"
unit = "CNY"
special = { "-1" = "unknown" }

[fields.rate]
role = "feature"
type = "number"
unit = "%"

[fields.tenure]
role = "feature"
type = "integer"
unit = "months"

[fields.signed]
role = "ignored"
type = "date"

[fields.employer]
role = "association"

[fields.home]
role = "feature"
type = "category"
levels = ["own", "rented", "other"]

[fields.total]
role = "ignored"
type = "number"

[fields.wage]
role = "ignored"
type = "number"

[fields.bonus]
role = "ignored"
type = "number"

[fields.statement]
role = "document"

[fields.notes]
role = "document"
"""
)
APPLIED = datetime(2024, 6, 15)


def found(document: str = "", text: str = "", **row: Value) -> list[Compared]:
    return list(compared({"applied": APPLIED, **row}, {document: text}, PORTFOLIO))


def holds(document: str, text: str, **row: Value) -> bool | None:
    """Whether the one check that was read holds; None where none was."""
    outcome = found(document, text, **row)
    assert len(outcome) <= 1
    return outcome[0].holds if outcome else None


@pytest.mark.parametrize(
    ("income", "text", "outcome"),
    [
        (12_000.0, "月均工资入账7,800元。", False),
        (12_000.0, "月均工资入账1.18万元。", True),
        (12_000.0, "Average monthly salary credit CNY 7,800.", False),
        (12_000.0, "Average monthly salary credit CNY 12,100.", True),
        (12_000.0, "年工资收入14.4万元。", True),
        (12_000.0, "上半年工资每月7,800元。下半年工资每月12,000元。", True),
        (12_000.0, "期末余额300元。", None),
        (12_000.0, "工资按月入账。", None),
        (12_000.0, "工资每月7,800元，期末余额20,000元。", False),
        (12_000.0, "工资每月12,000元，期末余额300元。", True),
        (-1.0, "工资每月7,800元。", None),
        (None, "工资每月7,800元。", None),
        (float("nan"), "工资每月7,800元。", None),
        (12_000.0, "Average monthly salary credit USD 7,800.", None),
    ],
)
def test_an_income_above_the_statement_breaks_its_rule(income, text, outcome):
    assert holds("statement", text, income=income) is outcome


@pytest.mark.parametrize(
    ("row", "document", "text", "outcome"),
    [
        ({"rate": 18.0}, "notes", "月利率1.5%。", True),
        ({"rate": 18.0}, "notes", "年利率36%。", False),
        ({"tenure": 60.0}, "notes", "单位人事确认其入职时间为2023年5月。", False),
        ({"tenure": 13.0}, "notes", "单位人事确认其入职时间为2023年5月。", True),
        ({"tenure": 13.0}, "notes", "He joined in May 2023.", True),
        ({"tenure": 60.0}, "notes", "入职一年半。", False),
        ({"tenure": 18.0}, "notes", "入职一年半。", True),
        ({"tenure": 60.0}, "notes", "入职时间2025年5月。", None),
        ({"signed": datetime(2024, 3, 5)}, "notes", "合同于2024年3月5日签订。", True),
        ({"signed": date(2024, 3, 6)}, "notes", "合同于2024年3月5日签订。", False),
        ({"employer": "云川恒泰机械公司"}, "statement", "社保缴纳单位为云川瑞丰机械厂。", False),
        ({"employer": "恒泰机械"}, "statement", "社保缴纳单位为云川恒泰机械有限公司。", True),
        ({"home": "own"}, "notes", "现租房居住。", False),
        ({"home": "own"}, "notes", "并非租房，自有住房一套。", True),
        ({"home": "own"}, "notes", "并非租房。", None),
        ({"home": "rented"}, "notes", "He lives in a rented  FLAT.", True),
        ({"home": "other"}, "notes", "现租房居住。", None),
        ({"home": "other"}, "notes", "无固定住所。", False),
        ({"total": 100.0, "wage": 80.0, "bonus": 20.0}, "", "", True),
        ({"total": 130.0, "wage": 80.0, "bonus": 20.0}, "", "", False),
        ({"total": 130.0, "wage": 80.0}, "", "", None),
    ],
)  # fmt: skip
def test_each_kind_of_check(row, document, text, outcome):
    assert holds(document, text, **row) is outcome


def test_a_broken_check_quotes_the_value_and_its_sentence():
    text = "账户尾号1234。月均工资入账7,800元。"
    (one,) = broken({"income": 12_000.0}, {"statement": text}, PORTFOLIO)
    assert (one.name, one.form, one.document) == ("income", 12_000.0, "statement")
    assert text[one.start : one.end] == one.found == "7,800元"
    assert text[slice(*one.sentence)] == "月均工资入账7,800元。"


def test_a_broken_sum_tells_what_the_parts_come_to():
    (one,) = found(total=1_300_000.5, wage=800_000.0, bonus=200_000.25)
    assert (one.document, one.found) == ("", "1000000.25")


@given(st.text("月工资社保租房自有 7,8.00元%年2024-05,。，; \n a", max_size=120))
@settings(max_examples=60, deadline=None)
def test_places_point_into_the_text_whatever_it_holds(text):
    row = {"income": 1.0, "rate": 1.0, "tenure": 1.0, "employer": "甲公司", "home": "own"}
    documents = {"statement": text, "notes": text}
    for one in compared({**row, "applied": APPLIED}, documents, PORTFOLIO):
        assert one.sentence[0] <= one.start < one.end <= one.sentence[1] <= len(text)
        assert one.found == text[one.start : one.end]


@pytest.mark.parametrize(
    "piece", ["工资，", "工资7,800元，", "租房不", "Co., Ltd. ", "社保 salary 工资 7,"]
)
def test_the_time_is_linear_in_what_a_hostile_document_repeats(piece):
    # Every piece begins something: a quadratic search would take minutes.
    text = piece * 4_000
    row = {"income": 1.0, "home": "own", "employer": "Co. " * 9_000}
    broken(row, {"statement": text, "notes": text}, PORTFOLIO)


def test_the_synthetic_book_finds_what_was_planted_and_little_else():
    measured = measure(make_book(600, seed=90_210))
    assert measured.recall() >= 0.95
    assert measured.alarms <= 0.02 * measured.clean


def test_an_application_is_the_same_alone_and_in_its_batch():
    book = make_book(40, seed=5)
    (one,) = rows_of(book.applications.iloc[[7]], book.dictionary)
    assert one == list(rows_of(book.applications, book.dictionary))[7]


PAPERS = DataDictionary.parse(
    """
currency = "CNY"
[checks.income]
label = "income"
field = "income"
document = "notes"
papers = ["bank_statement", "payslip*"]
says = "amount"
near = ["salary"]
[fields.income]
role = "feature"
type = "number"
unit = "CNY"
[fields.notes]
role = "document"
"""
)
KNOWN = {"p1": Named("scan.pdf", "bank_statement"), "p2": Named("Payslip 3.txt"), "p3": Named("x")}


def on_papers(**documents: str) -> list[tuple[str, str]]:
    found = broken({"income": 9_000.0}, documents, PAPERS, KNOWN)
    assert all(documents[f.document][f.start : f.end] == f.found for f in found)
    return [(f.document, f.found) for f in found]


def test_a_check_reads_papers_of_its_kind_or_name_and_no_others():
    assert on_papers(p1="A salary of CNY 5,000.") == [("p1", "CNY 5,000")]
    assert on_papers(p2="A salary of CNY 5,000.") == [("p2", "CNY 5,000")]
    assert on_papers(p3="A salary of CNY 5,000.") == []
    # What is no paper is no document of the check either.
    assert broken({"income": 9_000.0}, {"p1": "A salary of CNY 5,000."}, PAPERS) == ()


def test_of_several_texts_any_that_agrees_keeps_the_check_whole():
    wrong, right = "A salary of CNY 5,000.", "Her salary: CNY 9,000."
    assert on_papers(notes=wrong, p1=wrong, p2=wrong) == [("notes", "CNY 5,000")]
    assert on_papers(notes="Nothing.", p1="Nothing.", p2=wrong) == [("p2", "CNY 5,000")]
    for agreeing in ("notes", "p1", "p2"):
        assert on_papers(**{"notes": wrong, "p1": wrong, "p2": wrong, agreeing: right}) == []


TEXTS = st.sampled_from(["", "A salary of CNY 5,000.", "Her salary: CNY 9,000.", "Nothing."])


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(["notes", "p1", "p2", "p3"]), TEXTS))
def test_papers_break_a_check_as_one_document_with_all_their_words_would(documents):
    read = [documents.get(key, "") for key in ("notes", "p1", "p2")]
    together = broken({"income": 9_000.0}, {"notes": "\n".join(read)}, PAPERS)
    assert len(on_papers(**documents)) == len(together)
