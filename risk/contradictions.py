"""Broken cross-checks as facts of a case file, each with both of its sides.

The checks see what the file keeps: redacted documents, and values of the form redacted alike, so
that a name taken out on one side only makes no contradiction.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from features.crosschecks import Compared, Named, broken
from features.dictionary import DataDictionary
from features.language import LANGUAGES, Text, catalogue
from risk.casefile import Fact
from risk.display import called_by_name, shown, with_unit
from risk.instructions import neutralise, suspected
from risk.papers import Admitted
from risk.redaction import Redactor

_LONGEST = 80  # characters of a sentence that is told whole; of others only the words themselves
_CLOSING = "。．.；;！!，, "


def contradictions(
    values: Mapping[str, float | str | date | None],
    documents: Mapping[str, str],
    dictionary: DataDictionary,
    redactor: Redactor,
    papers: Sequence[Admitted] = (),
) -> Iterator[Fact]:
    """The cross-checks that an application breaks, as facts without a number.

    Args:
        values: The application's plain values by field name.
        documents: Its redacted documents; offsets of the facts refer to them.
        dictionary: States the checks.
        redactor: The one that redacted the documents.
        papers: The papers among the documents.
    """
    if not dictionary.checks:
        return
    free = {field.name for field in dictionary.fields if field.type == "text"}
    row = {
        name: _safe(value, redactor) if name in free and isinstance(value, str) else value
        for name, value in values.items()
    }
    named = {each.key: Named(each.paper.name, each.paper.kind) for each in papers}
    labels = {field.name: field.label for field in dictionary.fields}
    labels |= {each.key: each.label for each in papers}
    for each in broken(row, documents, dictionary, named):
        text = documents.get(each.document, "")
        start, end = _place(each, text)
        yield Fact(
            id="F0",
            kind="contradiction",
            field=each.check.field,
            label=each.check.label,
            value=text[start:end] or each.found,
            display=_display(each, text[start:end], dictionary, labels),
            document=each.document,
            start=start if each.document else None,
            end=end if each.document else None,
        )


def _safe(text: str, redactor: Redactor) -> str:
    """Free text of the form, cleaned and redacted as documents are, on one line."""
    return " ".join(redactor.text(neutralise(text)).split())


def _place(each: Compared, text: str) -> tuple[int, int]:
    """The sentence without its closing mark, where it is short and gives no orders.

    Otherwise the words that were compared, alone.
    """
    start, end = each.sentence
    end = start + len(text[start:end].rstrip(_CLOSING))
    whole = end - start <= _LONGEST and end >= each.end and not suspected(text[start:end])
    return (start, end) if whole else (each.start, each.end)


def _display(
    each: Compared, words: str, dictionary: DataDictionary, labels: Mapping[str, Text]
) -> Text:
    """Both sides, as people read them."""
    field = dictionary[each.check.field]
    said_of = _brief(each.form) if isinstance(each.form, str) else each.form
    form = shown(field, said_of, dictionary)
    said = {}
    for language in LANGUAGES:
        told = {"form": form.in_(language)}
        if each.document:
            label = labels[each.document].in_(language)
            told |= {"document": label, "found": _brief(words)}
        else:
            told["found"] = with_unit(float(each.found), field.unit, language)
        key = _wording(each.document, labels)
        said[language] = catalogue("risk").text(language, key, **told)
    return Text(**said)


def _wording(document: str, labels: Mapping[str, Text]) -> str:
    if not document:
        return "case.contradiction.sum"
    named = called_by_name(labels[document], document)
    return "case.contradiction.named" if named else "case.contradiction"


def _brief(words: str) -> str:
    """Words that fit into a line, and none that give orders: these stand outside the documents."""
    return "…" if suspected(words) else words[:_LONGEST]
