"""Every page and state is looked at by axe-core, in both languages, by light and in the dark."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from features.language import Language
from pipelines.review.entrance import log_in
from pipelines.review.rendering import case_path
from pipelines.store import Database
from pipelines.store.desk import DeskRow, Wanted
from pipelines.store.logins import Limits
from risk.desk import Act, Person, Role, State
from tests.pipelines.review.browser.conftest import LONG_SHIFT, SHIFT, Desk, Opens, Scheme
from tests.pipelines.review.browser.keyboard import Keyboard
from tests.pipelines.review.browser.nights import DAY, one
from tests.pipelines.review.browser.served import served
from tests.pipelines.review.validation.scene import file_report

# Of every page and state a short run takes one look: by turns in one language by light, and in
# the other in the dark. A long one takes all four.
LOOKS: tuple[tuple[int, Language, Scheme], ...] = ((0, "zh", "light"), (1, "en", "dark"))
if SHIFT >= LONG_SHIFT:
    LOOKS = (*LOOKS, (2, "zh", "dark"), (3, "en", "light"))
OFFICER = Person("officer", Role.OFFICER)
ROWS_ALIKE = "table.queue tbody tr:nth-child(n+13)"


class Shown(NamedTuple):
    """A page, and what is done on it."""

    path: str
    then: Callable[[Page], None] = lambda _page: None


class Doors(NamedTuple):
    """Where the same desk is reached under other conditions.

    Attributes:
        strict: A first view is asked for.
        away: The store cannot be used.
    """

    strict: str
    away: str


@pytest.fixture(scope="module")
def doors(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    bench, path = desk.bench, str(tmp_path_factory.mktemp("away") / "store.db")
    bench.people.add(replace(one("fresh", Role.OFFICER), must_change=True))
    for _ in range(Limits().by_name):
        log_in(bench, "locked", "guessed", "127.0.0.1")
    review = bench.settings.model_copy(update={"first_view": True})
    strict = replace(bench, config=bench.config.model_copy(update={"review": review}))
    with Database.open(path) as empty, closing(sqlite3.connect(path)) as raw:
        raw.execute("drop table sessions")
        with served(strict) as first, served(replace(bench, database=empty)) as away:
            yield Doors(first, away)


@pytest.fixture(scope="module")
def cases(desk: Desk) -> dict[str, str]:
    """The address of a case in each state, the least urgent ones, so that others can be worked."""
    found = list(reversed(desk.bench.desk.page(Wanted(state=State.OPEN, limit=500)).rows))
    picked = {
        "pending": next(row for row in found if row.pending),
        "suspected": next(row for row in found if row.suspected),
        "struck": next(row for row in found if row.struck),
    }
    others = (row for row in found if row not in picked.values() and not row.pending)
    picked |= {name: next(others) for name in ("asked", "second", "decided")}
    act(desk, picked["asked"], Act("ask", None, "", "Which bank?", ""))
    second = picked["second"]
    act(desk, second, Act("escalate", None, "", "Too large for me.", ""))
    act(desk, picked["decided"], Act("decide", outcome_of(picked["decided"]), "", "", ""))
    return {name: case_path(*row.key) for name, row in picked.items()}


def act(desk: Desk, row: DeskRow, what: Act) -> None:
    shown = what._replace(evidence=row.evidence_digest)
    desk.bench.desk.act(row.key, shown, OFFICER, desk.bench.settings)


def outcome_of(row: DeskRow) -> str:
    return "approve" if row.model_recommendation == "approve" else "decline"


def pressing(*keys: str) -> Callable[[Page], None]:
    return lambda page: Keyboard(page).press(*keys)


def asking_what_if(page: Page) -> None:
    page.locator("#what-if button").click()
    page.locator("#what-if .inputs").wait_for()


def knocking(name: str) -> Callable[[Page], None]:
    return lambda page: Keyboard(page).knock(name)


def sending(selector: str, **changed: str) -> Callable[[Page], None]:
    """Send a form with other values than the browser would let one type."""

    def then(page: Page) -> None:
        with page.expect_navigation(wait_until="load"):
            page.locator(selector).evaluate(
                """(form, changed) => {
                  for (const [name, value] of Object.entries(changed)) form[name].value = value;
                  form.submit();
                }""",
                changed,
            )

    return then


def of_strangers() -> Iterator[Shown]:
    yield Shown("/login")
    yield Shown("/login", knocking("nobody"))
    yield Shown("/login", knocking("locked"))


def of_officers(cases: dict[str, str], doors: Doors) -> Iterator[Shown]:
    yield Shown("/queue", pressing("v"))
    yield Shown("/queue", pressing("?"))
    yield Shown("/queue?q=held")
    yield Shown(cases["suspected"], pressing("j", "Enter"))
    for name in ("pending", "asked", "second", "decided"):
        yield Shown(cases[name])
    yield Shown(cases["struck"], asking_what_if)
    yield Shown(f"{cases['struck']}?decide=approve")
    stale = {"comment": "Until Monday.", "evidence": "0" * 64}
    yield Shown(cases["asked"], sending("form[action$='/hold']", **stale))
    yield Shown(f"{doors.strict}{cases['struck']}")
    unsaid = sending("form[action$='/first-view']", comment="Thin file.")
    yield Shown(f"{doors.strict}{cases['struck']}", unsaid)
    yield Shown(f"{doors.away}/queue")
    for path in ("/night", f"/night/{DAY}", f"/night/{DAY}/tracking", "/password", "/nowhere"):
        yield Shown(path)


def of_validators(desk: Desk, cases: dict[str, str]) -> Iterator[Shown]:
    yield Shown("/queue")
    yield Shown(cases["struck"])
    file_report(desk.bench.config.web.reports / "champion")
    for place in ("", "/reports", "/report/champion", "/overrides", "/verdicts"):
        yield Shown(f"/validation{place}")
    yield Shown(f"/validation/compare?a={DAY}&b={DAY}")


@pytest.mark.parametrize(("turn", "language", "scheme"), LOOKS)
def test_axe_finds_nothing_in_any_state(
    desk: Desk,
    doors: Doors,
    opens: Opens,
    cases: dict[str, str],
    turn: int,
    language: Language,
    scheme: Scheme,
) -> None:
    rooms = {
        "": of_strangers(),
        "officer": of_officers(cases, doors),
        "senior": iter([Shown("/queue?q=escalated"), Shown(cases["second"])]),
        "validator": of_validators(desk, cases),
        "fresh": iter([Shown("/queue")]),
        "administrator": iter([Shown("/people"), Shown("/queue")]),
    }
    found: list[str] = []
    for name, shown in rooms.items():
        page = opens(desk.address, language, scheme, bypass_csp=True)
        if name:
            Keyboard(page).log_in(name)
        for each in turns(shown, turn):
            found += [f"{name} {each.path}: {what}" for what in violations(page, each)]
    assert not found, "\n".join(found)


def violations(page: Page, shown: Shown) -> Iterator[str]:
    """What axe finds on a page."""
    page.goto(shown.path)
    shown.then(page)
    # Nothing is lost by leaving out what is like what is looked at, and most of the time saved.
    seen = None if SHIFT >= LONG_SHIFT else {"exclude": [[ROWS_ALIKE]]}
    for each in Axe().run(page, seen).response["violations"]:
        for node in each["nodes"]:
            yield f"{each['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"


def turns(shown: Iterator[Shown], turn: int) -> Iterator[Shown]:
    """Of some pages those whose turn it is: in a long run all, in a short one every other."""
    return islice(shown, turn % 2, None, 2) if SHIFT < LONG_SHIFT else shown
