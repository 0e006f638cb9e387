"""Claims against the case file: deterministic checks, each failure a finding.

A claim is written in a controlled language (`clauses`), so that each of its clauses means one
thing; the checks hold that meaning, the quotes and the facts cited to the case file. A number
that is published comes from a slot. Whether a true statement is wise they do not judge.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from features.language import Language
from risk.casefile import CaseFile
from risk.reasoning.checks import contradiction, documents, missing, score, text
from risk.reasoning.checks.said import Failure, Said, of_claim, of_question
from risk.reasoning.claims import Answer, Claim, ClaimKind
from risk.reasoning.findings import Check, Finding

_WORDS_SHOWN = 40
_CHECKS = (
    *text.CHECKS,
    *score.CHECKS,
    *documents.CHECKS,
    *contradiction.CHECKS,
    *missing.CHECKS,
)


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
        failures = _failures(of_claim(claim, case, language))
        found += [_finding(failure, claim=number) for failure in failures]
    for number, question in enumerate(answer.questions):
        failures = _failures(of_question(question, case, language))
        found += [_finding(failure, question=number) for failure in failures]
    found += [_finding(failure, claim=at) for at, failure in _whole(answer.claims)]
    return tuple(sorted(found, key=lambda f: (f.claim is None, f.claim or 0, f.question or 0)))


def _failures(said: Said) -> Iterable[Failure]:
    """What fails in one text, in the order of the checks; the same failure once."""
    return dict.fromkeys(failure for check in _CHECKS for failure in check(said))


def _finding(failure: Failure, *, claim: int | None = None, question: int | None = None) -> Finding:
    return Finding(
        check=failure.check, detail=failure.detail, claim=claim, question=question,
        fact=failure.fact[:_WORDS_SHOWN], words=failure.words[:_WORDS_SHOWN],
    )  # fmt: skip


def _whole(claims: Sequence[Claim]) -> Iterator[tuple[int, Failure]]:
    """What shows only in the whole answer: repetition, opposites, a second strongest case."""
    seen: set[tuple[object, ...]] = set()
    sides: dict[tuple[object, ...], set[str]] = defaultdict(set)
    counters = 0
    for at, claim in enumerate(claims):
        said = ("".join(claim.sentence.split()).rstrip(".。").lower(), claim.quotes)
        side = sides[claim.kind, frozenset(claim.facts), claim.quotes]
        side.add(claim.direction)
        counters += claim.kind is ClaimKind.COUNTER
        if said in seen:
            yield at, Failure(Check.FORM, "repeated", "", claim.sentence)
        seen.add(said)
        if side >= {"raises", "lowers"}:
            yield at, Failure(Check.DIRECTION, "opposed")
        if claim.kind is ClaimKind.COUNTER and counters > 1:
            yield at, Failure(Check.FORM, "second-counter")
