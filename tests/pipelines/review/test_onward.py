"""Whoever goes on to the next case has it alone, however many go on at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from pipelines.config import RunConfig
from pipelines.review.onward import next_case
from pipelines.review.rendering import case_path
from pipelines.review.workbench import Workbench
from pipelines.store import CaseKey, Database
from pipelines.store.desk import DeskRow, Wanted
from risk.desk import Act, Person, Role, State
from tests.pipelines.review.conftest import CHEAP, Browser
from tests.pipelines.review.laid import EVIDENCE, lay, to
from tests.pipelines.store.conftest import KINDS, whole

TURNS = 12
LI, WANG = Person("li", Role.OFFICER), Person("wang", Role.OFFICER)
ZHAO, SUN = Person("zhao", Role.SENIOR), Person("sun", Role.SENIOR)
DECLINED = Act("decide", "decline", "documents", "forged", EVIDENCE)


@pytest.fixture(params=KINDS)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "store.db")
    return str(request.getfixturevalue("postgresql")())


@pytest.fixture
def opened(portfolio: RunConfig, where: str) -> Callable[[], Workbench]:
    """Opens the same desk once more."""
    dictionary = portfolio.read_dictionary()
    return lambda: Workbench(portfolio, dictionary, Database.open(where), CHEAP)


def at_once(
    opened: Callable[[], Workbench], people: tuple[Person, Person], before: DeskRow
) -> list[list[CaseKey]]:
    """Where two people are sent who decide on case after case, both at the same moments."""
    start = Barrier(2)

    def work(person: Person) -> list[CaseKey]:
        given = []
        with opened() as bench:
            for _ in range(TURNS):
                start.wait(60)
                key = next_case(bench, person, before)
                assert key is not None
                bench.desk.act(key, done(bench, key), person, bench.settings)
                given.append(key)
        return given

    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(work, people))


def done(bench: Workbench, key: CaseKey) -> Act:
    row = bench.desk.find(key)
    assert row is not None
    what = "confirm" if row.state is State.SECOND else "decide"
    return Act(what, "decline" if row.proposer else "approve", evidence=EVIDENCE)


@pytest.mark.parametrize("state", [State.OPEN, State.SECOND])
def test_two_who_go_on_at_once_never_meet(opened: Callable[[], Workbench], state: State) -> None:
    with opened() as bench:
        keys = lay(bench, [f"A{number}" for number in range(2 * TURNS)])
        for key in keys if state is State.SECOND else ():
            bench.desk.act(key, DECLINED, LI, bench.settings)
        before = bench.desk.page(Wanted(state=state)).rows[0]
        # Nobody has been at this one; it only says where the two stand.
        elsewhere = replace(before, run_key="b" * 64)
        given = at_once(opened, (LI, WANG) if state is State.OPEN else (ZHAO, SUN), elsewhere)
        assert sorted(given[0] + given[1]) == sorted(keys)
        assert bench.desk.page(Wanted()).rows == ()
        whole(bench.database)


def test_nobody_is_given_more_than_one_may_hold(bench: Workbench) -> None:
    lay(bench, ["A1", "A2", "A3"])
    review = bench.settings.model_copy(update={"most_held": 1})
    strict = replace(bench, config=bench.config.model_copy(update={"review": review}))
    first, second, _ = strict.desk.page(Wanted()).rows
    assert next_case(strict, LI, replace(first, run_key="b" * 64)) == first.key
    assert next_case(strict, LI, first) is None
    assert next_case(strict, WANG, first) == second.key


def test_a_case_that_is_given_back_is_not_given_again(
    bench: Workbench, browser: Callable[[], Browser]
) -> None:
    (key,) = lay(bench, ["A1"])
    officer = browser().log_in("officer")
    officer.send_form(to(key, "claim"), evidence=EVIDENCE)
    assert officer.send_form(to(key, "release"), evidence=EVIDENCE).headers["location"] == "/queue"


def test_an_officer_who_looked_at_a_proposal_goes_on_to_an_open_case(
    bench: Workbench, browser: Callable[[], Browser]
) -> None:
    keys = lay(bench, ["A1", "A2", "A3"])
    for key in keys[:2]:
        bench.desk.act(key, DECLINED, WANG, bench.settings)
    said = {"evidence": EVIDENCE, "comment": "seen", "next": "next"}
    answer = browser().log_in("officer").send_form(to(keys[0], "comment"), **said)
    assert answer.headers["location"] == case_path(*keys[2])
