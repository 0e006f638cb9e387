"""The synthetic book's documents, written sentence by sentence from what is true of an applicant.

Documents tell the truth and the form may not: where the two differ, the difference was planted,
and the place of the sentence that shows it is returned. So are the places of injected texts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from features.synthetic.people import TEXTS

DOCUMENTS = ("application_text", "officer_notes", "bank_statement_summary")
_PRESENT = {"application_text": 0.96, "officer_notes": 0.88, "bank_statement_summary": 0.86}
_INJECTED_UP_TO = (0.6, 0.75, 1.0)  # cumulated shares of the documents, in order
_CHANCES = 64  # uniform numbers for each applicant; more than any of them uses
_MONTHS = TEXTS["names"]["months"]


class Place(NamedTuple):
    """Where a kind of contradiction shows: form field, document, its slot, and the value's slot."""

    field: str
    document: str
    slot: str
    value: str


CONTRADICTIONS = {
    "income": Place("monthly_income", "bank_statement_summary", "income", "income_found"),
    "employer": Place("employer", "bank_statement_summary", "social", "payer"),
    "tenure": Place("employment_months", "officer_notes", "tenure", "since_found"),
    "debt": Place("existing_debt", "officer_notes", "debts", "debt_found"),
    "purpose": Place("purpose", "application_text", "purpose", "purpose_told"),
    "housing": Place("housing", "officer_notes", "housing", "housing_found"),
}


class Case(NamedTuple):
    """What the documents of one application are written from: what was said, what is found."""

    application_date: Any
    language: str
    contradiction_kind: str
    injected: bool
    mood: str
    applicant_name: str
    phone: str
    address: str
    employment_type: str
    loan_amount: float
    term_months: int
    income_said: float
    income_found: float
    employer_said: str | None
    employer_found: str | None
    tenure_said: float
    tenure_found: float
    debt_found: float
    repayment_found: float
    purpose_told: str
    housing_found: str
    overdue_count_24m: float
    max_overdue_days_24m: float
    credit_inquiries_3m: float


class Written(NamedTuple):
    """One applicant's documents, and where the planted texts stand in them."""

    application_text: str | None
    officer_notes: str | None
    bank_statement_summary: str | None
    contradiction_start: int | None
    contradiction_end: int | None
    contradiction_found: str | None
    injection_kind: str | None
    injection_document: str | None
    injection_start: int | None
    injection_end: int | None


@dataclass(frozen=True)
class _Slot:
    name: str
    share: float
    by: str
    say: dict[str, tuple[str, ...]]


class _Injection(NamedTuple):
    kind: str
    document: str
    text: str


def write(told: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Write the documents of every application.

    Args:
        told: One row per application with the columns of `Case`.
        rng: Source of chance.

    Returns:
        One row per application with the columns of `Written` and the index of `told`. Offsets
        count code points; a start without a contradiction or injection is missing.
    """
    cases = map(Case._make, zip(*(told[name].tolist() for name in Case._fields), strict=True))
    chances = _chances(rng, len(told))
    written = [_write(case, chance) for case, chance in zip(cases, chances, strict=True)]
    frame = pd.DataFrame(written, columns=list(Written._fields), index=told.index, dtype=object)
    types = {
        name: "Int64" if name.endswith(("_start", "_end")) else "str" for name in Written._fields
    }
    return frame.astype(types)


def _chances(rng: np.random.Generator, rows: int) -> Iterator[Iterator[float]]:
    for first in range(0, rows, 4096):
        block = rng.random((min(4096, rows - first), _CHANCES))
        yield from map(iter, block.tolist())


def _write(case: Case, chance: Iterator[float]) -> Written:
    facts = _facts(case, chance)
    place = CONTRADICTIONS.get(case.contradiction_kind)
    injection = _injection(case, chance)
    texts: dict[str, str | None] = {}
    shown: tuple[int, int] | None = None
    injected: tuple[int, int] | None = None
    for document in DOCUMENTS:
        slot = place.slot if place and place.document == document else ""
        order = injection.text if injection and injection.document == document else ""
        absent = next(chance) >= _PRESENT[document]
        if absent and not slot and not order:
            texts[document] = None
            continue
        texts[document], slot_at, order_at = _compose(case, document, facts, (slot, order), chance)
        shown, injected = slot_at or shown, order_at or injected
    return Written(
        **texts,
        contradiction_start=shown[0] if shown else None,
        contradiction_end=shown[1] if shown else None,
        contradiction_found=facts[place.value] if place else None,
        injection_kind=injection.kind if injection else None,
        injection_document=injection.document if injection else None,
        injection_start=injected[0] if injected else None,
        injection_end=injected[1] if injected else None,
    )


def _compose(
    case: Case,
    document: str,
    facts: dict[str, str],
    planted: tuple[str, str],
    chance: Iterator[float],
) -> tuple[str, tuple[int, int] | None, tuple[int, int] | None]:
    """One document, with the spans of the planted slot and of the injected text in it."""
    must_say, order = planted
    parts: list[tuple[str, str]] = []
    for slot in _SLOTS[case.language][document]:
        said, which = next(chance) < slot.share, next(chance)
        options = slot.say.get(facts[slot.by] if slot.by else "", ())
        if options and (said or slot.name == must_say):
            parts.append((slot.name, _pick(options, which).format_map(facts)))
    at, lines = next(chance), next(chance) < 0.5
    if order:
        parts.insert(int(at * (len(parts) + 1)), ("injected", order))
    by_line = document == "bank_statement_summary" and lines
    joiner = "\n" if by_line else ("" if case.language == "zh" else " ")
    spans, start = {}, 0
    for name, text in parts:
        spans[name] = (start, start + len(text))
        start += len(text) + len(joiner)
    return joiner.join(text for _, text in parts), spans.get(must_say), spans.get("injected")


def _injection(case: Case, chance: Iterator[float]) -> _Injection | None:
    where, which, kind, foreign = (next(chance) for _ in range(4))
    if not case.injected:
        return None
    other = "en" if case.language == "zh" else "zh"
    texts = TEXTS[other if foreign < 0.2 else case.language]["injection"]
    name = _pick(tuple(texts), kind)
    document = next(d for d, up_to in zip(DOCUMENTS, _INJECTED_UP_TO, strict=True) if where < up_to)
    return _Injection(name, document, _pick(texts[name], which))


def _facts(case: Case, chance: Iterator[float]) -> dict[str, str]:
    """Everything the sentences may say, in the words and number formats of one writer."""
    lang, words, day = case.language, TEXTS[case.language]["words"], case.application_date
    style, dated, spread, other = (next(chance) for _ in range(4))
    month = day.year * 12 + day.month - 1
    visit = day + pd.Timedelta(days=1 + int(other * 6))
    work = {"self_employed": "own", "freelance": "free", "retired": "retired"}
    late = "late" if case.overdue_count_24m > 0 else "clean"
    has_tenure = case.tenure_found == case.tenure_found
    return {
        "name": case.applicant_name,
        "phone": case.phone,
        "address": case.address,
        "employer": case.employer_said or "",
        "payer": case.employer_found or "",
        "amount": _amount(case.loan_amount, lang, style),
        "term": str(case.term_months),
        "purpose_told": words[case.purpose_told],
        "housing_found": words[case.housing_found],
        "income_said": _amount(case.income_said, lang, style),
        "income_found": _amount(case.income_found * (0.96 + 0.08 * spread), lang, other),
        "debt_found": _amount(case.debt_found, lang, style),
        "repayment": _amount(case.repayment_found, lang, other),
        "balance": _amount(case.income_found * (0.1 + 1.6 * next(chance)), lang, other),
        "tenure_said": _duration(case.tenure_said, lang, style) if has_tenure else "",
        "since_found": _month(month - int(case.tenure_found), lang, dated) if has_tenure else "",
        "visit": _day(visit, lang, dated),
        "from": _month(month - 6, lang, dated),
        "to": _month(month - 1, lang, dated),
        "tail": f"{int(next(chance) * 10_000):04d}",
        "overdue": f"{case.overdue_count_24m:.0f}",
        "overdue_days": f"{case.max_overdue_days_24m:.0f}",
        "inquiries": f"{case.credit_inquiries_3m:.0f}",
        "work": work.get(case.employment_type, "wage"),
        "mood": case.mood,
        "debts": "some" if case.debt_found > 0 else "none",
        "repays": "some" if case.repayment_found > 0 else "none",
        "bureau": late if case.overdue_count_24m == case.overdue_count_24m else "thin",
    }


def _amount(value: float, language: str, style: float) -> str:
    value = round(value)
    if language == "en":
        plain = f"{value:,}"
        return (
            f"CNY {plain}" if style < 0.5 else f"RMB {plain}" if style < 0.75 else f"{plain} yuan"
        )
    if value >= 10_000 and style < 0.45:
        return f"{value / 10_000:.4f}".rstrip("0").rstrip(".") + "万元"
    return f"{value:,}元" if style < 0.8 else f"{value}元"


def _duration(months: float, language: str, style: float) -> str:
    years, rest = divmod(max(int(months), 1), 12)
    if language == "zh":
        if not years:
            return f"{rest}个月"
        return f"{years}年" + ("多" if style < 0.4 else f"{rest}个月" if rest else "")
    some = [f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in ((years, "year"), (rest, "month"))]
    return some[1] if not years else some[0] if not rest else " and ".join(some)


def _month(month: int, language: str, style: float) -> str:
    year, place = divmod(month, 12)
    if style < 0.4:
        return f"{year}-{place + 1:02d}"
    return f"{year}年{place + 1}月" if language == "zh" else f"{_MONTHS[place]} {year}"


def _day(day: Any, language: str, style: float) -> str:
    if style < 0.4:
        return f"{day.year}-{day.month:02d}-{day.day:02d}"
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _pick(options: tuple[str, ...] | list[str], chance: float) -> str:
    return options[int(chance * len(options))]


def _slot(name: str, body: dict[str, Any]) -> _Slot:
    by = body.get("by", "")
    say = body["say"] if by else {"": body["say"]}
    return _Slot(name, body["share"], by, {key: tuple(texts) for key, texts in say.items()})


_SLOTS = {
    language: {
        document: tuple(_slot(name, body) for name, body in TEXTS[language][document].items())
        for document in DOCUMENTS
    }
    for language in ("zh", "en")
}
