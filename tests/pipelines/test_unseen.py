import numpy as np
import pandas as pd
import pytest

from features.intake import Intake
from pipelines.book import Book
from pipelines.errors import ConfigError
from pipelines.unseen import refuse_seen, unseen
from tests.risk.report.scene import evidence, fitted


def book(*samples: str) -> Book:
    rows = len(samples)
    frame = pd.DataFrame(index=range(rows))
    return Book(Intake(frame, frame), np.zeros((rows, 1)), np.zeros(rows), pd.Series(samples))


@pytest.mark.parametrize("latest", ["out_of_time", "test"])
def test_the_youngest_rows_that_training_left_alone_judge(latest: str) -> None:
    rows = book("development", latest, "validation", latest)
    assert unseen(rows, "unseen").tolist() == [False, True, False, True]
    assert unseen(rows, "all").all()


def test_a_table_that_was_all_trained_on_judges_nothing() -> None:
    with pytest.raises(ConfigError, match="the model has seen them all"):
        unseen(book("development", "validation"), "unseen")


def test_a_model_is_not_judged_by_the_rows_it_was_trained_on() -> None:
    model, development = fitted()[0].model, evidence().development
    assert development is not None
    assert development.x is not None
    with pytest.raises(ConfigError, match="the model was trained on them"):
        refuse_seen(model, development.x)


def test_other_rows_may_judge_it_and_missing_values_are_alike() -> None:
    model, current = fitted()[0].model, evidence().current
    assert current.x is not None
    assert refuse_seen(model, current.x) < 0.05
    odd = model.reference.copy()
    odd[np.isnan(odd)] = -np.nan
    with pytest.raises(ConfigError):
        refuse_seen(model, np.vstack([odd, current.x]))
