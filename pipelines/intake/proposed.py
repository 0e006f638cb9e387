"""What the reasoning model proposes for open fields: kept apart, and never a value by itself.

A proposal is a quote. It counts only where its characters stand in the paper; what value they give
is read from them by the field's own deterministic reader, or not at all. Nothing of it enters a
reading, the checklist or the row: only a person's confirmation does.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from pipelines.intake.fields import Askable, Candidate
from pipelines.intake.values import LONGEST, FieldReader
from risk.casefile import CaseFile, Fact
from risk.paper_case import PaperCase
from risk.papers import Paper
from risk.reasoning import proposals
from risk.reasoning.backends.base import Failed, Outcome
from risk.reasoning.faults import MalformedAnswer

Struck = Literal["field", "sentence", "quote", "kind", "repeated"]

NOTHING_OPEN = "nothing-open"


class Asked(NamedTuple):
    """One asking of the model.

    Attributes:
        backend: What was asked.
        request: Digest of the request; the store keeps the answer under it.
        case: What was told: open fields and papers, as far as there was room.
        outcome: What came of it.
    """

    backend: str
    request: str
    case: CaseFile
    outcome: Outcome


Ask = Callable[[CaseFile], Asked]


class Proposal(NamedTuple):
    """A field and the words that may give its value.

    Attributes:
        field: Name of the field.
        words: The words and their place; its value is empty where no reader can tell one.
        suspect: The sentence seems to give orders to its reader.
    """

    field: str
    words: Candidate
    suspect: bool


class Proposed(NamedTuple):
    """All that the model proposed for one applicant.

    Attributes:
        backend: What was asked; empty where nothing was.
        model: What answered, in its own word.
        request: Digest of the request.
        code: Why there is no answer; empty where there is one.
        detail: More on it; nothing of a paper.
        found: The proposals whose words stand in a paper, in the model's order.
        struck: How many others were struck, by what was wrong with them: no open `field`, no
            `sentence` of a paper, a `quote` that does not stand in it, a `kind` of paper that may
            not say the field, or `repeated`.
    """

    backend: str = ""
    model: str = ""
    request: str = ""
    code: str = ""
    detail: str = ""
    found: tuple[Proposal, ...] = ()
    struck: Mapping[Struck, int] = {}


def propose(
    told: PaperCase, fields: Mapping[str, Askable], kinds: Mapping[str, str], ask: Ask
) -> Proposed:
    """Ask the model and look up in the papers what it says.

    Args:
        told: Open fields and papers.
        fields: The open fields by name.
        kinds: The kind of each paper by its name.
        ask: Asks the model.
    """
    if not told.case.of_kind("form") or not told.case.of_kind("document"):
        return Proposed(code=NOTHING_OPEN)
    asked = ask(told.case)
    outcome = asked.outcome
    made = Proposed(asked.backend, outcome.model[:LONGEST], asked.request)
    if isinstance(outcome, Failed):
        return made._replace(code=str(outcome.code), detail=outcome.detail)
    try:
        said = proposals.parse(outcome.text)
    except MalformedAnswer as error:
        return made._replace(code=str(error.fault), detail=error.detail)
    found, struck = _checked(said.proposals, told._replace(case=asked.case), fields, kinds)
    return made._replace(found=found, struck=struck)


def _checked(
    said: Sequence[proposals.Proposal],
    told: PaperCase,
    fields: Mapping[str, Askable],
    kinds: Mapping[str, str],
) -> tuple[tuple[Proposal, ...], dict[Struck, int]]:
    found: dict[tuple[str, str, int, int], Proposal] = {}
    struck: Counter[Struck] = Counter()
    for each in said:
        proposal = _proposal(each, told, fields, kinds)
        if isinstance(proposal, str):
            struck[proposal] += 1
            continue
        place = (proposal.field, *proposal.words[1:4])
        struck["repeated"] += place in found
        found.setdefault(place, proposal)
    return tuple(found.values()), {why: count for why, count in sorted(struck.items()) if count}


def _proposal(
    said: proposals.Proposal,
    told: PaperCase,
    fields: Mapping[str, Askable],
    kinds: Mapping[str, str],
) -> Proposal | Struck:
    """A proposal with its words in the paper, or what is wrong with it."""
    wanted, sentence = told.case.by_id.get(said.field), told.case.by_id.get(said.fact)
    if wanted is None or wanted.kind != "form" or wanted.field not in fields:
        return "field"
    if sentence is None or sentence.kind != "document":
        return "sentence"
    paper, quote = told.papers[sentence.document], said.quote.strip()
    start = _place(quote, sentence, told.case.documents[sentence.document], paper.text)
    if start is None:
        return "quote"
    reader, only = fields[wanted.field]
    if only and kinds[paper.name] not in only:
        return "kind"
    return Proposal(wanted.field, _words(quote, start, paper, reader), sentence.suspect)


def _place(quote: str, sentence: Fact, told: str, paper: str) -> int | None:
    """Where a quote begins in the paper itself; None where it stands in no such place.

    The model was told the paper cleaned and redacted, so that offsets differ: of several places
    with the same words it is the one of the same number.
    """
    if not quote or len(quote) > LONGEST:
        return None
    at = told.find(quote, sentence.start, sentence.end)
    here, there = _starts(quote, told), _starts(quote, paper)
    return there[here.index(at)] if at in here and len(here) == len(there) else None


def _starts(quote: str, text: str) -> list[int]:
    return [match.start() for match in re.finditer(f"(?={re.escape(quote)})", text)]


def _words(quote: str, start: int, paper: Paper, reader: FieldReader) -> Candidate:
    value = reader.whole(quote)
    said, doubt = (value.value, value.doubt) if value else ("", "")
    return Candidate(said, paper.name, start, start + len(quote), quote, "proposed", doubt)
