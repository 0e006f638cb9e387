"""How many names of people redaction takes out of an applicant's papers, and what else with them.

Run it with `python -m tests.benchmarks.intake_names`; it prints one JSON line a half. The papers,
`intake_names.toml`, were written before the rules; the rules were made with the first half in view.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from features.dictionary import DataDictionary
from features.synthetic import make_book
from pipelines.intake.fields import FieldReading, Source
from pipelines.intake.rules import PaperRules
from risk.paper_case import paper_case
from risk.papers import Paper

HALVES = ("first", "second")
_PAPERS = Path(__file__).with_name("intake_names.toml")
_MARKED = re.compile("⟦([^⟧]*)⟧|⟨([^⟩]*)⟩")


class Found(NamedTuple):
    """What became of the marked words of some folders.

    Attributes:
        names: How many names stand in the papers.
        left: The names that are still told.
        others: How many marked words are no names.
        taken: Those that are told no more.
    """

    names: int
    left: list[str]
    others: int
    taken: list[str]


def folders(half: str) -> Iterator[list[str]]:
    """The papers of each folder of a half, with their marks."""
    for folder in tomllib.loads(_PAPERS.read_text("utf-8"))["folders"]:
        if folder["half"] == half:
            yield folder["papers"]


def measure(half: str) -> Found:
    """Tell the papers of each folder as `risk intake --ask` does, and look for the marked words."""
    dictionary = make_book(10).dictionary
    reading = FieldReading(dictionary, PaperRules.beside(Path("none") / "risk.toml"))
    found = Found(0, [], 0, [])
    for papers in folders(half):
        told = _told(papers, reading, dictionary)
        for paper, words in zip(papers, told, strict=True):
            found = _counted(found, paper, words)
    return found


def _told(
    papers: Sequence[str], reading: FieldReading, dictionary: DataDictionary
) -> tuple[str, ...]:
    texts = [_MARKED.sub(lambda mark: mark[1] or mark[2], paper) for paper in papers]
    sources = [Source(f"{number}.txt", "other", text) for number, text in enumerate(texts)]
    made = [Paper(name=source.name, text=source.text) for source in sources]
    known = reading.personal(sources, reading.read(sources))
    case = paper_case("A1", [], made, known, dictionary)
    return tuple(case.case.documents.values())


def _counted(found: Found, paper: str, told: str) -> Found:
    """Each marked word is looked for with what stands before or after it, as it may stand twice."""
    names, left, others, taken = found
    for mark in _MARKED.finditer(paper):
        before, after = (
            _MARKED.sub("\n", part) for part in (paper[: mark.start()], paper[mark.end() :])
        )
        around = before[-2:].rpartition("\n")[2], after[:2].partition("\n")[0]
        if mark[1]:
            names += 1
            stands = around[0] + mark[1] in told or mark[1] + around[1] in told
            left += [mark[1]] if stands else []
        else:
            others += 1
            taken += [] if mark[2] in told else [mark[2]]
    return Found(names, left, others, taken)


def summary(half: str, found: Found) -> dict[str, object]:
    """The figures, for one line of JSON."""
    return {
        "half": half,
        "names": found.names,
        "left": len(found.left),
        "others": found.others,
        "taken": len(found.taken),
    }


def main() -> int:
    """Print the figures of both halves."""
    for half in HALVES:
        print(json.dumps(summary(half, measure(half))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
