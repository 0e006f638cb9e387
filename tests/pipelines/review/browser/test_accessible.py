"""Every page and state is looked at by axe-core, in both languages, by light and in the dark."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from features.language import Language
from pipelines.review.rendering import case_path
from pipelines.store.desk import DeskRow, Wanted
from risk.desk import Act, Person, Role, State
from tests.pipelines.review.browser.conftest import LONG_SHIFT, SHIFT, Desk, Opens, Scheme
from tests.pipelines.review.browser.keyboard import Keyboard
from tests.pipelines.review.browser.nights import DAY

# The words do not depend on the colours, so a short run looks at each of them once.
LOOKS: tuple[tuple[Language, Scheme], ...] = (("zh", "light"), ("en", "dark"))
if SHIFT >= LONG_SHIFT:
    LOOKS = (*LOOKS, ("zh", "dark"), ("en", "light"))
OFFICER = Person("officer", Role.OFFICER)


class Shown(NamedTuple):
    """A page, and what is pressed on it."""

    path: str
    then: Callable[[Page], None] = lambda _page: None


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


def sending(selector: str) -> Callable[[Page], None]:
    """Press a button and wait for what comes in its place."""

    def then(page: Page) -> None:
        page.locator(selector).first.click()
        page.wait_for_load_state("networkidle")

    return then


def of_strangers() -> Iterator[Shown]:
    yield Shown("/login")
    yield Shown("/login", lambda page: Keyboard(page).knock("nobody"))


def of_officers(cases: dict[str, str]) -> Iterator[Shown]:
    yield Shown("/queue", pressing("v"))
    yield Shown("/queue", pressing("?"))
    yield Shown("/queue?q=held")
    for name in ("pending", "asked", "second", "decided"):
        yield Shown(cases[name])
    yield Shown(cases["suspected"], pressing("j", "Enter"))
    yield Shown(cases["struck"], sending("#what-if button"))
    yield Shown(f"{cases['struck']}?decide=approve")
    for path in ("/night", f"/night/{DAY}", f"/night/{DAY}/tracking", "/password", "/nowhere"):
        yield Shown(path)


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
def test_axe_finds_nothing_in_any_state(
    desk: Desk, opens: Opens, cases: dict[str, str], language: Language, scheme: Scheme
) -> None:
    rooms = {
        "": of_strangers(),
        "officer": of_officers(cases),
        "senior": iter([Shown("/queue?q=escalated"), Shown(cases["second"])]),
        "administrator": iter([Shown("/people"), Shown("/queue")]),
    }
    found: list[str] = []
    for name, shown in rooms.items():
        page = opens(desk.address, language, scheme, bypass_csp=True)
        if name:
            Keyboard(page).log_in(name)
        for each in shown:
            found += [f"{name} {each.path}: {what}" for what in violations(page, each)]
    assert not found, "\n".join(found)


def violations(page: Page, shown: Shown) -> Iterator[str]:
    """What axe finds on a page."""
    page.goto(shown.path)
    shown.then(page)
    for each in Axe().run(page).response["violations"]:
        for node in each["nodes"]:
            yield f"{each['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
