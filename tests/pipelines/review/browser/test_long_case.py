"""A case with thirty pages of documents is no slower to work than any other."""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pipelines.config import RunConfig
from pipelines.review.rendering import case_path
from pipelines.review.workbench import Workbench
from pipelines.store import Database
from risk.desk import Role
from tests.pipelines.review.browser.conftest import Desk, Opens
from tests.pipelines.review.browser.keyboard import Keyboard
from tests.pipelines.review.browser.nights import one
from tests.pipelines.review.browser.served import served
from tests.pipelines.review.case.hostile import long_record
from tests.pipelines.review.conftest import CHEAP
from tests.pipelines.review.laid import RUN, lay

USABLE_S = 1.0
TRIES = 5


@pytest.fixture(scope="module")
def long_desk(portfolio: RunConfig, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("long")
    with Database.open(str(folder / "store.db")) as database:
        bench = Workbench(portfolio, portfolio.read_dictionary(), database, CHEAP)
        bench.people.add(one("officer", Role.OFFICER))
        lay(bench, [long_record()])
        with served(bench) as address:
            yield Desk(bench, address)


def test_thirty_pages_are_usable_within_a_second(long_desk: Desk, opens: Opens) -> None:
    page = opens(long_desk.address)
    Keyboard(page).log_in("officer")
    # The machine may be busy with other tests: the fastest time is the page's own.
    took: list[float] = []
    while len(took) < TRIES and min(took, default=math.inf) > USABLE_S:
        took.append(seconds_until_usable(page))
    assert min(took) <= USABLE_S


def seconds_until_usable(page: Page) -> float:
    """From the address to a form that one writes in."""
    began = time.perf_counter()
    page.goto(case_path(RUN, "LONG-30-PAGES"))
    Keyboard(page).press("i")
    expect(page.locator("details.act[open] textarea")).to_be_focused()
    return time.perf_counter() - began
