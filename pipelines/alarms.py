"""Which applications of a run have a document that raises an alarm: one pass before any choice.

Reads the documents of all applications, the approved ones too, column by column.
"""

from collections.abc import Sequence

from features.dictionary import DataDictionary, Role
from pipelines.job import Advance
from pipelines.papers import Papers
from pipelines.reading import checked
from pipelines.sources import Source
from risk.alarms import document_alarms, text_alarms


def alarmed(
    source: Source,
    dictionary: DataDictionary,
    papers: Papers | None,
    advance: Advance,
    also: Sequence[str] = (),
) -> frozenset[str]:
    """Ids of applications whose documents seem to give orders to their reader.

    Args:
        source: The applications.
        dictionary: The run's dictionary.
        papers: Their papers outside the table.
        advance: Told how many rows of the source are read.
        also: Fields that hard rules need, so that the same rows are accepted as in scoring.
    """
    found: set[str] = set()
    columns = {field.name for field in dictionary.with_role(Role.DOCUMENT)}
    if columns & set(source.columns):
        for intake in checked(source, dictionary, "score", advance, also, once=False):
            flags = document_alarms(intake.accepted, dictionary)
            found.update(intake.accepted["application_id"][flags].tolist())
    return frozenset(found | _on_paper(papers))


def _on_paper(papers: Papers | None) -> set[str]:
    found: set[str] = set()
    for batch in papers.batches() if papers else ():
        flags = text_alarms([held.paper.text for held in batch])
        names = text_alarms([held.paper.name.replace("_", " ") for held in batch])
        found.update(
            held.application_id for held, flag in zip(batch, flags | names, strict=True) if flag
        )
    return found
