"""Folders of papers with known fields: what intake settles is right, and the rest is left open."""

import pytest

from features.synthetic import make_book
from tests.benchmarks.intake import Measured, measure, summary
from tests.benchmarks.paper_folders import FORM, REPORT, folders, formats

APPLICANTS, SEED = 12, 7


@pytest.fixture(scope="module")
def found() -> Measured:
    return measure(APPLICANTS, SEED)


def test_what_is_settled_is_right_and_most_of_what_is_labelled_is_settled(found: Measured) -> None:
    assert found.wrong == []
    labelled = sum(n for (how, _), n in found.fields.items() if how == "labelled")
    assert found.total("right", "labelled") / labelled >= 0.85
    assert found.total("right") == found.total("right", "labelled")


def test_every_field_and_every_paper_is_counted_once(found: Measured) -> None:
    told = summary(found, APPLICANTS, SEED)
    assert told["fields"] == APPLICANTS * len((*FORM, *REPORT))
    assert told["papers"] == found.kinds.total()
    assert set(found.formats) == set(formats("zh")) | set(formats("en"))


def test_the_same_seed_gives_the_same_papers_in_both_languages() -> None:
    book = make_book(APPLICANTS, seed=SEED)
    first, again = list(folders(book, SEED)), list(folders(book, SEED))
    text = [{n: d for n, d in f.papers.items() if n.endswith((".txt", ".md"))} for f in first]
    assert text == [{n: f.papers[n] for n in t} for f, t in zip(again, text, strict=True)]
    assert {folder.language for folder in first} == {"zh", "en"}
