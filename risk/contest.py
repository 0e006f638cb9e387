"""Model, opinions and text score put to a contest: fitted on earlier rows, met again on later ones.

Every figure rests on rows that took no part in the fit: earlier rows are predicted out of fold.
Comparing the contestants is `risk.validation.reasoning`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from features.encoding import FloatArray
from risk.overlay import BOUND, LevelArray, Overlay
from risk.overlay_fit import Reasoned, cross_fitted, fit, judge
from risk.textscore import TextScore

Mask = npt.NDArray[np.bool_]


class Entries(NamedTuple):
    """Labelled rows, n of them, that the model was not trained on.

    Attributes:
        log_odds: The model's own, shape (n,).
        level: Level of the opinion, as `risk.overlay.levels`; 0 where nobody was asked.
        y: 1 for default, 0 for repaid.
        earlier: Rows with an opinion that fit the overlay.
        later: Rows with an opinion that judge.
        texts: Redacted documents; None where there are none, and then no text score.
        text_rows: Rows that fit the text score: none of the later period, with or without an
            opinion, for labels and words cost nothing.
        in_time: The later rows are later, not parted from the earlier ones by chance.
    """

    log_odds: FloatArray
    level: LevelArray
    y: FloatArray
    earlier: Mask
    later: Mask
    texts: Sequence[str] | None
    text_rows: Mask
    in_time: bool


class Contest(NamedTuple):
    """What came of it.

    Attributes:
        overlay: The effect of opinions, as it ships.
        log_odds: Of each contestant, `model`, `opinion`, `text` and `both`, shape (n,); NaN for
            rows that are neither earlier nor later.
    """

    overlay: Overlay
    log_odds: dict[str, FloatArray]


def hold(entries: Entries, *, seed: int = 0, bound: float = BOUND) -> Contest:
    """Fit every contestant on earlier rows and predict the later ones.

    `opinion` has the weights that were found, whether or not they ship.

    Raises:
        DataError: A part has too few rows or bads.
    """
    earlier, later = entries.earlier, entries.later
    rows = Reasoned(entries.log_odds, entries.level, entries.y)
    overlay = judge(rows.at(earlier), rows.at(later), bound, in_time=entries.in_time)
    effect = np.full(len(rows.y), np.nan)
    effect[earlier] = cross_fitted(rows.at(earlier), seed=seed, bound=bound)
    effect[later] = overlay.found.effect(rows.level[later])
    shown = np.where(earlier | later, entries.log_odds, np.nan)
    contestants = {"model": shown, "opinion": shown + effect}
    if entries.texts is not None:
        text = _text(entries, entries.texts, seed)
        more = rows._replace(log_odds=text).at(earlier)
        effect = np.full(len(rows.y), np.nan)
        effect[earlier] = cross_fitted(more, seed=seed, bound=bound)
        effect[later] = fit(more, bound).effect(rows.level[later])
        contestants |= {"text": np.where(earlier | later, text, np.nan), "both": text + effect}
    return Contest(overlay, contestants)


def _text(entries: Entries, texts: Sequence[str], seed: int) -> FloatArray:
    """Text score of all rows that fit it (out of fold) and of the later ones; NaN elsewhere."""
    found = np.full(len(entries.y), np.nan)
    fitting, later = (np.flatnonzero(m).tolist() for m in (entries.text_rows, entries.later))
    words, y = [texts[i] for i in fitting], entries.y[fitting]
    score = TextScore.fit(words, entries.log_odds[fitting], y, seed=seed)
    found[fitting] = score.held_out
    found[later] = score.log_odds([texts[i] for i in later], entries.log_odds[later])
    return found
