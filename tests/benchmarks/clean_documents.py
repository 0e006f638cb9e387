"""Innocent documents: hard ones written for this project, the synthetic book's, LendingClub's."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from features.synthetic import make_book
from features.synthetic.documents import DOCUMENTS
from tests.benchmarks.hostile import Half, half_of
from tests.benchmarks.protocols import data_directory

_WRITTEN = Path(__file__).parent / "injections" / "clean.toml"
BOOK_ROWS = 1200
BOOK_SEED = 4242


@dataclass(frozen=True)
class Clean:
    """One innocent document; `source` is where it comes from."""

    source: str
    text: str
    half: Half


def written(kind: str = "hard") -> Iterator[Clean]:
    """Texts with a look of orders about them (`hard`), or arguable ones (`grey`)."""
    for language, texts in tomllib.loads(_WRITTEN.read_text("utf-8"))[kind].items():
        for text in texts:
            yield Clean(f"{kind} {language}", text, half_of(text))


def from_the_book(rows: int = BOOK_ROWS) -> Iterator[Clean]:
    """Documents of a seeded book in which nothing was injected."""
    book = make_book(rows, seed=BOOK_SEED)
    clean = book.applications[book.truth["injection_kind"].isna().to_numpy()]
    for document in DOCUMENTS:
        for text in clean[document].dropna():
            yield Clean(f"book {document}", text, half_of(text))


def from_lending_club() -> Iterator[Clean]:
    """What borrowers wrote to LendingClub; nothing where the data are absent."""
    path = data_directory() / "lendingclub_2007_2011h1.parquet"
    if not path.exists():
        return
    for text in pd.read_parquet(path, columns=["desc"])["desc"].dropna():
        if text.strip():
            yield Clean("LendingClub", text, half_of(text))
