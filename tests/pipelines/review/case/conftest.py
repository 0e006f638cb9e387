"""A workbench on whose desk lie real and hostile cases."""

from collections.abc import Callable, Iterator

import pytest

from pipelines.config import RunConfig
from pipelines.manifest import RunManifest
from pipelines.review.app import create_app
from pipelines.review.rendering import case_path
from pipelines.review.workbench import Workbench
from pipelines.store import CaseKey, Database, StoredCase
from risk.desk import Role
from tests.pipelines.review.case.hostile import short_records
from tests.pipelines.review.case.records import POLICY, records
from tests.pipelines.review.conftest import CHEAP, HOST, Browser, Clock, person
from tests.pipelines.review.laid import DAY, RUN

ALL = (*records("en"), *short_records())
MANIFEST = RunManifest.of(
    "reason", data={}, config={"policy": POLICY.model_dump(mode="json")}, prompt="d" * 64
)


def lay_all(bench: Workbench) -> Workbench:
    bench.runs.begin(RUN, "reason", "cases", DAY)
    bench.cases.put(StoredCase(RUN, DAY, n, each) for n, each in enumerate(ALL))
    bench.runs.finish(RUN, "done", {}, MANIFEST)
    bench.desk.take_in(bench.settings)
    return bench


@pytest.fixture
def laid(bench: Workbench) -> Workbench:
    """A workbench with all cases on its desk, to change."""
    return lay_all(bench)


@pytest.fixture(scope="module")
def still(
    portfolio: RunConfig, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Browser]]:
    """Opens a browser by a person's name, before cases that no test changes."""
    dictionary = portfolio.read_dictionary()
    place = str(tmp_path_factory.mktemp("still") / "store.db")
    with Database.open(place) as database:
        bench = lay_all(Workbench(portfolio, dictionary, database, CHEAP, Clock()))
        for role in Role:
            bench.people.add(person(role.value, role))
        app = create_app(bench)
        yield lambda name: Browser(app, HOST, follow_redirects=False).log_in(name)


@pytest.fixture(scope="module")
def officer(still: Callable[[str], Browser]) -> Browser:
    """An officer who has logged in and only reads."""
    return still("officer")


@pytest.fixture
def acting(laid: Workbench) -> Callable[[str], Browser]:
    """Opens a browser by a person's name, before cases of the test's own."""
    app = create_app(laid)
    return lambda name: Browser(app, HOST, follow_redirects=False).log_in(name)


@pytest.fixture(scope="session")
def address() -> Callable[[str], str]:
    """The address of a case by its application."""
    return lambda application: case_path(RUN, application)


def key(application: str) -> CaseKey:
    return CaseKey(RUN, application)
