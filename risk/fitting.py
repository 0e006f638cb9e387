"""Long case files fitted to a model's context by rule; what was left out is a fact of the file.

Only sentences of documents are left out. Their texts stay whole in the file, so that offsets hold,
and so do findings on them. Nothing is summarised.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from features.language import LANGUAGES, Language, Text, catalogue
from risk.casefile import CaseFile, Fact
from risk.reasoning.prompt import told
from risk.relevance import relevance
from risk.tokens import tokens, weight, weight_of

_TRIES = 4


def fit(case: CaseFile, room_tokens: int, language: Language) -> CaseFile:
    """The case as far as it has room in a prompt.

    Every document first gets an equal share of the room, for its first sentence and then for
    those that bear most on repayment, so that a long one cannot crowd out a short one. What is
    left of the room goes to the most relevant sentences of all. Among equals the earlier stands
    first; a suspected instruction is relevant to nothing. Kept sentences stay in reading order
    under their own ids.

    Args:
        case: The case file.
        room_tokens: Tokens that the case may take, as `risk.tokens` estimates them; the words of
            the prompt around it are not counted here.
        language: The language it is told in.

    Returns:
        The case itself where it fits. Else a file with fewer sentences and one more fact of kind
        `omitted` for every document that lost some. Where not even the other facts have room, a
        file without sentences, which a back end turns away as too long.
    """
    if tokens(told(case, language)) <= room_tokens:
        return case
    candidates = _Candidates(case, language)
    budget = weight_of(room_tokens) - weight(told(_with(case, ()), language))
    for _ in range(_TRIES):
        fitted = _with(case, _chosen(candidates, budget))
        over = weight(told(fitted, language)) - weight_of(room_tokens)
        if over <= 0:
            return fitted
        budget -= over
    return _with(case, ())


class _Sentence:
    """A sentence that may be kept: what it costs, and how soon it is taken."""

    __slots__ = ("cost", "document", "first", "id", "rank")

    def __init__(self, fact: Fact, place: int, *, first: bool) -> None:
        self.id, self.document, self.first = fact.id, fact.document, first
        self.cost = weight(f"{fact.id}: {fact.value}\n")
        self.rank = (0 if fact.suspect else -relevance(str(fact.value)), place)


class _Candidates:
    """The sentences of each document, and what telling of a document costs beside them."""

    def __init__(self, case: CaseFile, language: Language) -> None:
        self.documents: dict[str, list[_Sentence]] = {}
        self.heads: dict[str, int] = {}
        for place, fact in enumerate(case.of_kind("document")):
            first = fact.document not in self.documents
            sentence = _Sentence(fact, place, first=first)
            self.documents.setdefault(fact.document, []).append(sentence)
            if first:
                self.heads[fact.document] = _head(fact, sentence.cost, case, language)


def _head(fact: Fact, cost: int, case: CaseFile, language: Language) -> int:
    """What it costs to open the document of a sentence, line ends included."""
    alone = case.model_copy(update={"facts": (fact,), "documents": {}, "findings": ()})
    return max(weight(told(alone, language) + "\n\n") - cost, 0)


def _chosen(candidates: _Candidates, budget: int) -> frozenset[str]:
    """Ids of the sentences to keep."""
    kept: dict[str, _Sentence] = {}
    documents, heads = candidates.documents, candidates.heads
    share = max(budget, 0) // max(len(documents), 1)
    for name, sentences in documents.items():
        own = sorted(sentences, key=lambda sentence: (not sentence.first, sentence.rank))
        budget -= _take(own, share, {name: heads[name]}, kept)
    rest = (s for each in documents.values() for s in each if s.id not in kept)
    unopened = {name: heads[name] for name in documents if name not in _documents(kept)}
    _take(sorted(rest, key=lambda sentence: sentence.rank), budget, unopened, kept)
    return frozenset(kept)


def _take(
    sentences: Sequence[_Sentence], room: int, heads: dict[str, int], kept: dict[str, _Sentence]
) -> int:
    """Keep sentences in order as far as there is room; the first of a document brings its head."""
    used = 0
    for sentence in sentences:
        cost = sentence.cost + heads.get(sentence.document, 0)
        if used + cost <= room:
            used += cost
            heads.pop(sentence.document, None)
            kept[sentence.id] = sentence
    return used


def _documents(kept: Mapping[str, _Sentence]) -> set[str]:
    return {sentence.document for sentence in kept.values()}


def _with(case: CaseFile, chosen: Collection[str]) -> CaseFile:
    """The case with the chosen sentences only, and what was left out of each document."""
    facts = [
        fact
        for fact in case.facts
        if fact.id in chosen or (fact.kind != "document" and not _left_out_for_length(fact))
    ]
    return case.model_copy(update={"facts": (*facts, *_omissions(case, chosen))})


def _omissions(case: CaseFile, chosen: Collection[str]) -> Iterator[Fact]:
    """A fact for each document that lost sentences, now or when it was fitted before."""
    before = {fact.field: fact for fact in case.facts if _left_out_for_length(fact)}
    labels = {fact.field: fact.label for fact in (*before.values(), *case.of_kind("document"))}
    left = Counter({name: int(float(fact.value or 0)) for name, fact in before.items()})
    total = Counter(left)
    for fact in case.of_kind("document"):
        total[fact.document] += 1
        left[fact.document] += fact.id not in chosen
    number = max((int(fact.id.removeprefix("F")) for fact in case.facts), default=0)
    for name, label in labels.items():
        if left[name]:
            number += name not in before
            fact_id = before[name].id if name in before else f"F{number}"
            yield _omitted(fact_id, name, label, left[name], total[name])


def _left_out_for_length(fact: Fact) -> bool:
    """Other omitted facts, of papers that could not be read, have no number."""
    return fact.kind == "omitted" and fact.value is not None


def _omitted(fact_id: str, name: str, label: Text, left: int, total: int) -> Fact:
    said = {
        language: catalogue("risk").text(language, "fit.left-out", left=left, total=total)
        for language in LANGUAGES
    }
    return Fact(
        id=fact_id, kind="omitted", field=name, label=label, value=float(left),
        display=Text(**said),
    )  # fmt: skip
