import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.validation.multiplicity import holm


def test_an_example_by_hand() -> None:
    # By hand: 5 x 0.01, 4 x 0.02, 3 x 0.03, then never less than before.
    found = holm([0.01, 0.02, 0.03, 0.04, 0.05])
    assert found == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_it_rejects_what_the_step_down_procedure_rejects(values: list[float]) -> None:
    adjusted = holm(values)
    for level in (0.01, 0.05, 0.2):
        left, rejected = sorted(range(len(values)), key=lambda each: values[each]), set[int]()
        while left and values[left[0]] * len(left) <= level:
            rejected.add(left.pop(0))
        assert {n for n, each in enumerate(adjusted) if each <= level} == rejected


def test_a_test_that_was_not_made_counts_for_nothing() -> None:
    found = holm([np.nan, 0.01, 0.04])
    assert np.isnan(found[0])
    assert found[1:] == pytest.approx([0.02, 0.04])
    assert np.isnan(holm([np.nan])).all()
