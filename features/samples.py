"""Development, validation, out-of-time and test samples, and outcomes too young to count.

Every row is in exactly one sample. Time parts the rows where there is a date, chance elsewhere.
"""

from datetime import date
from enum import StrEnum
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from features.errors import DataError

MIN_ROWS = 50
_TEST_SHARE = 0.2

_Labels = npt.NDArray[np.str_]
_Days = npt.NDArray[np.datetime64]


class Sample(StrEnum):
    """What a row is used for; `immature` rows are neither trained nor measured on.

    `all` are those of a table that a model is judged on and nothing learned from.
    """

    DEVELOPMENT = "development"
    VALIDATION = "validation"
    OUT_OF_TIME = "out_of_time"
    TEST = "test"
    IMMATURE = "immature"
    ALL = "all"


class SampleSpec(BaseModel):
    """How to part the rows.

    Attributes:
        out_of_time_from: First application date of the out-of-time sample.
        out_of_time_share: Share of the mature rows, the latest ones, that become out-of-time
            where there are dates and no `out_of_time_from`; 0 for none.
        validation_share: Share of the rows before it drawn for validation.
        test_share: Share of the same rows drawn for a test that nothing is tuned on. Unset: 0.2
            where there is no out-of-time sample, else 0.
        maturity_months: Months after application until an outcome is final.
        observed_until: Last day on which outcomes were observed; unset, all count as final.
        seed: Seed of the draw.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    out_of_time_from: date | None = None
    out_of_time_share: float = Field(default=0.2, ge=0, lt=1)
    validation_share: float = Field(default=0.2, gt=0, lt=1)
    test_share: float | None = Field(default=None, ge=0, lt=1)
    maturity_months: int = Field(default=12, ge=0, le=600)
    observed_until: date | None = None
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _leaves_development(self) -> Self:
        if self.validation_share + (self.test_share or 0.0) >= 1:
            raise ValueError("validation_share and test_share leave nothing to develop on")
        return self

    def drawn_for_test(self, *, timed: bool) -> float:
        """Share of the rows drawn for a test; `timed` where there is an out-of-time sample.

        Example:
            >>> SampleSpec().drawn_for_test(timed=False), SampleSpec().drawn_for_test(timed=True)
            (0.2, 0.0)
        """
        if self.test_share is not None:
            return self.test_share
        # Where validation takes nearly everything, the default must leave rows to develop on.
        return 0.0 if timed else min(_TEST_SHARE, (1 - self.validation_share) / 2)


def assign(target: pd.Series, dates: pd.Series | None, spec: SampleSpec) -> pd.Series:
    """The sample of every row.

    Out-of-time takes whole days, so no day is on both sides: with a share, the days whose rows
    come nearest to it. The draws keep the share of bad outcomes the same in each drawn sample.

    Args:
        target: 1 for bad and 0 for good, n rows.
        dates: Application dates of the same rows, or None where the portfolio has none.
        spec: How to part them.

    Returns:
        Values of `Sample` as `str`, n rows, with the index of `target`.

    Raises:
        DataError: An outcome is not 0 or 1, a date is missing, no outcome is mature, too few rows
            are left, or a sample would lack one of the outcomes.

    Example:
        >>> target = pd.Series([0, 1] * 50)
        >>> assign(target, None, SampleSpec()).value_counts()[["development", "test"]].tolist()
        [60, 20]
    """
    outcome = _determined(target)
    days = None if dates is None else _days(dates, len(target))
    sample: _Labels = np.full(len(target), Sample.DEVELOPMENT, dtype="U16")
    if days is not None:
        sample[~_mature(days, spec)] = Sample.IMMATURE
        _enough(sample)
        sample[(sample == Sample.DEVELOPMENT) & _late(days, sample, spec)] = Sample.OUT_OF_TIME
    _enough(sample)
    _draw(sample, outcome, spec)
    _both_outcomes(sample, outcome)
    return pd.Series(sample, index=target.index, dtype="str", name="sample")


def undivided(target: pd.Series, dates: pd.Series | None, spec: SampleSpec) -> pd.Series:
    """The rows of a table that nothing is learned from: few may judge, and of one outcome alone.

    Args:
        target: As for `assign`.
        dates: As for `assign`.
        spec: From when on an outcome is final.

    Returns:
        `all` or `immature`, n rows, with the index of `target`.

    Raises:
        DataError: There is no row, an outcome is not 0 or 1, a date is missing, or no outcome is
            mature.

    Example:
        >>> undivided(pd.Series([0, 0]), None, SampleSpec()).tolist()
        ['all', 'all']
    """
    if not len(target):
        raise DataError(
            "no row can be judged by: the table is empty, or the dictionary refuses all its rows; "
            "give rows with an outcome that keep to it"
        )
    _determined(target)
    sample: _Labels = np.full(len(target), Sample.ALL, dtype="U16")
    if dates is not None:
        sample[~_mature(_days(dates, len(target)), spec)] = Sample.IMMATURE
    return pd.Series(sample, index=target.index, dtype="str", name="sample")


def _determined(target: pd.Series) -> npt.NDArray[np.float64]:
    outcome = target.to_numpy(np.float64, na_value=np.nan)
    if not np.isin(outcome, (0.0, 1.0)).all():
        raise DataError("a target is neither 0 nor 1; samples take determined outcomes only")
    return outcome


def _days(dates: pd.Series, rows: int) -> _Days:
    if len(dates) != rows:
        raise DataError(f"{len(dates)} dates for {rows} targets; pass the columns of one frame")
    days = dates.to_numpy("datetime64[D]")
    gone = int(np.isnat(days).sum())
    if gone:
        raise DataError(
            f"{gone} row(s) have no application date; leave them out, or take the role of the "
            "date away in dictionary.toml to part the rows by chance"
        )
    return days


def _mature(days: _Days, spec: SampleSpec) -> npt.NDArray[np.bool_]:
    if spec.observed_until is None or not len(days):
        return np.ones(len(days), bool)
    final = months_later(days, spec.maturity_months)
    mature = final <= np.datetime64(spec.observed_until, "D")
    if not mature.any():
        raise DataError(
            f"no outcome is mature: the first is final on {final.min()}, {spec.maturity_months} "
            f"months after application, and observed_until is {spec.observed_until}; wait, or "
            "lower maturity_months"
        )
    return np.asarray(mature, bool)


def months_later(days: _Days, months: int) -> _Days:
    """The same day of a later month, or its last day where it is shorter; shape as `days`."""
    month = days.astype("datetime64[M]")
    later = month + np.timedelta64(months, "M")
    last = (later + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    same = later.astype("datetime64[D]") + (days - month.astype("datetime64[D]"))
    return np.asarray(np.minimum(same, last), "datetime64[D]")


def _late(days: _Days, sample: _Labels, spec: SampleSpec) -> npt.NDArray[np.bool_]:
    usable = days[sample == Sample.DEVELOPMENT]
    if spec.out_of_time_from is not None:
        start = np.datetime64(spec.out_of_time_from, "D")
        late = int((usable >= start).sum())
        if not 0 < late < len(usable):
            side = "before" if late else "on or after"
            raise DataError(
                f"no mature application is dated {side} out_of_time_from {start}; they run from "
                f"{usable.min()} to {usable.max()}"
            )
        return np.asarray(days >= start, bool)
    if spec.out_of_time_share == 0:
        return np.zeros(len(days), bool)
    distinct, first = np.unique(np.sort(usable), return_index=True)
    if len(distinct) < 2:
        raise DataError(
            f"all mature applications are dated {distinct[0]}, so none is out of time; set "
            "out_of_time_share = 0"
        )
    shares = 1 - first[1:] / len(usable)
    start = distinct[1 + int(np.argmin(np.abs(shares - spec.out_of_time_share)))]
    return np.asarray(days >= start, bool)


def _draw(sample: _Labels, outcome: npt.NDArray[np.float64], spec: SampleSpec) -> None:
    """Draw validation and test from the development rows, each outcome by itself."""
    timed = bool((sample == Sample.OUT_OF_TIME).any())
    test = spec.drawn_for_test(timed=timed)
    generator = np.random.default_rng(spec.seed)
    for value in (0.0, 1.0):
        rows = np.flatnonzero((sample == Sample.DEVELOPMENT) & (outcome == value))
        rows = generator.permutation(rows)
        validation_end = round(len(rows) * spec.validation_share)
        test_end = validation_end + round(len(rows) * test)
        sample[rows[:validation_end]] = Sample.VALIDATION
        sample[rows[validation_end:test_end]] = Sample.TEST


def _enough(sample: _Labels) -> None:
    left = int((sample == Sample.DEVELOPMENT).sum())
    if left < MIN_ROWS:
        immature = int((sample == Sample.IMMATURE).sum())
        raise DataError(
            f"{left} row(s) are left to develop on, of {len(sample)} ({immature} immature); at "
            f"least {MIN_ROWS} are needed"
        )


def _both_outcomes(sample: _Labels, outcome: npt.NDArray[np.float64]) -> None:
    expected = dict.fromkeys([str(Sample.DEVELOPMENT), str(Sample.VALIDATION), *np.unique(sample)])
    for name in expected:
        bad = int(outcome[sample == name].sum())
        good = int((sample == name).sum()) - bad
        if name != Sample.IMMATURE and not (bad and good):
            raise DataError(
                f"the {name} sample has {bad} bad and {good} good outcomes and needs both; give "
                "it a larger share or more rows"
            )
