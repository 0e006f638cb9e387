import numpy as np
import pytest

from features.errors import DataError
from features.samples import Sample
from pipelines.book import Book, load_book
from pipelines.errors import ConfigError
from pipelines.evaluation.sample import JUDGED_SHARE, Draw, draw
from pipelines.job import Silent
from pipelines.sources import open_source
from risk.model import PDModel
from tests.pipelines.conftest import Bank


@pytest.fixture(scope="module")
def book(bank: Bank) -> Book:
    config = bank.config
    source = open_source(str(bank.folder / "book.parquet"))
    return load_book(config, config.read_dictionary(), source, Silent())


@pytest.fixture(scope="module")
def model(bank: Bank) -> PDModel:
    stored = bank.champion()
    return PDModel.load(stored.path, stored.digest)


def test_only_rows_out_of_time_are_drawn_and_the_later_ones_judge(
    book: Book, model: PDModel
) -> None:
    drawn = draw(book, model.dictionary.date, model, Draw(size=700))
    unseen = book.intake.accepted[(book.sample == Sample.OUT_OF_TIME).to_numpy()]
    assert set(drawn.accepted["application_id"]) == set(unseen["application_id"])
    assert drawn.chosen.sum() == 700
    assert drawn.dates is not None
    assert drawn.dates.is_monotonic_increasing
    assert drawn.dates[~drawn.later].max() < drawn.dates[drawn.later].min()
    assert drawn.in_time
    assert drawn.judged.sum() / 700 == pytest.approx(JUDGED_SHARE, abs=0.03)
    assert drawn.alike == 0


def test_a_larger_sample_holds_the_smaller_one(book: Book, model: PDModel) -> None:
    few, more = (draw(book, model.dictionary.date, model, Draw(size=n)) for n in (650, 700))
    assert more.chosen[few.chosen].all()


def test_rows_that_the_model_was_trained_on_are_refused(book: Book, model: PDModel) -> None:
    with pytest.raises(ConfigError, match="trained on them"):
        draw(book, model.dictionary.date, model, Draw(rows="all", size=0))


def test_a_sample_too_small_to_judge_is_refused(book: Book, model: PDModel) -> None:
    with pytest.raises(DataError, match=r"300 sampled rows of 751 .* larger sample"):
        draw(book, model.dictionary.date, model, Draw(size=300))


def test_where_all_unseen_rows_are_too_few_other_rows_are_asked_for(
    book: Book, model: PDModel
) -> None:
    few = np.flatnonzero(book.sample == book.latest)[250:]
    sample = book.sample.copy()
    sample.iloc[few] = Sample.DEVELOPMENT
    with pytest.raises(DataError, match=r"of all 250 unseen rows, .* --rows all"):
        draw(book._replace(sample=sample), model.dictionary.date, model, Draw(size=300))


def test_a_table_without_unseen_rows_is_refused(book: Book, model: PDModel) -> None:
    seen = book._replace(sample=book.sample.replace(str(Sample.OUT_OF_TIME), "development"))
    with pytest.raises(ConfigError, match="seen them all"):
        draw(seen, model.dictionary.date, model, Draw())


def test_without_dates_chance_parts_the_rows(book: Book, model: PDModel) -> None:
    drawn = draw(book, None, model, Draw(size=0))
    assert drawn.dates is None
    assert not drawn.in_time
    assert np.mean(drawn.later) == pytest.approx(JUDGED_SHARE, abs=0.08)
