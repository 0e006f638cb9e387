"""What an intake found, as one JSON file whose bytes follow from papers, rules and confirmations.

It holds the papers' texts, so that every span can be checked, and is for its owner's eyes only.
"""

import csv
import hashlib
import io
import json
from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from features.dictionary import DataDictionary
from features.language import LANGUAGES, catalogue
from pipelines import disk
from pipelines.intake.checklist import Checklist
from pipelines.intake.confirmed import Confirmed
from pipelines.intake.fields import Candidate, Reading
from pipelines.intake.kinds import Kind
from pipelines.intake.proposed import Proposed
from pipelines.intake.reading import Filed
from pipelines.intake.rules import of_ties
from risk.papers import Paper

SCHEMA = 1
BY_MODEL = "model"
_OWNER_ONLY = 0o600


class Taken(NamedTuple):
    """An applicant's papers, taken in.

    Attributes:
        applicant: Name of the folder.
        product: The product they were held against; empty for the default one.
        papers: Every paper with its kind, ordered by name.
        readings: Every field, in dictionary order.
        checklist: What the product needs.
        proposed: What a model proposed for open fields; None where none was asked.
    """

    applicant: str
    product: str
    papers: tuple[tuple[Filed, Kind], ...]
    readings: tuple[Reading, ...]
    checklist: Checklist
    proposed: Proposed | None = None

    @property
    def conflicts(self) -> tuple[Reading, ...]:
        """Fields on which papers disagree, whether or not a person has settled them."""
        return tuple(r for r in self.readings if len({c.value for c in r.found}) > 1)

    @property
    def unread(self) -> tuple[Filed, ...]:
        """Papers of which something could not be read, and for which no person vouches."""
        return tuple(
            filed
            for filed, kind in self.papers
            if filed.paper.unread and kind.confidence != "confirmed"
        )


def write_outcome(path: Path, taken: Taken, used: Mapping[str, str]) -> None:
    """Write the JSON, whole or not at all, readable by its owner alone.

    Args:
        path: Where to.
        taken: What was found.
        used: Digests of what it follows from besides the papers.

    Raises:
        OSError: It cannot be written.
    """
    body = json.dumps(document(taken, used), ensure_ascii=False, indent=1, allow_nan=False)
    disk.write(path, body.encode() + b"\n", mode=_OWNER_ONLY)


def write_row(path: Path, taken: Taken, dictionary: DataDictionary) -> None:
    """Write the settled fields as one row of the portfolio's table; all others stay empty.

    Columns of ties are left to `risk ties`, which takes no table that has them.

    Raises:
        OSError: It cannot be written.
    """
    settled = {r.field.name: r.value for r in taken.readings if r.state in ("exact", "confirmed")}
    columns = [r.field.name for r in taken.readings]
    scored = [name for name in dictionary.columns_to_score() if not of_ties(name)]
    needed = [name for name in scored if name not in columns]
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*columns, *needed])
    table.writerow([settled.get(name, "") for name in (*columns, *needed)])
    disk.write(path, text.getvalue().encode(), mode=_OWNER_ONLY)


def document(taken: Taken, used: Mapping[str, str]) -> dict[str, object]:
    """What the JSON holds."""
    texts = {filed.paper.name: filed.paper for filed, _ in taken.papers}
    proposed = {} if taken.proposed is None else {"proposed": _proposed(taken.proposed, texts)}
    return {
        "schema": SCHEMA,
        "applicant": taken.applicant,
        "product": taken.product,
        "used": dict(sorted(used.items())),
        "papers": [_paper(filed, kind) for filed, kind in taken.papers],
        "fields": [_field(reading, texts) for reading in taken.readings],
        "conflicts": [reading.field.name for reading in taken.conflicts],
        "checklist": {
            "papers": [needed._asdict() for needed in taken.checklist.papers],
            "fields": [needed._asdict() for needed in taken.checklist.fields],
        },
        "errors": [_error(filed) for filed in taken.unread],
        **proposed,
    }


def page_and_line(paper: Paper, start: int) -> tuple[int, int]:
    """Page, 0 where there are none, and line on it, both from 1."""
    page = bisect_right(paper.starts, start)
    begin = paper.starts[page - 1] if page else 0
    return page, paper.text.count("\n", begin, start) + 1


def mend(filed: Filed) -> dict[str, str]:
    """What is wrong with a paper that cannot be read, and what to do, in both languages."""
    say = catalogue("pipelines.intake")
    key = f"intake.unread.{filed.paper.unread}"
    values = {"blank": filed.paper.blank_pages, "pages": filed.paper.pages}
    return {language: say.text(language, key, **values) for language in LANGUAGES}


def digest_of(confirmed: Confirmed) -> str:
    """SHA-256 over what was confirmed."""
    said = json.dumps(confirmed._asdict(), sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _paper(filed: Filed, kind: Kind) -> dict[str, object]:
    paper = filed.paper
    return {
        "name": paper.name,
        "digest": filed.digest,
        "bytes": filed.size,
        "pages": paper.pages,
        "blank_pages": paper.blank_pages,
        "characters": len(paper.text),
        "kind": kind.name,
        "kind_confidence": kind.confidence,
        "kind_words": [word._asdict() for word in kind.words],
        "kind_rivals": kind.rivals,
        "unread": paper.unread,
        "same_as": filed.same_as,
        "text": paper.text,
    }


def _field(reading: Reading, papers: Mapping[str, Paper]) -> dict[str, object]:
    return {
        "field": reading.field.name,
        "state": reading.state,
        "value": reading.value,
        "found": [_candidate(found, papers.get(found.paper)) for found in reading.found],
    }


def _candidate(found: Candidate, paper: Paper | None) -> dict[str, object]:
    page, line = page_and_line(paper, found.start) if paper else (0, 0)
    return {**found._asdict(), "page": page, "line": line}


def _proposed(proposed: Proposed, papers: Mapping[str, Paper]) -> dict[str, object]:
    """What a model proposed, each piece marked as its own."""
    found = [
        {
            "field": each.field,
            **_candidate(each.words, papers[each.words.paper]),
            "suspect": each.suspect,
            "by": BY_MODEL,
        }
        for each in proposed.found
    ]
    return {"by": BY_MODEL, **proposed._asdict(), "found": found}


def _error(filed: Filed) -> dict[str, object]:
    return {"paper": filed.paper.name, "why": filed.paper.unread, "mend": mend(filed)}
