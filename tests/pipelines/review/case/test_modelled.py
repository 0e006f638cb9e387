"""What is known of the model behind a run."""

import time

from pipelines.config import RunConfig
from pipelines.review.case.modelled import modelled


def test_without_a_digest_nobody_is_asked(portfolio: RunConfig) -> None:
    started = time.perf_counter()
    assert modelled(portfolio, "") is None
    assert time.perf_counter() - started < 0.1


def test_a_model_that_is_not_registered_is_looked_for_once(portfolio: RunConfig) -> None:
    # The first look may take longer than a page waits; its thread ends by itself.
    assert [modelled(portfolio, "f" * 64) for _ in range(40)] == [None] * 40
    started = time.perf_counter()
    assert modelled(portfolio, "f" * 64) is None
    assert time.perf_counter() - started < 0.3
