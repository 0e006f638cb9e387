"""A workbench on an empty store, the app in front of it, and people to log in as."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from httpx2 import Response
from starlette.testclient import TestClient

from features.rendering import render
from features.synthetic import make_book
from pipelines.config import RunConfig
from pipelines.review.app import create_app
from pipelines.review.passwords import Passwords
from pipelines.review.workbench import Workbench
from pipelines.store import Database
from pipelines.store.people import User
from risk.desk import Role

PASSWORD = "correct horse battery"  # noqa: S105 - of nobody
HOST = "https://localhost"
CONFIG = '[policy]\napprove = 0.08\ndecline = 0.25\n[web]\nhosts = ["desk.bank.example"]\n'
# The same algorithm as in earnest, at a thousandth of its cost.
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
CHEAP.prepare()
HASH = CHEAP.hash(PASSWORD)
_TOKEN = re.compile(r'name="csrf"\s+value="([^"]+)"|name=csrf value="([^"]+)"')


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


class Browser(TestClient):
    """A browser that sends back the token of its session's forms, and follows no redirect."""

    def token(self) -> str:
        """The token in the forms of a page that all may see."""
        page = self.get("/password")
        if page.status_code != 200:
            page = self.get("/login")
        found = _TOKEN.search(page.text)
        assert found is not None
        return found[1] or found[2]

    def send_form(self, path: str, **fields: str) -> Response:
        """Send a form as one of our pages would."""
        return self.post(path, data={"csrf": self.token(), **fields})

    def log_in(self, name: str, password: str = PASSWORD) -> "Browser":
        done = self.send_form("/login", name=name, password=password)
        assert done.status_code == 303, done.text
        return self


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def portfolio(tmp_path_factory: pytest.TempPathFactory) -> RunConfig:
    """A portfolio that has nothing yet but its dictionary."""
    folder = tmp_path_factory.mktemp("portfolio")
    write_portfolio(folder)
    return RunConfig.read(folder / "risk.toml")


def write_portfolio(folder: Path) -> None:
    (folder / "dictionary.toml").write_text(render(make_book(20, seed=7).dictionary), "utf-8")
    (folder / "risk.toml").write_text(CONFIG, "utf-8")


@pytest.fixture
def bench(portfolio: RunConfig, tmp_path: Path, clock: Clock) -> Iterator[Workbench]:
    """The workbench with a person of each role, who is called as the role is."""
    dictionary = portfolio.read_dictionary()
    with Database.open(str(tmp_path / "store.db")) as database:
        made = Workbench(portfolio, dictionary, database, CHEAP, clock)
        for role in Role:
            made.people.add(person(role.value, role))
        yield made


@pytest.fixture
def browser(bench: Workbench) -> Callable[[], Browser]:
    """Opens a browser that nobody has logged in by."""
    app = create_app(bench)
    return lambda: Browser(app, HOST, follow_redirects=False)


def person(name: str, role: Role = Role.OFFICER, **more: object) -> User:
    """A user with the password of all users here."""
    made = datetime(2026, 11, 1, tzinfo=UTC)
    given = {"display": name.title(), "password_hash": HASH, "created_at": made, "language": "en"}
    return User(name=name, role=role, **{**given, **more})  # type: ignore[arg-type]
