"""Samples: laws of the partition, maturity, and what is refused."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from features.errors import DataError
from features.language import LANGUAGES, catalogue
from features.samples import MIN_ROWS, Sample, SampleSpec, assign, undivided


def outcomes(rows: int, every: int = 4) -> pd.Series:
    return pd.Series((np.arange(rows) % every == 0).astype(float), index=np.arange(rows) + 1000)


def monthly(rows: int, months: int = 10) -> pd.Series:
    month = pd.Series(np.arange(rows) * months // rows)
    return pd.Series(pd.date_range("2023-01-01", periods=months, freq="MS")[month])


def test_without_dates_chance_parts_the_rows() -> None:
    sample = assign(outcomes(1000), None, SampleSpec())
    assert sample.value_counts().to_dict() == {"development": 600, "validation": 200, "test": 200}
    assert sample.index.equals(outcomes(1000).index)
    assert sample.dtype == "str"


def test_drawn_samples_keep_the_default_rate() -> None:
    target = outcomes(1000, every=5)
    sample = assign(target, None, SampleSpec(test_share=0.1))
    assert target.groupby(sample).mean().round(12).tolist() == [0.2, 0.2, 0.2]


def test_the_seed_decides_the_draw() -> None:
    target = outcomes(200)
    first, again = (assign(target, None, SampleSpec(seed=3)) for _ in range(2))
    assert first.equals(again)
    assert not first.equals(assign(target, None, SampleSpec(seed=4)))


def test_the_latest_part_is_out_of_time() -> None:
    dates = monthly(1000)
    sample = assign(outcomes(1000), dates, SampleSpec())
    late = dates[(sample == Sample.OUT_OF_TIME).to_numpy()]
    assert late.min() == pd.Timestamp("2023-09-01")
    assert len(late) == 200
    assert (sample == Sample.VALIDATION).sum() == 160
    assert (sample == Sample.TEST).sum() == 0


def test_a_date_can_part_the_samples() -> None:
    spec = SampleSpec(out_of_time_from=dt.date(2023, 10, 1), test_share=0.1)
    counts = assign(outcomes(1000), monthly(1000), spec).value_counts()
    assert counts["out_of_time"] == 100
    assert counts["test"] == 90


def test_without_an_out_of_time_share_a_test_is_drawn() -> None:
    sample = assign(outcomes(1000), monthly(1000), SampleSpec(out_of_time_share=0))
    assert set(sample) == {"development", "validation", "test"}


def test_immature_rows_are_set_apart() -> None:
    spec = SampleSpec(maturity_months=6, observed_until=dt.date(2024, 1, 1))
    dates = monthly(1000)
    sample = assign(outcomes(1000), dates, spec)
    immature = dates[(sample == Sample.IMMATURE).to_numpy()]
    assert immature.min() == pd.Timestamp("2023-08-01")
    assert len(immature) == 300


@pytest.mark.parametrize(
    ("applied", "final"), [("2023-08-31", "2024-02-29"), ("2022-08-30", "2023-02-28")]
)
def test_a_short_month_matures_on_its_last_day(applied: str, final: str) -> None:
    dates = pd.Series([pd.Timestamp(applied)] * 100)
    day = dt.date.fromisoformat(final)
    spec = SampleSpec(maturity_months=6, observed_until=day, out_of_time_share=0)
    assert Sample.IMMATURE not in set(assign(outcomes(100), dates, spec))
    earlier = spec.model_copy(update={"observed_until": day - dt.timedelta(days=1)})
    with pytest.raises(DataError, match=f"no outcome is mature: the first is final on {final}"):
        assign(outcomes(100), dates, earlier)


@pytest.mark.parametrize(
    ("target", "dates", "spec", "message"),
    [
        (outcomes(MIN_ROWS - 1), None, {}, f"at least {MIN_ROWS} are needed"),
        (outcomes(0), None, {}, "0 row"),
        (outcomes(0), monthly(0), {"observed_until": dt.date(2024, 1, 1)}, "0 row"),
        (outcomes(100) * 0, None, {}, "development sample has 0 bad and 60 good"),
        (outcomes(100) * 2, None, {}, "neither 0 nor 1"),
        (outcomes(100).replace(0, np.nan), None, {}, "neither 0 nor 1"),
        (outcomes(100), monthly(99), {}, "99 dates for 100 targets"),
        (outcomes(100), monthly(100, months=1), {}, "set out_of_time_share = 0"),
        (outcomes(100), monthly(100), {"out_of_time_from": dt.date(2030, 1, 1)}, "on or after"),
        (outcomes(100), monthly(100), {"out_of_time_from": dt.date(2000, 1, 1)}, "dated before"),
        (outcomes(100), monthly(100).where(lambda d: d.index > 1), {}, "2 row.s. have no appl"),
        (pd.Series([1.0] * 160 + [0, 1] * 20), monthly(200), {}, "development sample has 128 bad"),
    ],
)
def test_what_cannot_be_parted_is_refused(
    target: pd.Series, dates: pd.Series | None, spec: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        assign(target, dates, SampleSpec.model_validate(spec))


@pytest.mark.parametrize(
    "spec",
    [{"validation_share": 0.6, "test_share": 0.4}, {"out_of_time_share": 1}, {"shares": 1}],
)
def test_impossible_shares_are_refused(spec: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SampleSpec.model_validate(spec)


@settings(max_examples=80)
@given(
    st.integers(200, 400),
    st.integers(2, 60),
    st.sampled_from([0.0, 0.1, 0.2, 0.5]),
    st.sampled_from([None, dt.date(2024, 3, 15), dt.date(2026, 1, 1)]),
    st.integers(0, 5),
)
def test_samples_part_the_rows_and_time_runs_forward(
    rows: int, days: int, share: float, until: dt.date | None, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    target = pd.Series(generator.integers(0, 2, rows), index=generator.permutation(rows))
    dates = pd.Series(
        pd.Timestamp("2023-03-01") + pd.to_timedelta(generator.integers(0, days, rows), "D")
    )
    spec = SampleSpec(out_of_time_share=share, observed_until=until, seed=seed)
    try:
        sample = assign(target, dates, spec)
    except DataError:
        return
    assert sample.index.equals(target.index)
    assert set(sample) <= set(Sample)
    name = sample.to_numpy()
    immature, late = name == Sample.IMMATURE, name == Sample.OUT_OF_TIME
    before = dates[~immature & ~late]
    assert (share == 0) == (not late.any())
    assert not late.any() or dates[late].min() > before.max()
    assert not immature.any() or dates[immature].min() > dates[~immature].max()


def test_every_sample_has_its_text() -> None:
    for sample in Sample:
        assert all(catalogue("features").text(lang, f"sample.{sample}") for lang in LANGUAGES)


def test_a_table_that_only_judges_needs_one_row_of_one_outcome() -> None:
    assert undivided(outcomes(1) * 0, None, SampleSpec()).tolist() == [Sample.ALL]
    assert undivided(outcomes(3) * 0, monthly(3, months=1), SampleSpec()).tolist() == ["all"] * 3


def test_rows_that_only_judge_are_all_there_or_immature() -> None:
    spec = SampleSpec(observed_until=dt.date(2024, 6, 1), maturity_months=12)
    target, dates = outcomes(400), monthly(400)
    parted, whole = assign(target, dates, spec), undivided(target, dates, spec)
    assert whole.index.equals(target.index)
    assert 0 < (whole == Sample.IMMATURE).sum() < len(whole)
    assert (whole == Sample.IMMATURE).equals(parted == Sample.IMMATURE)
    assert set(whole) == {"all", "immature"}


def test_a_table_without_a_row_judges_nothing() -> None:
    with pytest.raises(DataError, match="no row can be judged by"):
        undivided(outcomes(0), None, SampleSpec())
    with pytest.raises(DataError, match="neither 0 nor 1"):
        undivided(pd.Series([2.0]), None, SampleSpec())
