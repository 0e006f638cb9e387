"""Numbers for digests: given once, whatever is kept apart and whenever it is joined."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.associations.arrays import NONE
from features.associations.keys import NOBODY
from features.associations.numbering import Numbers

batches = st.lists(st.lists(st.integers(0, 60), max_size=12), max_size=10)


@given(batches)
def test_every_digest_keeps_the_number_it_was_given(brought: list[list[int]]) -> None:
    numbers, known = Numbers.empty(), dict[int, int]()
    for each in brought:
        for fresh in sorted({one for one in each if one != NOBODY and one not in known}):
            known[fresh] = len(known)
        numbers, found = numbers.given(np.array(each, np.uint64), numbers.met)
        assert found.tolist() == [known.get(one, NONE) for one in each]
    everybody = np.arange(70).astype(np.uint64)
    assert numbers.find(everybody).tolist() == [known.get(one, NONE) for one in range(70)]
    pairs = [
        pair
        for digests, places in numbers.parts()
        for pair in zip(digests.tolist(), places.tolist(), strict=True)
    ]
    assert sorted(pairs) == sorted(known.items())
    assert numbers.met == len(known)


def test_the_many_stay_as_they_are_until_the_few_are_an_eighth_of_them() -> None:
    many, _ = Numbers.empty().given(np.arange(1, 101).astype(np.uint64), 0)
    few, _ = many.given(np.arange(101, 113).astype(np.uint64), 100)
    assert few.digests is many.digests
    more, _ = few.given(np.array([113], np.uint64), 112)
    assert len(more.digests) == 113
    assert not len(more.late_digests)
