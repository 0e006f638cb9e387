import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from risk.scorecard import MASTER_SCALE, Grade, Scaling

PDS = st.floats(1e-6, 1 - 1e-6)
SCALINGS = st.builds(
    Scaling,
    base_points=st.floats(-1000, 1000),
    base_odds=st.floats(0.1, 1000),
    pdo=st.floats(1, 100),
)


@given(SCALINGS, PDS, PDS)
def test_points_fall_as_the_pd_rises(scaling: Scaling, one: float, other: float) -> None:
    low, high = sorted((one, other))
    points = scaling.points(np.array([low, high]))
    assert points[0] >= points[1]
    if high - low > 1e-9:
        assert points[0] > points[1]


@given(SCALINGS, PDS)
def test_points_lead_back_to_their_pd(scaling: Scaling, pd_: float) -> None:
    back = scaling.pd_from_points(scaling.points(np.array([pd_])))
    assert back[0] == pytest.approx(pd_, rel=1e-6)


@given(SCALINGS)
def test_base_odds_earn_base_points_and_pdo_doubles_the_odds(scaling: Scaling) -> None:
    odds = np.array([1.0, 2.0]) * scaling.base_odds
    points = scaling.points(1 / (1 + odds))
    assert points[0] == pytest.approx(scaling.base_points, abs=1e-6)
    assert points[1] - points[0] == pytest.approx(scaling.pdo, abs=1e-6)


@given(PDS, PDS)
def test_grades_keep_the_order_of_pds(one: float, other: float) -> None:
    grades = Scaling().grade(np.array(sorted((one, other))))
    assert grades[0] <= grades[1]


def test_a_pd_on_a_limit_belongs_to_the_safer_grade() -> None:
    limits = np.array([grade.pd_up_to for grade in MASTER_SCALE])
    assert Scaling().grade(limits).tolist() == list("ABCDEFGH")
    assert Scaling().grade(np.nextafter(limits[:-1], 1)).tolist() == list("BCDEFGH")


@given(st.lists(PDS, min_size=1, max_size=40))
def test_a_batch_equals_its_rows_one_by_one(pds: list[float]) -> None:
    scaling, batch = Scaling(), np.array(pds)
    single = [scaling.points(batch[i : i + 1])[0] for i in range(len(batch))]
    assert scaling.points(batch).tolist() == single


@pytest.mark.parametrize(
    "grades",
    [
        (),
        (Grade(name="A", pd_up_to=0.5),),
        (Grade(name="A", pd_up_to=1), Grade(name="B", pd_up_to=1)),
        (Grade(name="A", pd_up_to=0.5), Grade(name="A", pd_up_to=1)),
    ],
)
def test_a_scale_that_does_not_rise_to_one_is_refused(grades: tuple[Grade, ...]) -> None:
    with pytest.raises(ValidationError):
        Scaling(grades=grades)
