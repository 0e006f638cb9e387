"""Names in papers that no field holds: most are told to no model, and nothing else is kept back."""

import pytest

from tests.benchmarks.intake_names import HALVES, folders, measure, summary


@pytest.mark.parametrize("half", HALVES)
def test_names_are_taken_out_and_employers_and_amounts_are_not(half: str) -> None:
    found = measure(half)
    assert found.taken == []
    assert len(found.left) / found.names <= 0.1


def test_every_marked_word_is_counted_once() -> None:
    marks = "".join(paper for half in HALVES for papers in folders(half) for paper in papers)
    told = [summary(half, measure(half)) for half in HALVES]
    assert sum(int(str(each["names"])) for each in told) == marks.count("⟦")
    assert sum(int(str(each["others"])) for each in told) == marks.count("⟨")
