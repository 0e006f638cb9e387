"""A range is tied by a dash or a word, and by nothing else."""

import pytest

from features.extraction.ranges import tied


@pytest.mark.parametrize("tie", ["-", " - ", "~", "—", "至", " to "])
def test_ties(tie: str) -> None:
    assert tied(f"3{tie}5", 1, 1 + len(tie))


@pytest.mark.parametrize("tie", ["", " ", " -", "、", " or ", "to", " to   "])
def test_no_ties(tie: str) -> None:
    assert not tied(f"3{tie}5", 1, 1 + len(tie))
