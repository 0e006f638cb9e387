import itertools
import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.patterns.leaves import leaf_values, weights


@settings(max_examples=50)
@given(st.data(), st.integers(1, 5))
def test_a_leaf_gives_the_mean_of_each_reference(data: st.DataObject, features: int) -> None:
    sets = 1 << features
    counts = np.array(data.draw(st.lists(st.integers(0, 5), min_size=sets, max_size=sets)), float)
    counts[data.draw(st.integers(0, sets - 1))] += 1
    value = 0.7
    given_ = leaf_values(value, counts, features, *weights())
    for s, bit in itertools.product(range(sets), range(features)):
        total = 0.0
        for q in range(sets):
            if s | q != sets - 1:
                continue
            a, b = (s & ~q).bit_count(), (q & ~s).bit_count()
            if s & ~q & 1 << bit:
                share = math.factorial(a - 1) * math.factorial(b) / math.factorial(a + b)
            elif q & ~s & 1 << bit:
                share = -math.factorial(a) * math.factorial(b - 1) / math.factorial(a + b)
            else:
                share = 0.0
            total += counts[q] * share * value
        np.testing.assert_allclose(given_[bit, s], total / counts.sum(), atol=1e-14)
    assert given_[features].tolist() == [0.0] * (sets - 1) + [value]


def test_a_leaf_without_conditions_gives_no_feature_anything() -> None:
    given_ = leaf_values(0.5, np.array([3.0]), 0, *weights())
    assert given_.tolist() == [[0.5]]
