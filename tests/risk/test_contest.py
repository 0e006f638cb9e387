import numpy as np
from scipy.special import expit

from risk.contest import Entries, hold
from risk.overlay import Verdict

N = 2400
RNG = np.random.default_rng(8)
LOG_ODDS = RNG.normal(-2.2, 1.0, N)
POOR = RNG.random(N) < 0.25
LEVEL = np.where(POOR, 3, 0)
Y = (RNG.random(N) < expit(LOG_ODDS + 1.2 * POOR)).astype(np.float64)
LATER = np.arange(N) >= 1000
CHOSEN = np.arange(N) % 5 != 0


def entries(texts: list[str] | None, y: np.ndarray = Y) -> Entries:
    return Entries(LOG_ODDS, LEVEL, y, CHOSEN & ~LATER, CHOSEN & LATER, texts, ~LATER, in_time=True)


def test_every_contestant_has_a_figure_for_every_chosen_row_and_no_other() -> None:
    held = hold(entries([f"text {p}" for p in POOR]))
    assert list(held.log_odds) == ["model", "opinion", "text", "both"]
    for each in held.log_odds.values():
        assert (np.isfinite(each) == CHOSEN).all()
    assert (held.log_odds["opinion"][CHOSEN] >= LOG_ODDS[CHOSEN]).all()


def test_without_documents_there_is_no_text_score() -> None:
    held = hold(entries(None))
    assert list(held.log_odds) == ["model", "opinion"]
    assert held.overlay.verdict is Verdict.PROVEN


def test_no_later_outcome_reaches_a_later_prediction() -> None:
    texts = [f"text {p}" for p in POOR]
    turned = hold(entries(texts, np.where(LATER, 1 - Y, Y)))
    for name, each in hold(entries(texts)).log_odds.items():
        np.testing.assert_array_equal(each, turned.log_odds[name])
