"""The case file: all that may be said about one application, as numbered facts.

It holds neither the PD nor the recommendation, so that an opinion on it is no echo of them, and
no value of a protected field; what a document says of one stays, and no claim may repeat it
(`risk.reasoning.verification`). Its documents are cleaned and redacted before they enter; all
offsets refer to the texts kept in the file and not to the originals.
"""

import hashlib
import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from features.dictionary import DataDictionary, Field, Role
from features.documents import sentences
from features.encoding import FloatArray, encode
from features.language import LANGUAGES, Text, catalogue
from risk.decision import Reason, Score
from risk.display import shown
from risk.instructions import neutralise, suspected_places
from risk.papers import Admitted, Paper, admit
from risk.reasoning.findings import Check, Finding
from risk.reasons import wording
from risk.redaction import Redactor

FactKind = Literal["form", "score", "association", "document", "omitted"]


class Fact(BaseModel):
    """One numbered fact of a case.

    Attributes:
        id: `F1`, `F2`, ... in the order of the file.
        kind: Where it comes from.
        field: The column; for a score fact the field that leads its code.
        code: The reason code a form or score fact belongs to: its group, or its own field.
        label: What people call it.
        value: The value itself: a number, text or ISO date, or None where it is missing. For
            a score fact its contribution stays out; for a document fact it is the sentence.
        display: The value as people read it, with its unit.
        below: Percent of development applicants with a smaller value, where there is one.
        above: Percent of development applicants with a larger value.
        direction: Score facts: what it does to the risk.
        rank: Score facts: 1 for the largest of its direction.
        document: Document facts: the field of the document.
        start: Document facts: offset of the first character in `CaseFile.documents`.
        end: Document facts: offset just past the last character.
        suspect: Document and omitted facts: seems to give orders to its reader.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: FactKind
    field: str
    label: Text
    code: str = ""
    value: float | str | None = None
    display: Text
    below: float | None = None
    above: float | None = None
    direction: Literal["raises", "lowers", ""] = ""
    rank: int | None = None
    document: str = ""
    start: int | None = None
    end: int | None = None
    suspect: bool = False

    @property
    def percentile(self) -> float | None:
        """Standing among development applicants, in [0, 100]; those with the same value halved."""
        if self.below is None or self.above is None:
            return None
        return (self.below + 100 - self.above) / 2


class CaseFile(BaseModel):
    """The facts of one case and the documents they quote.

    Attributes:
        application_id: The application.
        facts: Form, score, association and document facts, and what was omitted, numbered in
            this order.
        documents: Cleaned and redacted text of each document by field, of a paper by its name;
            offsets refer to it.
        findings: What speaks against its documents, such as suspected instructions.
        protected: Names of protected attributes, which no claim may use; never their values.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    application_id: str
    facts: tuple[Fact, ...]
    documents: dict[str, str]
    findings: tuple[Finding, ...] = ()
    protected: tuple[Text, ...] = ()

    def model_copy(
        self, *, update: Mapping[str, object] | None = None, deep: bool = False
    ) -> "CaseFile":
        """A file with other contents; pydantic's own would keep the old digest and index."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate({**fields, **(update or {})})

    @cached_property
    def by_id(self) -> Mapping[str, Fact]:
        """The facts by their ids."""
        return {fact.id: fact for fact in self.facts}

    def of_kind(self, *kinds: FactKind) -> tuple[Fact, ...]:
        """Facts of the kinds, in order."""
        return tuple(fact for fact in self.facts if fact.kind in kinds)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything in the file."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Association(NamedTuple):
    """A tie to other applications, ready to become a fact.

    Attributes:
        field: The column the tie runs through.
        label: What the tie is called.
        value: How strong it is, as a number or text.
        display: The same as people read it; redacted here.
    """

    field: str
    label: Text
    value: float | str
    display: Text


def build(
    row: pd.Series,
    score: Score,
    model_quantiles: FloatArray,
    dictionary: DataDictionary,
    associations: Sequence[Association] = (),
    papers: Sequence[Paper] = (),
) -> CaseFile:
    """Collect the facts of one application.

    Args:
        row: Its row of the accepted frame, documents included.
        score: Its score; only reasons and protective contributions are read.
        model_quantiles: Quantiles 0, 1, ..., 100 % of each feature at development, in matrix
            units, shape (p, 101).
        dictionary: The model's dictionary.
        associations: Its ties to other applications.
        papers: Its papers that are no columns of the table.

    Returns:
        The file; building it twice gives the same file.

    Raises:
        DataError: The row lacks a column that the model needs.
    """
    values = {str(name): _plain(value) for name, value in row.items()}
    redactor = Redactor(values, dictionary)
    documents = _documents(values, dictionary, redactor)
    admitted = tuple(admit(papers, redactor, {field.name for field in dictionary.fields}))
    labels = {field.name: field.label for field in dictionary.with_role(Role.DOCUMENT)}
    labels |= {paper.key: paper.label for paper in admitted}
    documents |= {paper.key: paper.text for paper in admitted if paper.text}
    misnamed = {paper.key for paper in admitted if paper.suspect}
    matrix = encode(pd.DataFrame({name: [value] for name, value in values.items()}), dictionary)[0]
    encoded = dict(zip((f.name for f in dictionary.features), matrix.tolist(), strict=True))
    quantiles = dict(zip(encoded, model_quantiles, strict=True))
    drafts = [
        *_form(values, encoded, quantiles, dictionary),
        *_score(score, encoded, dictionary),
        *_associations(associations, redactor),
        *_marked(_sentences(documents, labels), misnamed),
        *_left_out(admitted),
    ]
    facts = tuple(fact.model_copy(update={"id": f"F{n}"}) for n, fact in enumerate(drafts, 1))
    return CaseFile(
        application_id=score.application_id,
        facts=facts,
        documents=documents,
        findings=tuple(
            Finding(check=Check.INSTRUCTION, detail="suspected", fact=fact.id)
            for fact in facts
            if fact.suspect
        ),
        protected=tuple(field.label for field in dictionary.protected),
    )


def _form(
    values: Mapping[str, float | str | date | None],
    encoded: Mapping[str, float],
    quantiles: Mapping[str, FloatArray],
    dictionary: DataDictionary,
) -> Iterator[Fact]:
    """The application date, the features, and the parts of derived ones; nothing personal."""
    parts = {name for f in dictionary.features if f.formula for name in f.formula.of}
    for field in dictionary.fields:
        used = field.role in (Role.FEATURE, Role.DATE) or field.name in parts
        if not used or field.personal:
            continue
        value = values.get(field.name)
        if field.formula:
            value = None if math.isnan(encoded[field.name]) else encoded[field.name]
        below, above = None, None
        if field.numeric and field.name in encoded:
            below, above = _standing(encoded[field.name], quantiles[field.name])
        yield _draft(
            "form", field, shown(field, value), value=_stored(value), below=below, above=above,
            code=field.group or field.name,
        )  # fmt: skip


def _standing(value: float, quantiles: FloatArray) -> tuple[float | None, float | None]:
    """Percent below and above; what a hundred quantiles cannot tell counts on neither side."""
    known = quantiles[~np.isnan(quantiles)]
    if np.isnan(value) or len(known) < 2:
        return None, None
    step = 100 / (len(known) - 1)
    below = (int(np.searchsorted(known, value, "left")) - 1) * step
    above = (len(known) - 1 - int(np.searchsorted(known, value, "right"))) * step
    return min(max(below, 0.0), 100.0), min(max(above, 0.0), 100.0)


def _score(
    score: Score, encoded: Mapping[str, float], dictionary: DataDictionary
) -> Iterator[Fact]:
    """What drove the score; a reason names a feature, and protected fields are never features."""
    for reason in (*score.reasons, *score.protective):
        if reason.contribution != 0:
            yield _reason(reason, math.isnan(encoded[reason.field]), dictionary)


def _reason(reason: Reason, missing: bool, dictionary: DataDictionary) -> Fact:
    field = dictionary[reason.field]
    grouped = reason.code in dictionary.groups
    label = dictionary.groups[reason.code].label if grouped else field.label
    raises = reason.contribution > 0
    said = {
        # The dictionary words a reason as adverse: "income is low" would be wrong when it helps.
        language: wording(reason.code, reason.field, dictionary, language, missing=missing)
        if raises
        else catalogue("risk").text(language, "case.lowers", label=label.in_(language))
        for language in LANGUAGES
    }
    return _draft(
        "score", field, Text.model_validate(said), code=reason.code, rank=reason.rank,
        direction="raises" if raises else "lowers",
    ).model_copy(update={"label": label})  # fmt: skip


def _associations(associations: Sequence[Association], redactor: Redactor) -> Iterator[Fact]:
    for tie in associations:
        display = Text(zh=redactor.text(tie.display.zh), en=redactor.text(tie.display.en))
        value = redactor.text(tie.value) if isinstance(tie.value, str) else tie.value
        yield Fact(
            id="F0", kind="association", field=tie.field, label=tie.label, value=value,
            display=display,
        )  # fmt: skip


def _documents(
    values: Mapping[str, object], dictionary: DataDictionary, redactor: Redactor
) -> dict[str, str]:
    return {
        field.name: redactor.text(neutralise(text))
        for field in dictionary.with_role(Role.DOCUMENT)
        if isinstance(text := values.get(field.name), str) and text.strip()
    }


def _sentences(documents: Mapping[str, str], labels: Mapping[str, Text]) -> Iterator[Fact]:
    for name, text in documents.items():
        cut = sentences(name, text)
        ordering = _touched([(s.start, s.end) for s in cut], suspected_places(text))
        for number, sentence in enumerate(cut):
            yield Fact(
                id="F0", kind="document", field=name, label=labels[name],
                value=sentence.text, display=Text(zh=sentence.text, en=sentence.text),
                document=name, start=sentence.start, end=sentence.end,
                suspect=number in ordering,
            )  # fmt: skip


def _marked(sentences: Iterable[Fact], misnamed: Collection[str]) -> Iterator[Fact]:
    """A document whose very name gives orders has its first sentence marked for a person."""
    seen: set[str] = set()
    for fact in sentences:
        first = fact.document in misnamed and fact.document not in seen
        seen.add(fact.document)
        yield fact.model_copy(update={"suspect": True}) if first else fact


def _left_out(papers: Iterable[Admitted]) -> Iterator[Fact]:
    """What of the papers is not in the file is a fact too."""
    for paper in papers:
        if paper.missing is not None:
            yield Fact(
                id="F0", kind="omitted", field=paper.key, label=paper.label, display=paper.missing,
                suspect=paper.suspect and not paper.text,
            )  # fmt: skip


def _touched(pieces: Sequence[tuple[int, int]], places: Sequence[tuple[int, int]]) -> set[int]:
    """Numbers of the pieces, in order and without overlap, that one of the places touches."""
    found: set[int] = set()
    ends = [end for _, end in pieces]
    for start, end in places:
        first = bisect_right(ends, start)
        found.update(range(first, max(first + 1, bisect_left(pieces, (end,)))))
    return found & set(range(len(pieces)))


def _draft(kind: FactKind, field: Field, display: Text, **more: object) -> Fact:
    """A fact that has no number yet."""
    given = {"id": "F0", "kind": kind, "field": field.name, "label": field.label}
    return Fact.model_validate({**given, "display": display, **more})


def _plain(value: object) -> float | str | date | None:
    """A cell as a plain Python value; None where it is missing."""
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp | date):
        return pd.Timestamp(value).to_pydatetime()
    if isinstance(value, int | float | np.integer | np.floating):
        return float(value)
    return None if value is pd.NA else str(value)


def _stored(value: float | str | date | None) -> float | str | None:
    return value.isoformat()[:10] if isinstance(value, date) else value
