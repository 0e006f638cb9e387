"""Which labelled rows an evaluation of the reasoning pass rests on.

Rows the model was trained on would flatter it, so only unseen ones are drawn from. The earlier
part of the drawn rows fits what has to be fitted, the later part judges it.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.dictionary import Field
from features.encoding import FloatArray
from features.errors import DataError
from pipelines.book import Book
from pipelines.unseen import Rows, refuse_seen, unseen
from risk.model import PDModel
from risk.overlay_fit import MIN_BADS, MIN_ROWS

JUDGED_SHARE = 0.5

Mask = npt.NDArray[np.bool_]


class Drawn(NamedTuple):
    """Unseen rows of a labelled table, by date where there is one.

    Attributes:
        accepted: The rows, n of them, as intake accepted them.
        y: 1 for default, 0 for repaid, shape (n,).
        chosen: Which are reasoned about.
        later: Which are dated in the part that judges, chosen or not.
        dates: Their application dates, where the portfolio has them.
        alike: Share of the model's reference applicants who are found among them.
    """

    accepted: pd.DataFrame
    y: FloatArray
    chosen: Mask
    later: Mask
    dates: pd.Series | None
    alike: float

    @property
    def earlier(self) -> Mask:
        """The chosen rows that fit."""
        return self.chosen & ~self.later

    @property
    def judged(self) -> Mask:
        """The chosen rows that judge."""
        return self.chosen & self.later

    @property
    def in_time(self) -> bool:
        """Whether dates parted the rows, and not chance."""
        if self.dates is None:
            return False
        return bool(self.dates[self.earlier].max() < self.dates[self.judged].min())


class Draw(NamedTuple):
    """How to draw.

    Attributes:
        rows: As `pipelines.unseen.Rows`.
        size: Most rows to reason about; 0 for all.
        seed: Of the draw; a larger sample holds every row of a smaller one.
    """

    rows: Rows = "unseen"
    size: int = 1000
    seed: int = 0


def draw(book: Book, date: Field | None, model: PDModel, how: Draw) -> Drawn:
    """Draw rows and part them by date; by chance where the portfolio has no dates.

    Raises:
        ConfigError: The table holds no unseen rows, or the model was trained on them.
        DataError: Either part would have too few rows or bads to say anything.
    """
    mask = unseen(book, how.rows)
    alike = refuse_seen(model, book.x[mask])
    accepted, y = book.intake.accepted[mask], book.y[mask]
    ids = accepted["application_id"].astype(str)
    order = np.lexsort((ids.to_numpy(), _days(accepted, date)))
    accepted, y = accepted.iloc[order], y[order]
    chance = _chance(accepted["application_id"], how.seed)
    chosen = np.zeros(len(y), dtype=np.bool_)
    chosen[np.argsort(chance, kind="stable")[: how.size or len(y)]] = True
    dates = accepted[date.name] if date else None
    drawn = Drawn(accepted, y, chosen, _later(accepted, date, chosen, how.seed), dates, alike)
    _check(drawn)
    return drawn


def _days(accepted: pd.DataFrame, date: Field | None) -> npt.NDArray[np.int64]:
    if date is None:
        return np.zeros(len(accepted), dtype=np.int64)
    days = accepted[date.name].to_numpy("datetime64[D]").astype(np.int64)
    return np.asarray(days, dtype=np.int64)


def _chance(ids: pd.Series, seed: int) -> npt.NDArray[np.uint64]:
    """A number for each row by a keyed hash of its id, whatever rows stand beside it."""
    values = ids.astype(str).to_numpy(dtype=object)
    key = f"{seed % 10**16:016d}"
    return np.asarray(pd.util.hash_array(values, hash_key=key, categorize=False), np.uint64)


def _later(accepted: pd.DataFrame, date: Field | None, chosen: Mask, seed: int) -> Mask:
    """The last days that hold nearest to `JUDGED_SHARE` of the chosen rows; whole days only."""
    days = _days(accepted, date)
    distinct, first = np.unique(days[chosen], return_index=True)
    if len(distinct) < 2:
        chance = _chance(accepted["application_id"], seed + 1)
        return np.asarray(chance.astype(np.float64) < JUDGED_SHARE * 2.0**64, dtype=np.bool_)
    shares = 1 - first[1:] / chosen.sum()
    start = distinct[1 + int(np.argmin(np.abs(shares - JUDGED_SHARE)))]
    return np.asarray(days >= start, dtype=np.bool_)


def _check(drawn: Drawn) -> None:
    """Nothing is asked, and paid for, that could not be judged afterwards."""
    asked, unseen = int(drawn.chosen.sum()), len(drawn.y)
    rest = asked < unseen
    drawn_from = (
        f"{asked} sampled rows of {unseen} unseen ones" if rest else f"all {unseen} unseen rows"
    )
    advice = (
        "take a larger sample"
        if rest
        else "give a longer table, or with --rows all a whole one that is younger than the model"
    )
    for name, part in (("earlier", drawn.earlier), ("later", drawn.judged)):
        rows, bads = int(part.sum()), int(drawn.y[part].sum())
        if rows >= MIN_ROWS and min(bads, rows - bads) >= MIN_BADS:
            continue
        raise DataError(
            f"of {drawn_from}, the {name} part has {rows} with {bads} bads, which is too few to "
            f"tell anything; at least {MIN_ROWS} with {MIN_BADS} bads and as many goods are "
            f"needed: {advice}"
        )
