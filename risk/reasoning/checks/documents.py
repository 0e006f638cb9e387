"""Checks of what a text says of documents: quotes, sources, people, names, and denials of them."""

import re
from collections.abc import Iterator

from risk.casefile import CaseFile, Fact
from risk.reasoning import slots
from risk.reasoning.checks.said import LITERAL, Checker, Failure, Placed, Said, passage, worded
from risk.reasoning.claims import ClaimKind
from risk.reasoning.findings import Check
from risk.reasoning.lexicon import denial, names
from risk.reasoning.lexicon.subjects import borne, named
from risk.redaction import SURROGATE


def quotes(said: Said) -> Iterator[Failure]:
    """A quote repeats the characters of a document sentence that the claim cites."""
    cited = said.of_kind("document")
    for quote in said.quotes:
        source = next((fact for fact in cited if fact.id == quote.fact), None)
        if source is None:
            yield Failure(Check.QUOTE, "no-such-source", quote.fact)
        elif len(quote.text.strip()) < 2 or quote.text not in passage(source, said.case):
            yield Failure(Check.QUOTE, "not-in-document", quote.fact, quote.text)
    labels = {text for fact in said.facts for text in (fact.label.zh, fact.label.en)}
    for match in LITERAL.finditer(said.sentence):
        words = match[1]
        known = words in labels or slots.SLOT.fullmatch(words)
        if not known and not any(words in passage(fact, said.case) for fact in cited):
            yield Failure(Check.QUOTE, "not-in-document", "", words)


def shown(said: Said) -> Iterator[Failure]:
    """A claim on documents shows their words; a contradiction shows every side."""
    used = _shown(said)
    documents = {fact.id for fact in said.of_kind("document")}
    if said.kind is ClaimKind.DOCUMENT and not used & documents:
        yield Failure(Check.QUOTE, "not-shown")
    if said.kind is ClaimKind.CONTRADICTION:
        for fact in said.facts:
            if fact.kind in ("form", "document") and fact.id not in used:
                yield Failure(Check.CONTRADICTION, "side-not-shown", fact.id)


def _shown(said: Said) -> set[str]:
    """The facts whose value or words stand in the sentence, be it as a literal quote."""
    found = {placed.fact.id for placed in said.placed if placed.value and placed.fact}
    literal = [match[1] for match in LITERAL.finditer(said.sentence) if len(match[1]) > 1]
    for fact in said.of_kind("document"):
        if any(words in passage(fact, said.case) for words in literal):
            found.add(fact.id)
    return found


_ABSENT = re.compile(
    r"缺|未附|未提供|未提交|未出具|未见|没有|尚无|无法|补充|提供|\b(?:no|not|without|missing|lack\w*|provide|supply|absent)\b",
    re.I,
)


def sources(said: Said) -> Iterator[Failure]:
    """A document that a text names is one that it cites, or one that those speak of."""
    wanted = said.claim is None or said.kind is ClaimKind.MISSING_INFORMATION
    borne_out = [_speaks_for(fact) | borne(worded((fact,)), "source") for fact in said.facts]
    known = frozenset[str]().union(*borne_out)
    for source, word in named(said.own, "source").items():
        # A paper may be asked for or missed; it may not be said to state something.
        if source in known or ((wanted or _missed(said.own, word)) and not _states(said.own, word)):
            continue
        if source != "form":
            yield Failure(Check.SOURCE, "not-cited", "", word)
    for placed in said.placed:
        if placed.value and placed.fact and placed.fact.kind in ("document", "form") and not wanted:
            spoken = _source(placed)
            if spoken and not _speaks_for(placed.fact) & set(spoken):
                yield Failure(Check.SOURCE, "other", placed.fact.id, next(iter(spoken.values())))


def _source(placed: Placed) -> dict[str, str]:
    """The sources that a slot is said to come from, in its clause or else before it."""
    if behind := _BEHIND.match(placed.tail):
        spoken = named(behind[0], "source")
        if spoken:
            return spoken
    before = _BEHIND.sub("", placed.clause) if placed.follows else placed.clause
    spoken = named(before, "source")
    # "The notes and the form differ: ..." names both sources before either side. The form may be
    # named beside a document, as what leaves something out, and a document beside the form.
    if denial.compares(before) or (placed.quote and "form" in spoken):
        return {}
    fact = placed.fact
    if fact is not None and fact.kind == "form" and not _STATES_LAST.search(before):
        return {}
    return spoken


_BEHIND = re.compile(
    r"^\s*(?:\(|（)?(?:in|on|from|by|per|according to)\s+(?:[\w'’]+\s*){1,7}", re.I
)
_STATES_LAST = re.compile(
    r"(?:显示|写明|写|载明|记载|记录|称|说|列示|表明|注明|指出|填写|填报)的?(?:为|是|有|：)?\s*$"
    r"|\b(?:shows?|states?|says?|records?|lists?|gives?|indicates?|reports?"
    r"|puts?)(?: \w+){0,2}\s*$",
    re.I,
)


def _speaks_for(fact: Fact) -> frozenset[str]:
    """The sources that a fact comes from or speaks of."""
    if fact.kind != "document":
        return borne(worded((fact,)), "source") | {"form"}
    text = str(fact.value)
    spoken = borne(text, "source") - _KINDS
    stated = {name for name, word in named(text, "source").items() if _states(text, word)}
    return borne(f"{fact.label.zh} {fact.label.en}", "source") | spoken | stated


# Kinds of document that a sentence of another one may mention without being from them.
_KINDS = frozenset(("statement", "officer", "letter"))


def _missed(own: str, word: str) -> bool:
    """Whether a source is said to be lacking, right before its name or after it."""
    at = own.lower().find(word)
    before, after = own[max(0, at - 14) : at], own[at + len(word) : at + len(word) + 14]
    near = re.split("[，。；,;]", before)[-1] + " | " + re.split("[，。；,;]", after)[0]
    return bool(_ABSENT.search(near))


_STATES = re.compile(
    r"[^，。；,;或和、]{0,4}?(?:显示|写明|写道|载明|记载|列示|列明|表明|注明|证实|指出|反映|印证)"
    r"|(?: \w+){0,2}? (?:shows?|states?|says?|lists?|confirms?|indicates?|reports?|reads?"
    r"|proves?)\b",
    re.I,
)


def _states(own: str, word: str) -> bool:
    """Whether a source is said to state something, right after its name."""
    return bool(_STATES.match(own, own.lower().find(word) + len(word)))


def people(said: Said) -> Iterator[Failure]:
    """Other people, marks of persons and names are those that the cited facts speak of."""
    wanted = said.claim is None or said.kind is ClaimKind.MISSING_INFORMATION
    text = worded(said.facts)
    known = borne(worded(said.of_kind("document")), "party")
    known |= named(worded([f for f in said.facts if f.kind != "document"]), "party").keys()
    for party, word in named(said.own, "party").items():
        asked = wanted and not _owns(said, word)
        if party not in known and not asked:
            yield Failure(Check.ENTITY, "other-person", "", word)
    basis = text if said.facts else "\n".join(said.case.documents.values())
    for surrogate in SURROGATE.findall(slots.without(said.sentence)):
        if surrogate not in basis:
            yield Failure(Check.ENTITY, "unknown-mark", "", surrogate)
    for name in names.proper(said.own, said.language):
        if not names.holds(basis, name) and not names.holds(_labels(said.case), name):
            yield Failure(Check.ENTITY, "unknown-name", "", name)


def _owns(said: Said, word: str) -> bool:
    """Whether a claim speaks of what someone has, which no claim may leave to a missing paper."""
    after = said.own[said.own.lower().find(word) + len(word) :]
    return said.claim is not None and after.startswith(("的", "'s", "’s", "s'"))


def _labels(case: CaseFile) -> str:
    return "\n".join(f"{fact.label.zh} {fact.label.en}" for fact in case.facts)


def denied(said: Said) -> Iterator[Failure]:
    """A quote or a value is not denied by the words that bring it in."""
    for placed in said.placed:
        if not placed.value or placed.fact is None or placed.fact.kind == "score":
            continue
        if word := _denial(placed):
            yield Failure(Check.DENIAL, "denied", placed.fact.id, word)


def _denial(placed: Placed) -> str:
    return denial.denies(placed.clause, placed.tail)


CHECKS: tuple[Checker, ...] = (quotes, shown, sources, people, denied)
