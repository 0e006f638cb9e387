"""Checks of what a text speaks of against what it cites: subjects, labels, periods, what is there.

A subject that `lexicon/words.toml` does not know is passed over.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from risk.casefile import CaseFile, Fact
from risk.reasoning import slots
from risk.reasoning.checks.said import LITERAL, Checker, Failure, Placed, Said
from risk.reasoning.claims import ClaimKind
from risk.reasoning.findings import Check
from risk.reasoning.lexicon import denial
from risk.reasoning.lexicon.subjects import borne, named


def about(fact: Fact, case: CaseFile) -> frozenset[str]:
    """The subjects that a fact is a basis for speaking of; none where no word is known."""
    if fact.kind == "document":
        return borne(str(fact.value), "subject")
    texts = [fact.label.zh, fact.label.en]
    if isinstance(fact.value, str):
        texts += [fact.display.zh, fact.display.en]
    text = "\n".join(texts)
    found = frozenset(named(text, "subject"))
    if fact.kind == "score":
        found |= _behind(fact.code, case)
    return found or borne(text, "subject")


def _behind(code: str, case: CaseFile) -> frozenset[str]:
    """The subjects of the fields that a code stands for; a ratio is not about its two parts."""
    found = frozenset[str]()
    for fact in case.of_kind("form"):
        if fact.code == code:
            its = frozenset(named(f"{fact.label.zh}\n{fact.label.en}", "subject"))
            found |= {"ratio"} if "ratio" in its else its
    return found


def based(said: Said) -> Iterator[Failure]:
    """Every subject that a claim speaks of is one that a fact it cites bears on."""
    # A question may ask for anything; what it says of a value is checked beside the slot.
    if said.claim is None or said.kind is ClaimKind.MISSING_INFORMATION or not said.facts:
        return
    known = frozenset[str]().union(*(about(fact, said.case) for fact in said.facts))
    for subject, word in named(said.own, "subject").items():
        if subject not in known:
            yield Failure(Check.SUBJECT, "not-cited", "", word)


def beside(said: Said) -> Iterator[Failure]:
    """The words that lead to a value name the fact that it comes from."""
    before: Placed | None = None
    for placed in said.placed:
        named_by, before = before, placed
        fact = placed.fact
        if not placed.value or fact is None or fact.kind == "score":
            continue
        if named_by and _names_another(named_by, placed):
            yield Failure(Check.SUBJECT, "other-label", fact.id, f"{{{named_by.body}}}")
            continue
        if fact.kind in ("form", "association") and (label := _other_label(placed, said.case)):
            yield Failure(Check.SUBJECT, "other-label", fact.id, label)
            continue
        spoken = named(placed.clause, "subject")
        its = about(fact, said.case)
        if spoken and its and not its & set(spoken):
            yield Failure(Check.SUBJECT, "other-slot", fact.id, next(iter(spoken.values())))


_LEADS = re.compile(
    r"[\s（(：:，,]*(?:[^，。；、{}与和及比高低超并\x00-\x7f]{0,4}|(?:(?:is|was|of|at|stands"
    r"|stated|given|reported|put|entered|shown|listed|declared|recorded|comes|amounts|as"
    r"|to) ?){0,3})\s*",
    re.I,
)


def _names_another(label: Placed, value: Placed) -> bool:
    """Whether a value follows right upon the name of another field."""
    if label.slot is None or label.slot.part != "label" or value.quote or value.fact is None:
        return False
    same = label.fact is None or value.fact.kind != "form"
    same = same or (label.fact is not None and value.fact.code == label.fact.code)
    return not same and bool(_LEADS.fullmatch(value.lead))


def _other_label(placed: Placed, case: CaseFile) -> str:
    """The label of another field right before a value; empty where there is none."""
    fact = placed.fact
    if fact is None:
        return ""
    before = placed.clause.rstrip(' 为是：:达有约共（(“"').lower()
    before = re.sub(r"\s(?:is|was|of|at|as|stands at|comes to|amounts to|being)$", "", before)
    own = {fact.label.zh.lower(), fact.label.en.lower()}
    if any(label in before for label in own):
        return ""
    return next((said for said in _labels(case) if before.endswith(said)), "")


@lru_cache(maxsize=64)
def _cached_labels(labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(labels), key=len, reverse=True))


def _labels(case: CaseFile) -> tuple[str, ...]:
    """The labels of the form's fields, the longest first."""
    facts = case.of_kind("form")
    return _cached_labels(
        tuple(s.lower() for f in facts for s in (f.label.zh, f.label.en) if len(s) > 1)
    )


_PERIODS = tuple(
    re.compile(words, re.I)
    for words in (
        r"每[日天]|日均|逐日|天数|\bdaily\b|\b(?:per|a|each|every) day\b|\bdays\b",
        r"每周|周均|\bweekly\b|\b(?:per|a|each|every) week\b|\bweeks\b",
        r"月收入|月薪|每个?月|月均|月供|月还款|按月|逐月|月数|\bmonthly\b|\b(?:per|a|each"
        r"|every) month\b",
        r"年收入|年薪|每年|全年|年均|年供|年还款|按年|逐年|年数|\bannual(?:ly)?\b|\byearly\b"
        r"|\b(?:per|a|each|every) (?:year|annum)\b",
    )
)


def period(said: Said) -> Iterator[Failure]:
    """A value by the month is not given as one by the year."""
    cited = [
        _periods(f"{f.label.zh} {f.label.en} {f.value if f.document else ''}") for f in said.facts
    ]
    known = set[int]().union(*cited)
    for clause in _clauses(said):
        own = _periods(clause)
        if own and said.claim and said.facts and not own & known and (known or own == {_YEAR}):
            yield Failure(Check.SUBJECT, "other-period", said.facts[0].id)
            return


def _clauses(said: Said) -> Iterator[str]:
    """The clauses in which a value, a standing or a name stands, without slots."""
    for clause in re.split("[，。；,;]", LITERAL.sub(" ", said.sentence)):
        bare = slots.without(clause)
        if slots.SLOT.search(clause) or named(bare, "subject"):
            yield bare


_YEAR = 3


def _periods(text: str) -> set[int]:
    return {at for at, words in enumerate(_PERIODS) if words.search(text)}


def missing(said: Said) -> Iterator[Failure]:
    """What is missing is not said to be there; what the form gives is not said to be missing."""
    absent = [fact for fact in said.of_kind("form") if fact.value is None]
    states = denial.absence(said.own)
    if (absent or said.kind is ClaimKind.MISSING_INFORMATION) and states == {"given"}:
        yield Failure(Check.SUBJECT, "said-to-be-there", absent[0].id if absent else "")
        return
    for placed in said.placed:
        if absent or placed.slot is None or placed.slot.part != "label" or placed.fact is None:
            continue
        if placed.fact.kind == "form" and denial.absence_right_after(placed.tail) == "absent":
            yield Failure(Check.SUBJECT, "not-missing", placed.fact.id)


_DATE_BEFORE = re.compile(
    r"(?:截至|截止到?|自从?|迄|直到|自打)\s*$|\b(?:as of|as at|dated|filed on|submitted on"
    r"|handed in on|made on|received on|signed on|"
    r"application of|since|until)\s*$",
    re.I,
)
_DATE_AFTER = re.compile(
    r"\s*(?:提交|递交|前后|当[日天]|以来|的?申请(?!人|金额|的)|为?准)|\s+(?:application|filing|submission)\b",
    re.I,
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def dated(said: Said) -> Iterator[Failure]:
    """Where a sentence gives a date, the slot holds one."""
    for placed in said.placed:
        fact = placed.fact
        if not placed.value or fact is None or fact.kind != "form" or fact.value is None:
            continue
        wanted = _DATE_BEFORE.search(placed.lead) or _DATE_AFTER.match(placed.tail)
        if wanted and not (isinstance(fact.value, str) and _DATE.match(fact.value)):
            yield Failure(Check.SUBJECT, "no-date", fact.id)


def tied(said: Said) -> Iterator[Failure]:
    """A tie that the file shows is not denied."""
    if said.kind is ClaimKind.ASSOCIATION and (word := denial.unties(said.sentence)):
        yield Failure(Check.DENIAL, "tie", "", word)


def polarity(said: Said) -> Iterator[Failure]:
    """What a document says there is not, a claim does not say there is, and the other way round."""
    if said.kind is not ClaimKind.DOCUMENT:
        return
    for clause in re.split("[，。；：,;:{}“”]", said.sentence):
        spoken = set(named(clause, "subject"))
        side = denial.side(clause)
        for fact in said.of_kind("document") if spoken and side else ():
            if not spoken & about(fact, said.case):
                continue
            parts = [
                p for p in re.split("[，。；,;]", str(fact.value)) if spoken & borne(p, "subject")
            ]
            sides = {denial.side(part, fact=True) for part in parts}
            if sides and side not in sides and "either" not in sides:
                yield Failure(Check.DENIAL, "polarity", fact.id, clause.strip())
                return


CHECKS: tuple[Checker, ...] = (based, beside, period, missing, dated, tied, polarity)
