"""An applicant's papers as a case file: the fields that are still open, and the papers' sentences.

It is made for a model that looks for these fields. Nothing settled enters it, and no personal or
protected field is asked for; the papers are cleaned and redacted as those of any case, and of
the people whom any of them names besides.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from features.dictionary import DataDictionary, Field, Role
from features.language import LANGUAGES, Language, Text, catalogue
from risk.casefile import CaseFile, Fact
from risk.display import shown, unit_shown
from risk.filing import document_facts, filed, left_out
from risk.named import named
from risk.papers import Paper, admit
from risk.redaction import Redactor
from risk.tied import is_tie


class PaperCase(NamedTuple):
    """The file, and what its documents are.

    Attributes:
        case: The file.
        papers: The paper behind each document of the file.
    """

    case: CaseFile
    papers: dict[str, Paper]


def paper_case(
    applicant: str,
    fields: Sequence[Field],
    papers: Sequence[Paper],
    known: Mapping[str, tuple[str, ...]],
    dictionary: DataDictionary,
) -> PaperCase:
    """Collect open fields and papers.

    Args:
        applicant: Whose they are; it is not told.
        fields: The fields that are open; those that `asked_for` refuses are left out.
        papers: The papers, each once.
        known: All values that personal fields may have, so that none of them is told.
        dictionary: What the fields are.
    """
    redactor = Redactor(known, dictionary, named(paper.text for paper in papers))
    names = {field.name for field in dictionary.fields}
    admitted = tuple(admit(papers, redactor, names))
    documents = {each.key: each.text for each in admitted if each.text}
    labels = {each.key: each.label for each in admitted}
    misnamed = {each.key for each in admitted if each.suspect}
    drafts = [
        *(_open(field) for field in fields if asked_for(field)),
        *document_facts(documents, labels, misnamed),
        *left_out(admitted),
    ]
    behind = {each.key: each.paper for each in admitted}
    return PaperCase(filed(applicant, drafts, documents, dictionary), behind)


def asked_for(field: Field) -> bool:
    """Whether a model may be asked for a field: none that is personal, protected or computed."""
    plain = field.role in (Role.FEATURE, Role.DATE, Role.ASSOCIATION, Role.IGNORED)
    return plain and not (field.personal or field.formula or is_tie(field))


def _open(field: Field) -> Fact:
    said = {language: _wanted(field, language) for language in LANGUAGES}
    return Fact(id="F0", kind="form", field=field.name, label=field.label, display=Text(**said))


def _wanted(field: Field, language: Language) -> str:
    """What kind of value a field takes."""
    if field.levels:
        return " / ".join(shown(field, level).in_(language) for level in field.levels)
    kind = "number" if field.numeric else "date" if field.type == "date" else "words"
    said = catalogue("risk").text(language, f"wanted.{kind}")
    return f"{said} ({unit_shown(field.unit, language)})" if field.unit else said
