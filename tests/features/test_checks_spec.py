"""Cross-checks in a dictionary: what is accepted, and how the rest is refused."""

import pytest

from features.dictionary import DataDictionary
from features.errors import DataError
from features.rendering import render

FIELDS = """
currency = "CNY"

[fields.loan]
role = "id"

[fields.applied]
role = "date"
type = "date"

[fields.income]
role = "feature"
type = "number"
unit = "CNY"

[fields.wage]
role = "ignored"
type = "number"

[fields.rent]
role = "ignored"
type = "number"

[fields.burden]
role = "feature"
type = "number"
formula = { op = "ratio", of = ["wage", "rent"] }

[fields.home]
role = "feature"
type = "category"
levels = ["own", "rented"]

[fields.age]
role = "protected"
type = "number"

[fields.phone]
role = "association"
personal = "mobile"

[fields.employer]
role = "association"

[fields.notes]
role = "document"
"""
CHECK = """
[checks.pay]
label = { zh = "收入", en = "income" }
field = "income"
document = "notes"
says = "amount"
per = "month"
near = ["工资", "salary"]
"""


def refusal(check: str) -> str:
    with pytest.raises(DataError) as caught:
        DataDictionary.parse(FIELDS + check, "d.toml")
    return str(caught.value)


def test_a_check_is_read_and_rendered_and_no_score_follows_from_it():
    dictionary = DataDictionary.parse(FIELDS + CHECK)
    check = dictionary.checks["pay"]
    assert (check.field, check.per, check.side, check.tolerance) == (
        "income",
        "month",
        "differs",
        0.1,
    )
    assert DataDictionary.parse(render(dictionary)) == dictionary
    assert dictionary.digest() == DataDictionary.parse(FIELDS).digest()


LEVEL = """
[checks."a b"]
label = "home"
field = "home"
document = "notes"
says = "level"
never = ["flees"]
words = { own = ["自有"], rented = ["租房", "rents"] }

[checks.sum]
label = "sum"
field = "income"
says = "sum"
tolerance = 0.02
parts = ["wage", "rent"]
"""


def test_papers_may_stand_in_place_of_a_document_and_are_rendered():
    check = CHECK.replace('document = "notes"', 'papers = ["bank_statement", "流水*"]')
    dictionary = DataDictionary.parse(FIELDS + check)
    assert dictionary.checks["pay"].papers == ("bank_statement", "流水*")
    assert DataDictionary.parse(render(dictionary)) == dictionary


@pytest.mark.parametrize(
    ("said", "name", "kind", "reads"),
    [
        ("bank_statement", "1.pdf", "bank_statement", True),
        ("bank_statement", "1.pdf", "", False),
        ("bank_statement", "1.pdf", "income_proof", False),
        ("bank statement", "Bank  Statement.PDF", "", True),
        ("bank statement.pdf", "Bank Statement.PDF", "", True),
        ("bank statement", "bank statement 2.pdf", "", False),
        ("bank statement*", "bank statement 2.pdf", "", True),
        ("*流水*", "3月流水[1].xlsx", "", True),
        ("a.c", "abc", "", False),
        ("caf\u00e9", "cafe\u0301.txt", "", True),
        ("*", "anything", "", True),
    ],
)
def test_a_paper_is_meant_by_its_kind_or_its_name(said, name, kind, reads):
    check = CHECK.replace('document = "notes"', f'papers = ["{said}"]')
    assert DataDictionary.parse(FIELDS + check).checks["pay"].reads(name, kind) is reads


def test_levels_and_sums_are_rendered_too():
    dictionary = DataDictionary.parse(FIELDS + LEVEL)
    assert DataDictionary.parse(render(dictionary)) == dictionary
    assert dictionary.checks["a b"].phrases == ("flees", "自有", "租房", "rents")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('field = "income"', 'field = "pay"', 'checks.pay: there is no field "pay"'),
        ('field = "income"', 'field = "age"', 'checks.pay: "age" cannot be compared'),
        ('field = "income"', 'field = "phone"', "neither personal nor protected"),
        ('field = "income"', 'field = "burden"', "given as such"),
        ('field = "income"', 'field = "loan"', '"loan" cannot be compared'),
        ('field = "income"', 'field = "notes"', '"notes" cannot be compared'),
        ('field = "income"', 'field = "home"', '"home" is a category'),
        ('says = "amount"', 'says = "day"', '"per" means nothing where says = "day"'),
        ('says = "amount"', 'says = "wealth"', "d.toml: checks.pay.says: "),
        ('document = "notes"', 'document = "home"', '"home" is no field with role "document"'),
        ('document = "notes"', "", 'says = "amount" needs "document" or "papers"'),
        ('per = "month"', 'papers = ["a", " "]', "a phrase is blank"),
        ('per = "month"', 'papers = ["notes"]', 'of the table; name it under "document"'),
        ('near = ["工资", "salary"]', "", 'says = "amount" needs "near"'),
        ('near = ["工资", "salary"]', 'near = ["工资", " "]', "a phrase is blank"),
        ('per = "month"', "tolerance = -1", "checks.pay.tolerance: "),
        ('per = "month"', 'per_ = "month"', 'unknown key "checks.pay.per_"'),
        ('per = "month"', 'parts = ["wage"]', '"parts" means nothing'),
    ],
)
def test_what_cannot_be_compared_is_refused_with_place_and_mend(old, new, said):
    assert old in CHECK
    assert said in refusal(CHECK.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("own = ", "owns = ", 'words names owns, no level of "home"'),
        ('parts = ["wage", "rent"]', 'parts = ["wage"]', "two fields or more"),
        ('parts = ["wage", "rent"]', 'parts = ["wage", "x"]', 'there is no field "x"'),
        ('parts = ["wage", "rent"]', 'parts = ["wage", "home"]', '"home" is a category'),
    ],
)
def test_levels_and_parts_have_to_be_there(old, new, said):
    assert old in LEVEL
    assert said in refusal(LEVEL.replace(old, new))
