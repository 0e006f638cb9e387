"""Validation reports on public credit data: trained, judged and written by the real commands.

`python -m tests.benchmarks.reports FOLDER` writes one report a data set and language, with PDF, and
compares each model with its logistic scorecard; `--rows` takes a sample. The data lie in
`../shared/data` beside the repository, or where the environment variable MINGJIAN_DATA says.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from features.language import Language
from pipelines.pages.page import html
from pipelines.pages.pdf import pdf
from pipelines.validation.delivering import PAGE, PRINTED, REPORT
from risk.report.document import Report
from tests.benchmarks.protocols import HERE, path_of
from tests.pipelines.command import called

SEED = 7


@dataclass(frozen=True)
class Portfolio:
    """A data set as a bank would bring it.

    Attributes:
        name: Of data set and dictionary.
        samples: Its `[samples]`.
        policy: Its `[policy]`.
        only: Values of the outcome that belong to the population; empty for all.
    """

    name: str
    samples: str
    policy: str
    only: tuple[str, ...] = ()

    def config(self) -> str:
        """The text of its risk.toml."""
        training = "max_rounds = 300\nthreads = 2\nreferences = 200"
        return (
            f'name = "{self.name}"\ntracking = "mlruns"\n\n[samples]\n{self.samples}\n'
            f"\n[training]\n{training}\n\n[policy]\n{self.policy}\n"
        )


PORTFOLIOS = (
    Portfolio("gmsc", "test_share = 0.3", "approve = 0.05\ndecline = 0.2"),
    Portfolio("taiwan", "test_share = 0.3", "approve = 0.2\ndecline = 0.5"),
    Portfolio(
        "lendingclub",
        "out_of_time_from = 2011-01-01",
        "approve = 0.12\ndecline = 0.25",
        ("Fully Paid", "Charged Off"),
    ),
)


def main() -> None:
    """Write the reports, and say where they lie."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--rows", type=int, default=0)
    given = asked.parse_args()
    for portfolio in PORTFOLIOS:
        for place in built(portfolio, given.folder / portfolio.name, given.rows):
            sys.stdout.write(f"{place}\n")


def built(
    portfolio: Portfolio, folder: Path, rows: int = 0, printed: Sequence[Language] = ("zh", "en")
) -> Iterator[Path]:
    """Train a model on a data set, judge it, and compare it with its scorecard; yields folders.

    The page of the other language is drawn from the record, as the workbench would.

    Args:
        portfolio: The data set.
        folder: For all of it.
        rows: Size of a sample; 0 takes all.
        printed: Languages that there is a PDF in, which takes longer than all else of a report.
    """
    prepare(portfolio, folder, rows)
    run(folder, "train", "table.parquet")
    judged = ("--input", "table.parquet")
    paper = ("--pdf",) if "zh" in printed else ()
    run(folder, "validate", "champion", *judged, *paper, "--lang", "zh", "-o", "validation")
    in_english(folder / "validation", folder / "validation-en", as_pdf="en" in printed)
    yield folder / "validation"
    yield folder / "validation-en"
    sides = ("scorecard:champion", "champion")
    run(folder, "compare", *sides, *judged, "--lang", "zh", "-o", "comparison")
    yield folder / "comparison"


def in_english(record: Path, folder: Path, *, as_pdf: bool) -> None:
    """The page of a delivered report in English, and by wish its PDF."""
    folder.mkdir(exist_ok=True)
    report = Report.from_json((record / REPORT).read_bytes())
    shutil.copy(record / REPORT, folder / REPORT)
    (folder / PAGE).write_text(html(report, "en"), "utf-8")
    if as_pdf:
        (folder / PRINTED).write_bytes(pdf(html(report, "en", printed=True), "en"))


def prepare(portfolio: Portfolio, folder: Path, rows: int = 0) -> None:
    """Table, dictionary and config of a data set, in a folder of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    frame = pd.read_parquet(path_of(portfolio.name))
    if portfolio.only:
        frame = frame[frame["loan_status"].isin(portfolio.only)]
    if rows:
        frame = frame.sample(min(rows, len(frame)), random_state=SEED).sort_index()
    frame.to_parquet(folder / "table.parquet")
    shutil.copy(HERE / "dictionaries" / f"{portfolio.name}.toml", folder / "dictionary.toml")
    (folder / "risk.toml").write_text(portfolio.config(), "utf-8")


def run(folder: Path, *words: str) -> None:
    """A command of ours that has to end well."""
    done = called(*words, cwd=folder)
    if done.returncode not in (0, 10):
        raise SystemExit(f"risk {' '.join(words)}: {done.stderr}")


if __name__ == "__main__":
    main()
