"""What `risk intake` makes of folders of papers whose every field is known.

Run it with `python -m tests.benchmarks.intake [--applicants 300]`; it prints one JSON line. A field
is right where intake settled it by an exact rule with the applicant's own value, and wrong where
it settled any other. Generator and rules have one author.
"""

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from features.synthetic import Book, make_book
from pipelines.intake.fields import Reading
from pipelines.intake.job import IntakeOptions, run
from pipelines.intake.outcome import Taken
from pipelines.intake.rules import PaperRules
from pipelines.job import Silent
from tests.benchmarks.paper_folders import Folder, folders, formats

APPLICANTS, SEED = 300, 577_215


@dataclass
class Measured:
    """What became of fields and papers.

    Attributes:
        fields: Fields by how they stand in the papers and by what became of them: `right` and
            `wrong` where settled, `to_confirm`, `missing`.
        proposals: Of those to confirm with one value, how many have the applicant's own.
        kinds: Papers, by whether their kind was told `right`, `wrong`, or only `doubtful`.
        formats: Papers of each format.
        wrong: The fields settled wrong: folder, field, and how the field stands.
        seconds: Time in the intake job.
    """

    fields: Counter[tuple[str, str]] = field(default_factory=Counter)
    proposals: Counter[bool] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def total(self, became: str, *stands: str) -> int:
        """Fields that became so, of all or of those that stand so."""
        return sum(
            n
            for (how, its), n in self.fields.items()
            if its == became and how in (stands or (how,))
        )


def measure(applicants: int, seed: int = SEED) -> Measured:
    """Take in the papers of so many applicants and hold every field against the truth."""
    book = make_book(applicants, seed=seed)
    found = Measured()
    with TemporaryDirectory() as home:
        rules = PaperRules.beside(Path(home) / "risk.toml")
        for each in folders(book, seed):
            place = Path(home) / each.name
            place.mkdir()
            for name, data in each.papers.items():
                (place / name).write_bytes(data)
            began = time.perf_counter()
            options = IntakeOptions(place, Path(home) / "out.json")
            _, taken = run(book.dictionary, rules, options, Silent())
            found.seconds += time.perf_counter() - began
            _count(found, each, taken, book)
    return found


def _count(found: Measured, folder: Folder, taken: Taken, book: Book) -> None:
    for reading in taken.readings:
        name = reading.field.name
        if name not in folder.stands:
            continue
        became = _became(reading, folder.truth[name])
        found.fields[folder.stands[name], became] += 1
        if became == "wrong":
            found.wrong.append(f"{folder.name} {name} ({folder.stands[name]})")
        if reading.state == "read":
            found.proposals[_same(reading, folder.truth[name])] += 1
    for filed, kind in taken.papers:
        right = kind.name == folder.kinds[filed.paper.name]
        sure = kind.confidence in ("sure", "likely", "none")
        found.kinds["doubtful" if not sure else "right" if right else "wrong"] += 1
        found.formats[filed.paper.name.rpartition(".")[2]] += 1


def _became(reading: Reading, truth: str) -> str:
    if reading.state == "exact":
        return "right" if _same(reading, truth) else "wrong"
    return "missing" if reading.state == "missing" else "to_confirm"


def _same(reading: Reading, truth: str) -> bool:
    if reading.field.numeric and truth and reading.value:
        return abs(float(reading.value) - float(truth)) <= 1e-9 * abs(float(truth))
    return reading.value == truth


def summary(found: Measured, applicants: int, seed: int) -> dict[str, object]:
    """The figures, for one line of JSON."""
    outcomes = ("right", "wrong", "to_confirm", "missing")
    stands = dict.fromkeys(how for how, _ in sorted(found.fields))
    return {
        "applicants": applicants,
        "seed": seed,
        "papers": found.formats.total(),
        "formats": dict(sorted(found.formats.items())),
        "chinese_pdf": "pdf" in formats("zh"),
        "fields": found.fields.total(),
        **{became: found.total(became) for became in outcomes},
        "by_standing": {how: {b: found.total(b, how) for b in outcomes} for how in stands},
        "proposals_right": found.proposals[True],
        "proposals_wrong": found.proposals[False],
        "kinds": dict(sorted(found.kinds.items())),
        "seconds": round(found.seconds, 1),
    }


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applicants", type=int, default=APPLICANTS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--wrong", action="store_true", help="name the fields settled wrong")
    asked = parser.parse_args()
    found = measure(asked.applicants, asked.seed)
    print(json.dumps(summary(found, asked.applicants, asked.seed)))
    if asked.wrong:
        print("\n".join(found.wrong), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
