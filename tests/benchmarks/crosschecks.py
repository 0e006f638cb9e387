"""Cross-checks on a fresh synthetic book: planted contradictions found, false alarms, time a case.

Then on LendingClub's real text, `desc` against `annual_inc`, `emp_title` and `purpose`: how much
of it says anything that can be compared, and whether a broken check adds to a few form fields out
of time. Run it with `python -m tests.benchmarks.crosschecks [--rows N] [--seed N]
[--lendingclub FOLDER]`; without the public data that part is left out and says so.
"""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from features.crosschecks import Compared, Value, broken, compared
from features.dictionary import DataDictionary, Role
from features.encoding import FloatArray
from features.synthetic import Book, make_book
from features.synthetic.documents import CONTRADICTIONS
from risk.validation.discrimination import AucDifference, auc, compare
from tests.benchmarks.protocols import FILES, data_directory, protocols
from tests.benchmarks.runs import read

LENDINGCLUB = next(one for one in protocols() if one.name == "lendingclub")

SEED, ROWS = 771_177, 20_000
RECALL, ALARMS = 0.95, 0.02
FROM_JUDGED = pd.Timestamp(2011, 1, 1)
FEW_FIELDS = ("loan_amnt", "term", "annual_inc", "dti", "revol_util", "inq_last_6mths", "pub_rec")


class Measured(NamedTuple):
    """What the checks of a book find.

    Attributes:
        planted: Contradictions planted, by kind.
        found: Those of them whose own check is broken, at a place that overlaps the planted one.
        clean: Applications without a planted contradiction.
        alarms: Those of them with a broken check.
        alarms_of: Broken checks on them by check.
        ms_a_case: Milliseconds for one application.
    """

    planted: Counter[str]
    found: Counter[str]
    clean: int
    alarms: int
    alarms_of: Counter[str]
    ms_a_case: float

    def recall(self) -> float:
        """Share of all planted contradictions that were found."""
        return self.found.total() / self.planted.total()


def rows_of(
    frame: pd.DataFrame, dictionary: DataDictionary
) -> Iterator[tuple[dict[str, Value], dict[str, str]]]:
    """Each application's plain values, and its documents."""
    names = {field.name for field in dictionary.with_role(Role.DOCUMENT)}
    columns = [column for column in frame.columns if column in {f.name for f in dictionary.fields}]
    lists = [frame[column].astype(object).where(frame[column].notna(), None) for column in columns]
    for cells in zip(*(cells.tolist() for cells in lists), strict=True):
        row = dict(zip(columns, cells, strict=True))
        yield row, {name: text for name in names if isinstance(text := row.get(name), str)}


def measure(book: Book) -> Measured:
    """The book's own checks on every application of it."""
    rows = list(rows_of(book.applications, book.dictionary))
    began = time.perf_counter()
    found = [broken(row, documents, book.dictionary) for row, documents in rows]
    spent = time.perf_counter() - began
    planted: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    alarms_of: Counter[str] = Counter()
    clean = alarms = 0
    columns = ["contradiction_kind", "contradiction_start", "contradiction_end"]
    places = book.truth[columns].astype(object).to_numpy().tolist()
    for (kind, start, end), each in zip(places, found, strict=True):
        if not isinstance(kind, str):
            clean, alarms = clean + 1, alarms + bool(each)
            alarms_of.update(one.name for one in each)
            continue
        planted[kind] += 1
        hits[kind] += any(_at(one, kind, start, end) for one in each)
    return Measured(planted, hits, clean, alarms, alarms_of, 1000 * spent / len(rows))


def _at(found: Compared, kind: str, start: int, end: int) -> bool:
    here = found.document == CONTRADICTIONS[kind].document
    return found.name == kind and here and found.start < end and start < found.end


class Real(NamedTuple):
    """Real text under the checks: who says something comparable, who contradicts the form."""

    said: dict[str, FloatArray]  # by check: 1 where both sides were read
    broken: dict[str, FloatArray]  # 1 where they disagree
    examples: dict[str, list[str]]


def real(frame: pd.DataFrame, dictionary: DataDictionary) -> Real:
    """LendingClub's checks on every row."""
    said = {name: np.zeros(len(frame)) for name in dictionary.checks}
    wrong = {name: np.zeros(len(frame)) for name in dictionary.checks}
    examples: dict[str, list[str]] = {name: [] for name in dictionary.checks}
    for at, (row, documents) in enumerate(rows_of(frame, dictionary)):
        for each in compared(row, documents, dictionary):
            said[each.name][at] = 1.0
            if not each.holds:
                wrong[each.name][at] = 1.0
                start, end = each.sentence
                examples[each.name].append(f"{each.form} | {documents['desc'][start:end][:160]}")
    return Real(said, wrong, examples)


def gains(
    frame: pd.DataFrame, found: Real, y: FloatArray
) -> Iterator[tuple[str, float, AucDifference]]:
    """What the flags add to a few form fields, loans before 2011 to those of 2011."""
    few = frame[list(FEW_FIELDS)].astype(float)
    few["annual_inc"] = np.log1p(few["annual_inc"])
    early = (frame["issue_d"] < FROM_JUDGED).to_numpy()
    x = few.fillna(few[early].median()).to_numpy()
    flags = np.column_stack([*found.said.values(), *found.broken.values()])
    more = np.column_stack([x, flags])
    for name, predict in (("logistic", _logistic), ("LightGBM", _trees)):
        alone = predict(x[early], y[early], x[~early])
        both = predict(more[early], y[early], more[~early])
        yield name, auc(y[~early], alone), compare(y[~early], both, alone)


def _logistic(x: FloatArray, y: FloatArray, later: FloatArray) -> FloatArray:
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(x, y)
    return np.asarray(model.predict_proba(later)[:, 1])


def _trees(x: FloatArray, y: FloatArray, later: FloatArray) -> FloatArray:
    given = {"objective": "binary", "learning_rate": 0.03, "num_leaves": 8, "verbosity": -1}
    given |= {"min_data_in_leaf": 100, "seed": 1, "num_threads": 1, "deterministic": True}
    return np.asarray(lgb.train(given, lgb.Dataset(x, y), 150).predict(later))


def _report_book(rows: int, seed: int) -> bool:
    found = measure(make_book(rows, seed=seed))
    print(f"Synthetic book, {rows:,} applications, seed {seed}, both languages\n")
    print("| Planted | n | found | recall | false alarms |\n|---|---|---|---|---|")
    for kind, n in found.planted.items():
        hits = found.found[kind]
        print(f"| {kind} | {n} | {hits} | {hits / n:.1%} | {found.alarms_of[kind]} |")
    total, hits = found.planted.total(), found.found.total()
    share = found.alarms / found.clean
    print(f"| all | {total} | {hits} | {found.recall():.1%} | {found.alarms} |")
    print(f"\nFalse alarms: {found.alarms} of {found.clean:,} clean applications, {share:.2%}")
    print(f"{found.ms_a_case:.2f} ms an application.")
    return found.recall() >= RECALL and share <= ALARMS


def _report_real(folder: Path, examples: int) -> None:
    path = folder / FILES["lendingclub"]
    if not path.exists():
        print(f"\nLendingClub left out: no {path.name} in {folder}; give its folder")
        return
    os.environ["MINGJIAN_DATA"] = str(folder)
    table = read(LENDINGCLUB)
    wrote = table.accepted["desc"].fillna("").str.strip().ne("").to_numpy()
    frame, y = table.accepted[wrote].reset_index(drop=True), table.y[wrote]
    dictionary = table.dictionary
    found = real(frame, dictionary)
    print(f"\nLendingClub, {len(frame):,} loans with a description, {y.mean():.1%} bad\n")
    print(
        "| Check | comparable | broken | bad rate: kept | bad rate: broken |\n|---|---|---|---|---|"
    )
    for name in dictionary.checks:
        said, wrong = found.said[name] > 0, found.broken[name] > 0
        print(
            f"| {name} | {said.sum():,} ({said.mean():.1%}) | {wrong.sum():,} "
            f"({wrong.sum() / max(1, said.sum()):.0%} of them) | "
            f"{_rate(y[said & ~wrong])} | {_rate(y[wrong])} |"
        )
    print("\n| Model | AUC without | gain with the flags, 95 % |\n|---|---|---|")
    for name, alone, gain in gains(frame, found, y):
        said_ = f"{gain.difference:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}], p {gain.p_value:.2g}"
        print(f"| {name}, {len(FEW_FIELDS)} fields | {alone:.4f} | {said_} |")
    for name, texts in found.examples.items():
        for text in texts[:: max(1, len(texts) // max(1, examples))][:examples]:
            print(f"{name}: {text}")


def _rate(y: FloatArray) -> str:
    return f"{y.mean():.1%} of {len(y):,}" if len(y) else "none"


def main() -> int:
    """Print both tables; 1 where the synthetic book's figures are not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--lendingclub", type=Path, default=data_directory())
    parser.add_argument("--examples", type=int, default=0, help="broken cases to print a check")
    given = parser.parse_args()
    reached = _report_book(given.rows, given.seed)
    _report_real(given.lendingclub, given.examples)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
