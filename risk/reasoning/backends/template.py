"""The embedded back end: the same case file always gives the same claims, with no model behind.

It tells what drove the score, what speaks against it, where form and documents differ by rule,
what the documents say on the matter, what is shared with earlier applications, and what is missing.
It weighs nothing and has no opinion.
"""

from collections.abc import Iterable, Iterator, Sequence

from features.language import Language, catalogue
from risk.casefile import CaseFile, Fact
from risk.display import called_by_name
from risk.reasoning.backends.base import Answered, Outcome, Request
from risk.reasoning.claims import Answer, Claim, ClaimKind, NoOpinion, Quote
from risk.reasoning.lexicon import attributes, writing
from risk.relevance import topics
from risk.tied import names_another

VERSION = "template/5"
_DRIVERS = 3
_CONTRADICTIONS = 2
_DOCUMENTS = 2
_ASSOCIATIONS = 2
_MISSING = 3
_LONGEST_QUOTE = {"zh": 48, "en": 28}
_SHORTEST_QUOTE = 4


class TemplateBackend:
    """Answers every request at once, from the case file alone."""

    name = "template"
    identity = VERSION

    def answer(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Outcome]]:
        """Answer each request at once; none fails."""
        for request in filter(None, requests):
            text = compose(request.case, request.language).model_dump_json()
            yield request, Answered(text=text, model=VERSION)


def compose(case: CaseFile, language: Language) -> Answer:
    """The template's answer on a case; it passes every check of `verification.verify`."""
    scored = case.of_kind("score")
    raising = [fact for fact in scored if fact.direction == "raises"]
    lowering = [fact for fact in scored if fact.direction == "lowers"]
    drivers = (raising or lowering)[:_DRIVERS]
    claims = [_driver(fact, case, language) for fact in drivers]
    if raising and lowering:
        claims.append(_counter(lowering[0], case, language))
    claims += [_contradiction(fact, language) for fact in _differing(case)]
    claims += [_document(fact, language) for fact in _told(case, language)]
    ties = [fact for fact in case.of_kind("association") if not names_another(fact.field)]
    claims += [_association(fact, language) for fact in ties[:_ASSOCIATIONS]]
    missing = [f for f in case.of_kind("form") if f.value is None][:_MISSING]
    if missing:
        claims.append(_missing(missing, language))
    return Answer(
        claims=tuple(claims),
        questions=tuple(_questions(drivers, missing, case, language)),
        opinion=NoOpinion(no_opinion="template"),
    )


def _driver(score: Fact, case: CaseFile, language: Language) -> Claim:
    place = "first" if score.rank == 1 else "next"
    return _on_score(ClaimKind.SCORE_DRIVER, score, case, language, place)


def _counter(score: Fact, case: CaseFile, language: Language) -> Claim:
    return _on_score(ClaimKind.COUNTER, score, case, language)


def _on_score(
    kind: ClaimKind, score: Fact, case: CaseFile, language: Language, place: str = ""
) -> Claim:
    """A sentence on a score fact, with what the form says about it.

    A missing value that is the whole factor is told in one clause, and not under its own name.
    """
    form = _form_of(score, case)
    unknown = form is not None and form.value is None and form.label == score.label
    manner = "unknown" if unknown else "driver"
    ids = {"score": score.id} if form is None else {"score": score.id, "form": form.id}
    sentence = _say(language, f"{manner}.{score.direction}", **ids)
    if place:
        sentence += _say(language, f"{manner}.{place}", **ids)
    if form is not None and not unknown:
        sentence += _say(language, f"value.{_manner(form)}", form=form.id)
    if kind is ClaimKind.COUNTER:
        sentence = _say(language, "counter", said=sentence)
    return Claim(
        kind=kind,
        direction="raises" if score.direction == "raises" else "lowers",
        facts=tuple(ids.values()),
        sentence=sentence + _say(language, "stop"),
    )


def _manner(form: Fact) -> str:
    """Which wording suits a value: missing, with its standing, or alone."""
    if form.value is None:
        return "missing"
    return "named.standing" if form.below is not None else "named"


def _form_of(score: Fact, case: CaseFile) -> Fact | None:
    return next((f for f in case.of_kind("form") if f.field == score.field), None)


def _differing(case: CaseFile) -> list[Fact]:
    """The first contradictions that the file states, as far as a claim may repeat their words."""
    labels = [fact.label for fact in case.of_kind("form", "score")]
    stated = case.of_kind("contradiction")
    told = [f for f in stated if not attributes.protected(f.display.zh, case.protected, labels)]
    return told[:_CONTRADICTIONS]


def _contradiction(fact: Fact, language: Language) -> Claim:
    return Claim(
        kind=ClaimKind.CONTRADICTION,
        direction="neutral",
        facts=(fact.id,),
        sentence=_say(language, "contradiction", contradiction=fact.id),
    )


def _told(case: CaseFile, language: Language) -> list[Fact]:
    """The document sentences that bear most on repayment, in reading order."""
    labels = [fact.label for fact in case.of_kind("form", "score")]
    quoted = _differing(case)
    rated: list[tuple[int, int, Fact]] = []
    for fact in case.of_kind("document"):
        text = _quotable(fact)
        weight = topics(text)
        size = writing.length(text, language)
        fits = len(text) >= _SHORTEST_QUOTE and size <= _LONGEST_QUOTE[language]
        if fact.suspect or not weight or not fits or _quoted(fact, quoted):
            continue
        if not attributes.protected(text, case.protected, labels):
            rated.append((-weight, len(rated), fact))
    return sorted((fact for *_, fact in sorted(rated)[:_DOCUMENTS]), key=_number)


def _quoted(sentence: Fact, contradictions: Sequence[Fact]) -> bool:
    """Whether a contradiction tells the sentence already."""
    place, start, end = sentence.document, sentence.start or 0, sentence.end or 0
    return any(
        each.document == place and start <= (each.start or 0) < end for each in contradictions
    )


def _number(fact: Fact) -> int:
    return int(fact.id.removeprefix("F"))


def _quotable(fact: Fact) -> str:
    """A document sentence without its closing mark."""
    return str(fact.value).rstrip("。．.；;！!，, ")


def _document(fact: Fact, language: Language) -> Claim:
    key = "document.named" if called_by_name(fact.label, fact.field) else "document"
    return Claim(
        kind=ClaimKind.DOCUMENT,
        direction="neutral",
        facts=(fact.id,),
        sentence=_say(language, key, document=fact.id),
        quotes=(Quote(fact=fact.id, text=_quotable(fact)),),
    )


def _association(fact: Fact, language: Language) -> Claim:
    return Claim(
        kind=ClaimKind.ASSOCIATION,
        direction="neutral",
        facts=(fact.id,),
        sentence=_say(language, "association", association=fact.id),
    )


def _missing(facts: Sequence[Fact], language: Language) -> Claim:
    labels = _say(language, "and").join(f"{{{fact.id}.label}}" for fact in facts)
    how_many = "one" if len(facts) == 1 else "more"
    return Claim(
        kind=ClaimKind.MISSING_INFORMATION,
        direction="neutral",
        facts=tuple(fact.id for fact in facts),
        sentence=_say(language, f"missing.{how_many}", labels=labels),
    )


def _questions(
    drivers: Sequence[Fact], missing: Sequence[Fact], case: CaseFile, language: Language
) -> Iterator[str]:
    for fact in missing:
        yield _say(language, "ask.missing", form=fact.id)
    top = _form_of(drivers[0], case) if drivers and drivers[0].direction == "raises" else None
    if top is not None and top.value is not None:
        yield _say(language, "ask.driver", form=top.id)


def _say(language: Language, key: str, **words: str) -> str:
    return catalogue("risk").text(language, f"template.{key}", **words)
