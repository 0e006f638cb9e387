import numpy as np
import pytest
from scipy.special import expit

from features.errors import DataError
from features.intake import check
from features.synthetic import make_book
from risk.textscore import TextScore, redacted
from risk.validation.discrimination import auc

SAID = ("收入稳定，按时还款。", "steady salary, pays on time. ")
BAD = ("多次被催收，资金紧张。", "calls from collectors, short of cash. ")


def rows(n: int, seed: int, *, effect: float) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Texts in both languages whose worse half carries `effect` log-odds that the model misses."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-2.0, 1.0, n)
    poor = rng.random(n) < 0.3
    y = (rng.random(n) < expit(log_odds + effect * poor)).astype(np.float64)
    filler = rng.integers(0, 50, n)
    texts = [
        (BAD if p else SAID)[i % 2] + f"编号 word{f}"
        for i, (p, f) in enumerate(zip(poor, filler, strict=True))
    ]
    return texts, log_odds, y


def test_words_that_tell_of_default_raise_the_auc_on_other_rows() -> None:
    texts, log_odds, y = rows(700, 1, effect=1.5)
    score = TextScore.fit(texts, log_odds, y)
    others, their_log_odds, outcome = rows(1500, 2, effect=1.5)
    assert (
        auc(outcome, score.log_odds(others, their_log_odds)) > auc(outcome, their_log_odds) + 0.02
    )
    assert auc(y, score.held_out) > auc(y, log_odds)


def test_words_that_tell_nothing_leave_the_order_nearly_as_it_was() -> None:
    score = TextScore.fit(*rows(700, 1, effect=0.0))
    others, log_odds, y = rows(1500, 2, effect=0.0)
    assert auc(y, score.log_odds(others, log_odds)) == pytest.approx(auc(y, log_odds), abs=0.01)


def test_the_same_seed_gives_the_same_score() -> None:
    one, two = (TextScore.fit(*rows(300, 4, effect=1.0), seed=3) for _ in range(2))
    assert one.held_out.tolist() == two.held_out.tolist()


def test_applications_without_a_word_fall_back_to_the_model() -> None:
    _, log_odds, y = rows(400, 5, effect=0.0)
    score = TextScore.fit([""] * 400, log_odds, y)
    found = score.log_odds([""] * 400, log_odds)
    assert (np.diff(found[np.argsort(log_odds)]) >= 0).all()


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(DataError, match="larger sample"):
        TextScore.fit(*rows(100, 6, effect=0.0))


def test_nothing_personal_reaches_the_text_score() -> None:
    book = make_book(60, seed=3)
    accepted = check(book.applications, book.dictionary, purpose="train").accepted
    texts = redacted(accepted, book.dictionary)
    assert len(texts) == 60
    assert any(texts)
    for column in ("id_number", "phone", "applicant_name"):
        known = accepted[column].dropna().astype(str)
        assert not [value for value in known if any(value in text for text in texts)], column
