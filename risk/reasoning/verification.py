"""Claims against the case file: deterministic checks, each failure a finding.

A number that is published comes from a slot, so the checks keep everything else that states a
number out of the text, and hold direction, rank, quotes and references to the facts. Whether a
true statement is wise they do not judge.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from features.language import Language
from risk.casefile import CaseFile, Fact
from risk.reasoning import lexicon, slots
from risk.reasoning.claims import Answer, Claim, ClaimKind, Quote
from risk.reasoning.findings import Check, Finding
from risk.redaction import SURROGATE, fold

MAX_SENTENCE = {"zh": 160, "en": 60}
_NEEDS = {
    ClaimKind.SCORE_DRIVER: "score",
    ClaimKind.DOCUMENT: "document",
    ClaimKind.ASSOCIATION: "association",
}
_WORDS_SHOWN = 40
_LITERAL = re.compile('[“「『"]([^”」』"]*)[”」』"]')

Failure = tuple[Check, str, str, str]  # check, detail, fact, words


def verify(answer: Answer, case: CaseFile, language: Language) -> tuple[Finding, ...]:
    """Check an answer against its case file.

    Args:
        answer: The answer as parsed.
        case: The case it was asked about.
        language: The language it was asked in.

    Returns:
        What was found wrong, by claim and then by question; nothing where all checks hold.
    """
    found: list[Finding] = []
    for number, claim in enumerate(answer.claims):
        found += [_finding(failure, claim=number) for failure in _claim(claim, case, language)]
    for number, question in enumerate(answer.questions):
        failures = _text(question, tuple(case.by_id), (), case, language)
        found += [_finding(failure, question=number) for failure in failures]
    found += [_finding(failure, claim=at) for at, failure in _whole(answer.claims)]
    return tuple(sorted(found, key=lambda f: (f.claim is None, f.claim or 0, f.question or 0)))


def _finding(failure: Failure, *, claim: int | None = None, question: int | None = None) -> Finding:
    check, detail, fact, words = failure
    return Finding(
        check=check, detail=detail, claim=claim, question=question,
        fact=fact[:_WORDS_SHOWN], words=words[:_WORDS_SHOWN],
    )  # fmt: skip


def _claim(claim: Claim, case: CaseFile, language: Language) -> Iterator[Failure]:
    facts = [case.by_id[name] for name in claim.facts if name in case.by_id]
    yield from _ids(claim, facts, case)
    yield from _text(claim.sentence, claim.facts, claim.quotes, case, language)
    for check in _CLAIM_CHECKS:
        yield from check(claim, facts, case)


def _whole(claims: Sequence[Claim]) -> Iterator[tuple[int, Failure]]:
    """What shows only in the whole answer: repetition, and more than one strongest case."""
    seen: Counter[str] = Counter()
    counters = 0
    for at, claim in enumerate(claims):
        seen[claim.sentence] += 1
        counters += claim.kind is ClaimKind.COUNTER
        if seen[claim.sentence] > 1:
            yield at, (Check.FORM, "repeated", "", claim.sentence)
        if claim.kind is ClaimKind.COUNTER and counters > 1:
            yield at, (Check.FORM, "second-counter", "", "")


def _ids(claim: Claim, facts: Sequence[Fact], case: CaseFile) -> Iterator[Failure]:
    for name in claim.facts:
        if name not in case.by_id:
            yield Check.IDS, "unknown", name, ""
    if len(set(claim.facts)) < len(claim.facts):
        yield Check.IDS, "twice", "", ""
    if not claim.facts and claim.kind is not ClaimKind.MISSING_INFORMATION:
        yield Check.IDS, "none", "", ""
    needed = _NEEDS.get(claim.kind)
    if needed and not any(fact.kind == needed for fact in facts):
        yield Check.IDS, f"needs-{needed}", "", ""


def _text(
    sentence: str,
    ids: Sequence[str],
    quotes: Sequence[Quote],
    case: CaseFile,
    language: Language,
) -> Iterator[Failure]:
    """The checks that hold for every text of an answer."""
    yield from _slots(sentence, ids, quotes, case, language)
    if unit := lexicon.stray_unit(sentence):
        yield Check.UNIT, "beside-slot", "", unit
    facts = [case.by_id[name] for name in ids if name in case.by_id]
    bare = _bare(sentence, facts, case)
    if stray := lexicon.numbers(bare):
        yield Check.DIGITS, "stray", "", stray
    for surrogate in SURROGATE.findall(sentence):
        if not any(surrogate in text for text in case.documents.values()):
            yield Check.QUOTE, "unknown-person", "", surrogate
    brought = (*(quote.text for quote in quotes), *_whole_sentences(sentence, case))
    said = "\n".join((slots.without(sentence), *brought))
    allowed = (fact.label for fact in case.of_kind("form", "score"))
    if word := lexicon.protected(said, case.protected, allowed):
        yield Check.PROTECTED, "named", "", word
    if not lexicon.in_language(_LITERAL.sub(" ", bare), language):
        yield Check.LANGUAGE, "other", "", ""
    if lexicon.length(slots.without(sentence, ""), language) > MAX_SENTENCE[language]:
        yield Check.LENGTH, "too-long", "", ""
    if not sentence.strip():
        yield Check.LENGTH, "empty", "", ""


def _bare(sentence: str, facts: Sequence[Fact], case: CaseFile) -> str:
    """The claim's own words: without slots, surrogates, and the labels of its facts."""
    bare = SURROGATE.sub(" ", slots.without(sentence))
    labels = {said for fact in facts for said in (fact.label.zh, fact.label.en)}
    # A label such as "30-59 days late" states no value; the longest goes first.
    for label in sorted((said for said in labels if said in bare), key=len, reverse=True):
        bare = bare.replace(label, " ")
    return bare


def _whole_sentences(sentence: str, case: CaseFile) -> Iterator[str]:
    """Document sentences that a slot brings into the text whole."""
    for match in slots.SLOT.finditer(sentence):
        slot = slots.read(match[1])
        fact = case.by_id.get(slot.fact) if slot and not slot.part else None
        if fact is not None and fact.kind == "document":
            yield fact.display.zh


def _slots(
    sentence: str,
    ids: Sequence[str],
    quotes: Sequence[Quote],
    case: CaseFile,
    language: Language,
) -> Iterator[Failure]:
    for match in slots.SLOT.finditer(sentence):
        slot = slots.read(match[1])
        if slot is None:
            yield Check.SLOTS, "no-slot", "", match[0]
        elif slot.fact and slot.fact not in ids:
            yield Check.SLOTS, "not-in-facts", slot.fact, ""
        elif slots.resolve(slot, case, quotes, language) is None:
            yield Check.SLOTS, "unresolved", slot.fact, match[0]
    if "{" in (rest := slots.without(sentence)) or "}" in rest:
        yield Check.SLOTS, "braces", "", ""


def _direction(claim: Claim, facts: Sequence[Fact], case: CaseFile) -> Iterator[Failure]:
    for fact in facts:
        if fact.kind == "score" and fact.direction != claim.direction:
            yield Check.DIRECTION, "against-score", fact.id, ""
    said = lexicon.moves_risk(slots.without(claim.sentence))
    if said and claim.direction not in said:
        yield Check.DIRECTION, "words", "", ""


def _rank(claim: Claim, facts: Sequence[Fact], case: CaseFile) -> Iterator[Failure]:
    ranks = [fact.rank for fact in facts if fact.kind == "score" and fact.rank]
    if not ranks:
        return
    side = {fact.direction for fact in facts if fact.kind == "score"}
    last = max(f.rank or 0 for f in case.of_kind("score") if f.direction in side)
    words = lexicon.rank_words(_bare(claim.sentence, facts, case))
    wrong = {
        "first": min(ranks) != 1,
        "last": max(ranks) != last,
        "later": max(ranks) == 1,
    }
    for place, word in words.items():
        if wrong[place]:
            yield Check.RANK, "against-order", "", word


def _level(claim: Claim, facts: Sequence[Fact], case: CaseFile) -> Iterator[Failure]:
    standings = [(f.below, f.above) for f in facts if f.below is not None and f.above is not None]
    words = lexicon.level_words(_bare(claim.sentence, facts, case))
    if "high" in words and standings and all(above >= 50 for _, above in standings):
        yield Check.LEVEL, "not-high", "", words["high"]
    if "low" in words and standings and all(below >= 50 for below, _ in standings):
        yield Check.LEVEL, "not-low", "", words["low"]
    for larger, smaller, said in lexicon.comparisons(claim.sentence):
        a, b = (getattr(case.by_id.get(name), "value", None) for name in (larger, smaller))
        if isinstance(a, float) and isinstance(b, float) and not a > b:
            yield Check.LEVEL, "comparison", "", said


def _feature(claim: Claim, facts: Sequence[Fact], case: CaseFile) -> Iterator[Failure]:
    """A claim on the score speaks of the fields behind the reason codes it cites, and no other."""
    codes = {fact.code for fact in facts if fact.kind == "score"}
    if not codes:
        return
    for fact in facts:
        if fact.kind == "form" and fact.code not in codes:
            yield Check.FEATURE, "other-field", fact.id, ""
    bare = _bare(claim.sentence, facts, case)
    own = " ".join(f"{f.label.zh} {f.label.en}" for f in case.facts if f.code in codes).lower()
    for fact in case.of_kind("form", "score"):
        for label in {fact.label.zh, fact.label.en}:
            foreign = fact.code not in codes and len(label) > 1 and label.lower() not in own
            if foreign and lexicon.mentions(bare, label):
                yield Check.FEATURE, "other-label", fact.id, label


def _quotes(claim: Claim, facts: Sequence[Fact], case: CaseFile) -> Iterator[Failure]:
    cited = [fact for fact in facts if fact.kind == "document"]
    for quote in claim.quotes:
        source = next((fact for fact in cited if fact.id == quote.fact), None)
        if source is None:
            yield Check.QUOTE, "no-such-source", quote.fact, ""
        elif len(quote.text.strip()) < 2 or quote.text not in _passage(source, case):
            yield Check.QUOTE, "not-in-document", quote.fact, quote.text
    labels = {said for fact in facts for said in (fact.label.zh, fact.label.en)}
    for match in _LITERAL.finditer(claim.sentence):
        words = match[1]
        known = words in labels or slots.SLOT.fullmatch(words)
        if not known and not any(words in _passage(fact, case) for fact in cited):
            yield Check.QUOTE, "not-in-document", "", words


def _passage(fact: Fact, case: CaseFile) -> str:
    return case.documents.get(fact.document, "")[fact.start : fact.end]


def _contradiction(claim: Claim, facts: Sequence[Fact], case: CaseFile) -> Iterator[Failure]:
    if claim.kind is not ClaimKind.CONTRADICTION:
        return
    quoted = {quote.fact for quote in claim.quotes}
    sides: list[Fact | str] = [quote.text for quote in claim.quotes]
    for fact in facts:
        if fact.kind == "document" and fact.id not in quoted:
            yield Check.CONTRADICTION, "unquoted-side", fact.id, ""
        elif fact.kind == "form" and fact.value is None:
            yield Check.CONTRADICTION, "side-is-missing", fact.id, ""
        elif fact.kind != "document":
            sides.append(fact)
    if len(sides) < 2:
        yield Check.CONTRADICTION, "one-side", "", ""
    for i, one in enumerate(sides):
        if any(_agree(one, other) for other in sides[i + 1 :]):
            yield Check.CONTRADICTION, "sides-agree", "", ""
            return


_CLAIM_CHECKS: tuple[Callable[[Claim, Sequence[Fact], CaseFile], Iterator[Failure]], ...] = (
    _direction,
    _rank,
    _level,
    _feature,
    _quotes,
    _contradiction,
)


def _agree(one: Fact | str, other: Fact | str) -> bool:
    """Whether two sides of a contradiction say the same."""
    if isinstance(one, Fact) and isinstance(other, Fact):
        return one.field == other.field
    if isinstance(one, str) and isinstance(other, str):
        return _plain(one) == _plain(other)
    fact, text = (one, other) if isinstance(one, Fact) else (other, one)
    if not isinstance(fact, Fact) or not isinstance(text, str):
        return False
    if isinstance(fact.value, float):
        return any(abs(fact.value - number) <= 1e-9 * abs(number) for number in _amounts(text))
    said = {_plain(fact.display.zh), _plain(fact.display.en), _plain(str(fact.value))} - {""}
    return any(each in _plain(text) for each in said)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", fold(text)).lower()


_AMOUNT = re.compile(r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*(万|千|亿|k\b|million\b)?")
_TIMES = {"万": 1e4, "千": 1e3, "亿": 1e8, "k": 1e3, "million": 1e6}


def _amounts(text: str) -> Iterator[float]:
    """The numbers in a text, in units."""
    for match in _AMOUNT.finditer(fold(text)):
        yield float(match[1].replace(",", "")) * _TIMES.get(match[2] or "", 1.0)
