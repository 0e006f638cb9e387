"""Of two people who act on one case at once, one wins, and the other is told.

`MINGJIAN_RACES` says how often the race is run; a thousand times where a figure is wanted.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from pipelines.store import Database, ReviewLog
from pipelines.store.desk import Desk, Wanted
from risk.desk import Act, DeskSettings, Person, Role, StaleError
from tests.pipelines.store.conftest import whole
from tests.pipelines.store.desk.conftest import RUN, SETTINGS, Night, asked_for, key

RACES = int(os.environ.get("MINGJIAN_RACES", "50"))
SENIORS = (Person("zhao", Role.SENIOR), Person("sun", Role.SENIOR))
ALONE = DeskSettings(second_for_overrides=False)
ACTS = (
    Act("decide", "approve", evidence="2" * 64),
    Act("decide", "decline", "documents", "the stamp is another", "2" * 64),
)
CONFIRMS = (Act("confirm", evidence="2" * 64),) * 2


def raced(where: str, tried: tuple[Act, Act]) -> list[list[str]]:
    """Who won each race: two seniors with a store each start at the same moment."""
    start = Barrier(2)

    def run(place: int) -> list[str]:
        won = []
        with Database.open(where) as own:
            for number in range(RACES):
                start.wait(60)
                try:
                    act = Desk(own, "loans").act(
                        key(f"A{number}"), tried[place], SENIORS[place], ALONE
                    )
                except StaleError:
                    continue
                won.append(act.application_id)
        return won

    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(run, (0, 1)))


def one_of_each(won: list[list[str]], database: Database) -> None:
    every = {f"A{number}" for number in range(RACES)}
    assert sorted(won[0] + won[1]) == sorted(every)
    desk, log = Desk(database, "loans"), ReviewLog(database)
    for application_id in every:
        decisions = [
            each for each in log.of(RUN, application_id) if each.action in ("accept", "override")
        ]
        row = desk.find(key(application_id))
        assert row is not None
        assert [each.recommendation for each in decisions] == [row.outcome]
        assert (decisions[0].reviewer == "zhao") == (application_id in won[0])
    whole(database)
    assert desk.page(Wanted()).rows == ()


def test_of_two_who_decide_at_once_one_wins(where: str, database: Database, night: Night) -> None:
    night([asked_for(f"A{number}") for number in range(RACES)])
    Desk(database, "loans").take_in(SETTINGS)
    one_of_each(raced(where, ACTS), database)


@pytest.mark.parametrize("where", ["postgresql"], indirect=True)
def test_of_two_who_confirm_at_once_one_wins(where: str, database: Database, night: Night) -> None:
    night([asked_for(f"A{number}") for number in range(RACES)])
    desk = Desk(database, "loans")
    desk.take_in(SETTINGS)
    for number in range(RACES):
        desk.act(key(f"A{number}"), ACTS[1], Person("li", Role.OFFICER), SETTINGS)
    one_of_each(raced(where, CONFIRMS), database)
