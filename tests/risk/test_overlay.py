import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logit

from features.errors import DataError
from risk.errors import ModelError
from risk.overlay import BOUND, Evidence, Overlay, Verdict, Weights, levels, raised
from risk.reasoning.claims import NoOpinion, Opinion
from risk.validation.paired import Gain

CONFIDENCES = ("low", "medium", "high")
CONCERNS = [Opinion(stance="concern", direction="raises", confidence=c) for c in CONFIDENCES]
SILENT = [
    None,
    NoOpinion(no_opinion="template"),
    *(Opinion(stance="agree", confidence=c) for c in CONFIDENCES),
    *(
        Opinion(stance="concern", direction=d, confidence=c)
        for d in ("lowers", "neutral")
        for c in CONFIDENCES
    ),
]
GOOD = Gain(difference=0.01, low=0.002, high=0.018, p_value=0.01)
OPEN = Gain(difference=0.01, low=-0.002, high=0.022, p_value=0.1)
BAD = Gain(difference=-0.01, low=-0.018, high=-0.002, p_value=0.01)

opinions = st.sampled_from([*CONCERNS, *SILENT])
pds = st.floats(min_value=1e-6, max_value=1 - 1e-6)
steps = st.floats(min_value=0, max_value=0.5)


def weights_of(low: float, more: float, most: float) -> Weights:
    return Weights(low=low, medium=low + more, high=low + more + most)


def evidence(auc: Gain = GOOD, brier: Gain = OPEN, at_level: Gain = OPEN) -> Evidence:
    sizes = {"fitted_rows": 500, "fitted_bads": 50, "rows": 500, "bads": 50, "concerns": 40}
    return Evidence(auc=auc, brier=brier, brier_at_level=at_level, **sizes)


def proven(weights: Weights) -> Overlay:
    return Overlay(
        weights=weights, found=weights, verdict=Verdict.PROVEN, evidence=evidence(), fitted_on="0"
    )


@given(st.lists(st.tuples(pds, opinions), min_size=1, max_size=20), steps, steps, steps)
def test_no_opinion_ever_lowers_a_pd_or_moves_it_beyond_the_bound(
    rows: list[tuple[float, Opinion | NoOpinion | None]], low: float, more: float, most: float
) -> None:
    overlay = proven(weights_of(low, more, most))
    before = np.array([pd_ for pd_, _ in rows])
    after = overlay.apply(before, [opinion for _, opinion in rows])
    assert (after >= before).all()
    assert (after < 1).all()
    assert (logit(after) - logit(before) <= BOUND + 1e-6).all()


@given(pds, steps, steps, steps)
def test_a_surer_concern_never_counts_less(
    pd_: float, low: float, more: float, most: float
) -> None:
    overlay = proven(weights_of(low, more, most))
    after = overlay.apply(np.full(4, pd_), [None, *CONCERNS])
    assert (np.diff(after) >= 0).all()


@given(st.lists(st.tuples(pds, opinions), max_size=20))
def test_without_proof_every_pd_stays_to_the_last_bit(
    rows: list[tuple[float, Opinion | NoOpinion | None]],
) -> None:
    before = np.array([pd_ for pd_, _ in rows])
    found = Overlay(found=weights_of(0.2, 0.2, 0.2), verdict=Verdict.NOT_BETTER)
    for overlay in (Overlay.none(), found):
        assert overlay.apply(before, [o for _, o in rows]).tobytes() == before.tobytes()


@given(pds, st.sampled_from(SILENT))
def test_what_is_no_concern_on_the_risky_side_counts_nothing(
    pd_: float, opinion: Opinion | NoOpinion | None
) -> None:
    before = np.array([pd_])
    assert proven(weights_of(0.4, 0.3, 0.3)).apply(before, [opinion]).tolist() == [pd_]


@given(st.lists(st.tuples(pds, opinions), min_size=2, max_size=20))
def test_a_batch_equals_its_rows_one_by_one(
    rows: list[tuple[float, Opinion | NoOpinion | None]],
) -> None:
    overlay = proven(weights_of(0.1, 0.2, 0.3))
    whole = overlay.apply(np.array([p for p, _ in rows]), [o for _, o in rows])
    single = [overlay.apply(np.array([p]), [o])[0] for p, o in rows]
    assert whole.tolist() == single


@given(steps, steps, steps)
def test_the_record_survives_json(low: float, more: float, most: float) -> None:
    overlay = proven(weights_of(low, more, most))
    assert Overlay.from_json(overlay.to_json()) == overlay


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": Verdict.NOT_BETTER},
        {"evidence": None},
        {"evidence": evidence(auc=OPEN)},
        {"evidence": evidence(brier=BAD)},
        {"bound": 0.1},
    ],
)
def test_weights_that_are_not_borne_out_cannot_be_read(changes: dict[str, object]) -> None:
    overlay = proven(weights_of(0.2, 0.2, 0.2)).model_copy(update=changes)
    with pytest.raises(ModelError, match="evaluate-reasoning"):
        Overlay.from_json(overlay.to_json())


def test_levels_follow_stance_side_and_confidence() -> None:
    assert levels([*CONCERNS, *SILENT]).tolist() == [1, 2, 3, *[0] * len(SILENT)]


def test_pds_that_an_overlay_cannot_take_are_refused() -> None:
    with pytest.raises(DataError, match="strictly between"):
        raised(np.array([0.0]), np.array([1.0]))
    with pytest.raises(DataError, match="2 opinions"):
        raised(np.array([0.5]), np.array([1.0, 0.0]))
    assert raised(np.array([1 - 1e-16]), np.array([1.5]))[0] < 1
