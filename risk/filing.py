"""From accepted applications to their case files: what enters them, and in which order.

Whatever can be done for a whole batch is done once for it; what is left for a case is its words
and its documents.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeVar

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary, Field, Role
from features.documents import sentences
from features.encoding import FloatArray, encode
from features.language import LANGUAGES, Text, catalogue
from risk.casefile import CaseFile, Fact, FactKind
from risk.contradictions import contradictions
from risk.decision import Reason, Score
from risk.display import shown
from risk.instructions import neutralise, suspected_places
from risk.named import named
from risk.papers import Admitted, Paper, admit
from risk.reasoning.findings import Check, Finding
from risk.redaction import Redactor
from risk.tied import Association, is_tie, tied
from risk.wording import wording

_T = TypeVar("_T")
_Value = float | str | date | None
_Standing = tuple[float | None, float | None]


class Filing:
    """Case files of one batch of applications.

    Args:
        accepted: Rows of the accepted frame of `features.intake.check`, documents included.
        model_quantiles: Quantiles 0, 1, ..., 100 % of each feature at development, in matrix
            units, shape (p, 101).
        dictionary: The model's dictionary, with p features.

    Raises:
        DataError: A column that the model needs is missing.
    """

    def __init__(
        self, accepted: pd.DataFrame, model_quantiles: FloatArray, dictionary: DataDictionary
    ) -> None:
        """Encode the batch and find where each value stands."""
        matrix = encode(accepted, dictionary)
        self._dictionary = dictionary
        self._values = {
            field.name: [_plain(value) for value in accepted[field.name]]
            for field in dictionary.fields
            if field.name in accepted.columns
        }
        self._encoded: dict[str, list[float]] = {}
        self._standings: dict[str, list[_Standing]] = {}
        for field, column, quantiles in zip(
            dictionary.features, matrix.T, model_quantiles, strict=True
        ):
            self._encoded[field.name] = column.tolist()
            if field.numeric:
                self._standings[field.name] = _standings(column, quantiles)

    def case(
        self,
        row: int,
        score: Score,
        associations: Sequence[Association] = (),
        papers: Sequence[Paper] = (),
    ) -> CaseFile:
        """Collect the facts of one application.

        Args:
            row: Its place in the batch, from 0.
            score: Its score; only reasons and protective contributions are read.
            associations: Its ties to other applications.
            papers: Its papers that are no columns of the table.

        Returns:
            The file; the same one whatever other applications are in the batch.
        """
        dictionary = self._dictionary
        values = _row(self._values, row)
        encoded = _row(self._encoded, row)
        texts = _texts(values, dictionary)
        others = named([*texts.values(), *(paper.text for paper in papers)])
        redactor = Redactor(values, dictionary, others)
        documents = {name: redactor.text(neutralise(text)) for name, text in texts.items()}
        admitted = tuple(admit(papers, redactor, {field.name for field in dictionary.fields}))
        labels = {field.name: field.label for field in dictionary.with_role(Role.DOCUMENT)}
        labels |= {paper.key: paper.label for paper in admitted}
        documents |= {paper.key: paper.text for paper in admitted if paper.text}
        misnamed = {paper.key for paper in admitted if paper.suspect}
        drafts = [
            *_form(values, encoded, _row(self._standings, row), dictionary),
            *_score(score, encoded, dictionary),
            *_associations((*tied(encoded, values, dictionary), *associations), redactor),
            *contradictions(values, documents, dictionary, redactor, admitted),
            *document_facts(documents, labels, misnamed),
            *left_out(admitted),
        ]
        return filed(score.application_id, drafts, documents, dictionary)


def _row(columns: Mapping[str, Sequence[_T]], row: int) -> dict[str, _T]:
    return {name: column[row] for name, column in columns.items()}


def filed(
    application_id: str,
    drafts: Iterable[Fact],
    documents: dict[str, str],
    dictionary: DataDictionary,
) -> CaseFile:
    """A case file: the facts numbered, and what speaks against the documents."""
    facts = tuple(fact.model_copy(update={"id": f"F{n}"}) for n, fact in enumerate(drafts, 1))
    return CaseFile(
        application_id=application_id,
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
    values: Mapping[str, _Value],
    encoded: Mapping[str, float],
    standings: Mapping[str, _Standing],
    dictionary: DataDictionary,
) -> Iterator[Fact]:
    """The application date, the features, and the parts of derived ones; nothing personal.

    Columns of ties are told in words of their own.
    """
    parts = {name for f in dictionary.features if f.formula for name in f.formula.of}
    for field in dictionary.fields:
        used = field.role in (Role.FEATURE, Role.DATE) or field.name in parts
        if not used or field.personal or is_tie(field):
            continue
        value = values.get(field.name)
        if field.formula:
            value = None if math.isnan(encoded[field.name]) else encoded[field.name]
        below, above = standings.get(field.name, (None, None))
        yield _draft(
            "form", field, shown(field, value, dictionary), value=_stored(value),
            below=below, above=above, code=field.group or field.name,
        )  # fmt: skip


def _standings(values: FloatArray, quantiles: FloatArray) -> list[_Standing]:
    """Percent below and above; what a hundred quantiles cannot tell counts on neither side."""
    known = quantiles[~np.isnan(quantiles)]
    if len(known) < 2:
        return [(None, None)] * len(values)
    step = 100 / (len(known) - 1)
    below = (np.searchsorted(known, values, "left") - 1) * step
    above = (len(known) - 1 - np.searchsorted(known, values, "right")) * step
    shares = zip(below.clip(0, 100).tolist(), above.clip(0, 100).tolist(), strict=True)
    return [
        (None, None) if missing else share
        for missing, share in zip(np.isnan(values), shares, strict=True)
    ]


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
        "score", field, Text(**said), label=label, code=reason.code,
        rank=reason.rank, direction="raises" if raises else "lowers",
    )  # fmt: skip


def _associations(associations: Sequence[Association], redactor: Redactor) -> Iterator[Fact]:
    for tie in associations:
        display = Text(zh=redactor.text(tie.display.zh), en=redactor.text(tie.display.en))
        value = redactor.text(tie.value) if isinstance(tie.value, str) else tie.value
        yield Fact(
            id="F0", kind="association", field=tie.field, label=tie.label, value=value,
            display=display,
        )  # fmt: skip


def _texts(values: Mapping[str, object], dictionary: DataDictionary) -> dict[str, str]:
    """The documents that are columns, as they came."""
    return {
        field.name: text
        for field in dictionary.with_role(Role.DOCUMENT)
        if isinstance(text := values.get(field.name), str) and text.strip()
    }


def document_facts(
    documents: Mapping[str, str], labels: Mapping[str, Text], misnamed: Collection[str] = ()
) -> Iterator[Fact]:
    """The sentences of documents as facts without a number.

    Args:
        documents: Cleaned and redacted texts by the name that the file keeps them under.
        labels: What each is called.
        misnamed: Those whose very name gives orders; their first sentence is marked for a person.
    """
    for name, text in documents.items():
        cut = sentences(name, text)
        ordering = _touched([(s.start, s.end) for s in cut], suspected_places(text))
        for number, sentence in enumerate(cut):
            yield Fact(
                id="F0", kind="document", field=name, label=labels[name],
                value=sentence.text, display=Text(zh=sentence.text, en=sentence.text),
                document=name, start=sentence.start, end=sentence.end,
                suspect=number in ordering or (name in misnamed and not number),
            )  # fmt: skip


def left_out(papers: Iterable[Admitted]) -> Iterator[Fact]:
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


def _plain(value: object) -> _Value:
    """A cell as a plain Python value; None where it is missing."""
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp | date):
        return pd.Timestamp(value).to_pydatetime()
    if isinstance(value, int | float | np.integer | np.floating):
        return float(value)
    return None if value is pd.NA else str(value)


def _stored(value: _Value) -> float | str | None:
    return value.isoformat()[:10] if isinstance(value, date) else value
