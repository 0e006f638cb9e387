"""Planted contradictions, found again from the case file alone.

What the form says is compared with the document sentence that is known to speak of it.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from features.synthetic.people import TEXTS
from risk.casefile import CaseFile, Fact

_AMOUNT = re.compile(r"([0-9][0-9,]*(?:\.[0-9]+)?)(万元)?")
_SINCE = re.compile(r"([0-9]{4})(?:-|年)([0-9]{1,2})|([A-Z][a-z]+) ([0-9]{4})")
_INCOME = re.compile(
    "工资入账|代发工资|工资性收入|经营性入账|收款码入账|零散入账|非固定来源|养老金|"
    "salary credit|Wages received|Business receipts|Net takings|Irregular credits|"
    "changing sources|ension"
)
_DEBTS = re.compile(
    "贷款余额合计|未结清贷款（不含房贷）共|非房贷负债余额|"
    "outstanding besides|of debt other than|balance of open loans"
)
_TENURE = re.compile(
    "入职时间|入职日期|参保至今|成立日期|开始经营|start date|run from|licence was issued|opened in"
)
_PURPOSE = ("stocks", "repay_others", "lend_on", "down_payment")
_HOUSING = ("own", "mortgage", "rent", "family", "dormitory")
_EMPLOYED = re.compile(
    r"我在(?P<a>.+?)上班|就职于(?P<b>.+?)，|工作单位是(?P<c>.+?)，|本人在(?P<d>.+?)工作|"
    r"I work for (?P<e>.+?) and take|been with (?P<f>.+?) for|employer is (?P<g>.+?), and"
)
_PAYER = re.compile(
    r"社保缴纳单位为(?P<a>.+?)。|扣缴单位：(?P<b>.+?)。|参保单位为(?P<c>.+?)。|"
    r"paid by (?P<d>.+?) every month|certificate names (?P<e>.+?) as the|"
    r"withheld by (?P<f>.+?) each"
)


class Contradiction(NamedTuple):
    """Two sides of one matter; `form` is None where both are documents."""

    kind: str
    form: Fact | None
    document: Fact
    other: Fact | None = None


def contradictions(case: CaseFile) -> Iterator[Contradiction]:
    """Every contradiction of the planted kinds that the case file shows."""
    form = {fact.field: fact for fact in case.of_kind("form")}
    for fact in case.of_kind("document"):
        kind = _kind(fact, form)
        if kind:
            yield Contradiction(kind[0], form[kind[1]], fact)
    yield from _employers(case)


def employer_in(sentence: str) -> str:
    """The employer that a sentence names, or nothing."""
    for pattern in (_EMPLOYED, _PAYER):
        if found := pattern.search(sentence):
            return next(name for name in found.groups() if name)
    return ""


def _kind(fact: Fact, form: dict[str, Fact]) -> tuple[str, str] | None:
    text = str(fact.value)
    if fact.document == "bank_statement_summary" and _INCOME.search(text):
        said = form["monthly_income"].value
        return ("income", "monthly_income") if _ratio(said, text) > 1.45 else None
    if fact.document == "officer_notes" and _DEBTS.search(text):
        said = form["existing_debt"].value
        far = isinstance(said, float) and said < 0.6 * _amount(text)
        return ("debt", "existing_debt") if far else None
    if fact.document == "officer_notes" and _TENURE.search(text):
        return ("tenure", "employment_months") if _earlier(form, text) else None
    return _words(fact, form, text)


def _words(fact: Fact, form: dict[str, Fact], text: str) -> tuple[str, str] | None:
    """Contradictions that are words and not numbers: purpose and housing."""
    both = [{**TEXTS[language]["words"]} for language in ("zh", "en")]
    untrue = any(words[name] in text for words in both for name in _PURPOSE)
    if fact.document == "application_text" and form["purpose"].value is not None and untrue:
        return "purpose", "purpose"
    rented = any(words["rent"] in text for words in both)
    if fact.document == "officer_notes" and form["housing"].value == "own" and rented:
        return "housing", "housing"
    return None


def _ratio(said: object, text: str) -> float:
    found = _amount(text)
    return said / found if isinstance(said, float) and found else 0.0


def _amount(text: str) -> float:
    """The largest amount in a sentence; counts such as six credits stay behind it."""
    return max(
        (
            float(digits.replace(",", "")) * (10_000 if unit else 1)
            for digits, unit in _AMOUNT.findall(text)
        ),
        default=0.0,
    )


def _earlier(form: dict[str, Fact], text: str) -> bool:
    """Whether the form's start of employment lies more than a year before the document's."""
    found, months = _SINCE.search(text), form["employment_months"].value
    applied = str(form["application_date"].value)
    if found is None or not isinstance(months, float):
        return False
    if found[1]:
        since = int(found[1]) * 12 + int(found[2])
    else:
        since = int(found[4]) * 12 + TEXTS["names"]["months"].index(found[3]) + 1
    start = int(applied[:4]) * 12 + int(applied[5:7]) - months
    return since - start > 12


def _employers(case: CaseFile) -> Iterator[Contradiction]:
    named = {"application_text": _EMPLOYED, "bank_statement_summary": _PAYER}
    sides = []
    for document, pattern in named.items():
        for fact in case.of_kind("document"):
            if fact.document == document and pattern.search(str(fact.value)):
                sides.append(fact)
                break
    if len(sides) == 2 and employer_in(str(sides[0].value)) != employer_in(str(sides[1].value)):
        yield Contradiction("employer", None, sides[0], sides[1])
