"""Ids of applications: kept as they came, whatever part of them they lie in."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from features.associations.names import Names

texts = st.lists(st.text(max_size=4), max_size=30)


def names(values: list[str]) -> Names:
    return Names.of(pa.array(values, pa.string()))


@given(st.lists(texts, max_size=5), st.data())
def test_they_stay_in_the_order_in_which_they_were_joined(
    batches: list[list[str]], data: st.DataObject
) -> None:
    joined, every = Names.none(), []
    for batch in batches:
        joined, every = joined.joined(names(batch)), [*every, *batch]
    assert joined.texts().to_pylist() == every
    places = data.draw(st.lists(st.integers(0, len(every) - 1))) if every else []
    assert joined.at(np.array(places, np.int64)).texts().to_pylist() == [every[n] for n in places]
    asked = pa.array([*places, None], pa.int64())
    assert joined.taken(asked).to_pylist() == [*(every[n] for n in places), None]


def test_the_many_stay_as_they_are_while_few_come() -> None:
    many = names([f"A{n}" for n in range(80)])
    more = many.joined(names(["B1", "B2"]))
    assert more.offsets is many.offsets
    assert more.text is many.text
    whole = more.joined(names([f"C{n}" for n in range(9)]))
    assert len(whole.offsets) == 92
    assert len(whole.late_offsets) == 1
