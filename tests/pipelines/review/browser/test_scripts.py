"""Nothing that comes in from outside runs in a page, whichever field it comes in by."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

from features.dictionary import DataDictionary
from features.language import Text
from features.synthetic import book_dictionary
from pipelines.cases import CaseRecord
from pipelines.config import RunConfig
from pipelines.review.rendering import case_path
from pipelines.review.workbench import Workbench
from pipelines.store import CaseKey, Database
from pipelines.store.desk import Wanted
from pipelines.store.views import MOST, SavedView, SavedViews
from risk.casefile import Fact
from risk.desk import Act, Person, Role
from risk.reasoning.narrative import Evidence
from tests.pipelines.review.browser.conftest import Desk, Opens
from tests.pipelines.review.browser.keyboard import Keyboard
from tests.pipelines.review.browser.nights import one
from tests.pipelines.review.browser.payloads import payloads
from tests.pipelines.review.browser.served import served
from tests.pipelines.review.case.hostile import changed, of_document, sentence
from tests.pipelines.review.case.records import records
from tests.pipelines.review.conftest import CHEAP
from tests.pipelines.review.laid import lay

ALL = payloads()
OFFICER = Person("officer", Role.OFFICER)
# After a page has loaded; long enough for those that do run, as one of the tests shows.
RUNS_WITHIN_MS = 150
LISTENS = """
addEventListener("securitypolicyviolation", e => forbidden(`${e.violatedDirective} ${e.sample}`));
"""
MADE = """() => [...document.querySelectorAll("*")].filter(e =>
  e.matches("script:not([src]), iframe, object, embed, base, marquee, math, video, audio, img")
  || /^\\s*(javascript|data|vbscript):/i.test(e.getAttribute("href") ?? e.getAttribute("action"))
  || [...e.attributes].some(a => /^on|^hx-on/.test(a.name))).map(e => e.outerHTML.slice(0, 200))"""


class Watched(NamedTuple):
    """A page, and what ran or tried to run in it."""

    page: Page
    ran: list[object]

    def visit(self, path: str) -> str:
        """Open a page, and see that nothing in it is more than text; gives back its text."""
        self.page.goto(path)
        self.page.wait_for_timeout(RUNS_WITHIN_MS)
        assert self.page.evaluate(MADE) == []
        assert self.ran == []
        return self.page.locator("body").inner_text()


def of(start: int) -> Iterator[str]:
    """All payloads, beginning somewhere among them."""
    yield from (*ALL[start:], *ALL[:start])


def batches(size: int) -> Iterator[str]:
    """All payloads, several in a text."""
    yield from ("\n".join(ALL[at : at + size]) for at in range(0, len(ALL), size))


def hostile_dictionary() -> DataDictionary:
    """The synthetic book's, with a payload for the label of each field."""
    book, texts = book_dictionary(), of(0)
    fields = tuple(
        field.model_copy(update={"label": Text(zh=next(texts), en=next(texts))})
        for field in book.fields
    )
    return book.model_copy(update={"fields": fields})


def form_fact(field: str, text: str) -> Fact:
    label = Text(zh=text, en=text)
    given = {"kind": "form", "field": field, "label": label, "value": text, "display": label}
    return Fact.model_validate({"id": f"X-{field}", **given})


def hostile_record(number: int, told: tuple[str, ...]) -> CaseRecord:
    """A case whose id, product, document, labels, values and narrative are payloads."""
    text = "。\n".join(each.replace("\n", " ") for each in told)
    case = of_document(text, ALL[number])
    facts = (form_fact(*each) for each in zip(("product", "purpose"), of(number), strict=False))
    own = Evidence(fact="X-product", field="product")
    said = (sentence(each, own, struck=n % 2 == 1, why=(each,)) for n, each in enumerate(told))
    case = case.model_copy(update={"facts": (*case.facts[:40], *facts)})
    return changed(records("en")[1], case, *said, rules=ALL[:9])


def config_in(folder: Path) -> RunConfig:
    """A desk whose reasons are payloads."""
    made = RunConfig.read(folder / "risk.toml")
    reasons = [{"code": f"r{n}", "label": {"zh": each, "en": each}} for n, each in enumerate(ALL)]
    review = {"product": "product", "reasons": reasons}
    return made.model_copy(update={"review": type(made.review).model_validate(review)})


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk on which whatever came from outside is a payload."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "risk.toml").write_text("[policy]\napprove = 0.08\ndecline = 0.25\n", "utf-8")
    config = config_in(folder)
    with Database.open(str(folder / "store.db")) as database:
        bench = Workbench(config, hostile_dictionary(), database, CHEAP)
        people(bench)
        short = [hostile_record(number, ALL[:9]) for number in range(1, len(ALL), 12)]
        say(bench, lay(bench, [hostile_record(0, ALL), *short])[0])
        with served(bench) as address:
            yield Desk(bench, address)


def people(bench: Workbench) -> None:
    for role in Role:
        bench.people.add(one(role.value, role, ALL[0]))
    for number, each in enumerate(ALL):
        bench.people.add(one(f"u{number}", Role.VALIDATOR, each))


def say(bench: Workbench, key: CaseKey) -> None:
    """Comments on a case, and names of views."""
    row = bench.desk.find(key)
    assert row is not None
    for each in batches(10):
        said = Act("comment", None, "", each, row.evidence_digest)
        bench.desk.act(key, said, OFFICER, bench.settings)
    views = SavedViews(bench.database, "officer")
    for each in [text for text in ALL if len(text) <= 60][:MOST]:
        views.save(SavedView(each, "q=mine"))


@pytest.fixture
def watched(hostile: Desk, opens: Opens) -> Callable[[str], Watched]:
    def open_as(name: str) -> Watched:
        page, ran = opens(hostile.address), []
        page.context.expose_binding("ran", lambda _source, *told: ran.append(told))
        page.context.expose_binding("forbidden", lambda _source, *told: ran.append(told))
        page.context.add_init_script(LISTENS)
        page.on("dialog", lambda dialog: ran.append(dialog.message) or dialog.dismiss())
        Keyboard(page).log_in(name)
        return Watched(page, ran)

    return open_as


def test_there_are_many_payloads() -> None:
    assert len(set(ALL)) == len(ALL) >= 200


def test_payloads_run_where_a_page_takes_them_for_markup(opens: Opens) -> None:
    page, ran = opens("http://127.0.0.1"), []
    page.context.expose_binding("ran", lambda _source, number: ran.append(number))
    page.set_content("".join(ALL[1::9][:20]))
    page.wait_for_timeout(RUNS_WITHIN_MS)
    assert len(ran) > 5


def test_no_payload_runs(hostile: Desk, watched: Callable[[str], Watched]) -> None:
    officer = watched("officer")
    assert "ran(0)" in officer.visit("/queue")
    rows = hostile.bench.desk.page(Wanted(limit=50)).rows
    full = next(row.key for row in rows if row.application_id == ALL[0])
    # Everything stands there as text: sentences, why some are struck, the document, comments.
    assert officer.visit(f"{case_path(*full)}?decide=approve").count("ran(") > 4 * len(ALL)
    for row in rows[:2]:
        officer.visit(case_path(*row.key))
    for each in batches(60):
        assert "ran(" in officer.visit(f"/queue?id={quote(each[:200])}")
    assert f"ran({len(ALL) - 1})" in watched("administrator").visit("/people")
