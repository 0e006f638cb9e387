"""Whole nights on either database, each in a folder of its own: laid out, run, looked at.

In every folder an earlier night left its cases pending, for its model was down. The model that
answers now repeats as its thinking which prompt it was asked, so that the store tells which
prompts it holds an answer to.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy import create_engine, text

from pipelines.manifest import MANIFEST, file_digest, verify
from pipelines.night import CASE_RUN, LATE, NIGHT, SCORES, read_night
from tests.fake_r1.faults import Fault as Trouble
from tests.fake_r1.replies import Messages, Reply, faithful
from tests.fake_r1.server import MODEL, Behaviour, FakeServer, key_of
from tests.pipelines.conftest import CONFIG, Bank
from tests.pipelines.forked import PART_ROWS, Ended, Forks

ROWS = 3 * PART_ROWS
EARLIER, TONIGHT = "2026-11-26", "2026-11-27"
NIGHT_CONFIG = """
[rationale]
audit_share = 0.0

[reasoning]
backend = "server"
traces = 4

[reasoning.server]
url = "{url}"
model = "{model}"
profile = "deepseek-r1"
concurrency = 4
retries = 4
retry_wait_s = 0.01
timeout_s = 20

[nightly]
rounds = 1
round_wait_s = 0.01
"""


def remembered(messages: Messages, number: int) -> Reply:
    """A faithful answer that thinks of its prompt."""
    return faithful(messages, number)._replace(thinking=key_of(messages))


def now_and_then_busy(number: int) -> Trouble | None:
    """One request in seven is turned away once."""
    return Trouble("status", status=503) if number % 7 == 3 else None


@dataclass(frozen=True)
class Laid:
    """A folder in which tonight is to be made.

    Attributes:
        folder: Holds config, input, nights and MLflow's store.
        store: Path or address of the store.
    """

    folder: Path
    store: str

    @property
    def tonight(self) -> Path:
        return self.folder / "nights" / TONIGHT

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """What the store holds, read past it."""
        engine = create_engine(self.store if "://" in self.store else f"sqlite:///{self.store}")
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(statement))]
        finally:
            engine.dispose()

    def answered(self) -> frozenset[str]:
        """Prompts that the store holds an answer to."""
        return frozenset(str(row[0]) for row in self.rows("SELECT text FROM thinking"))

    def content(self) -> dict[str, str]:
        """Everything delivered, folders and hidden files too, by digest."""
        nights = self.folder / "nights"
        places = sorted(nights.rglob("*"))
        return {
            place.relative_to(nights).as_posix(): "" if place.is_dir() else file_digest(place)
            for place in places
        }

    def half_visible(self) -> list[str]:
        """What stands under a name and is not whole."""
        found = []
        for run in (SCORES, CASE_RUN, LATE):
            if (self.tonight / run).exists():
                found += [f"{run}: {each}" for each in verify(self.tonight / run)]
        if (self.tonight / NIGHT).exists():
            for run, digest in read_night(self.tonight).runs.items():
                if file_digest(self.tonight / run / MANIFEST) != digest:
                    found.append(f"{NIGHT}: {run}")
        return found


class Nights:
    """Nights on one database, with a model of their own.

    Args:
        bank: Whose they are.
        folder: Where they are laid out.
        forks: What the first of them run in; the others run in its twin.
        server: The model.
        database: Makes a database, of a template where one is given; None for SQLite files.
    """

    def __init__(
        self,
        bank: Bank,
        folder: Path,
        forks: Forks,
        server: FakeServer,
        database: Callable[[str], str] | None,
    ) -> None:
        self.forks, self.server, self._database = forks, server, database
        self._folder, self._laid = folder, 0
        self._template = Laid(folder / "template", self._store(folder / "template", ""))
        _furnish(bank, self._template.folder)
        self._configure(self._template, "http://127.0.0.1:9/v1")
        assert self.run(self._template, EARLIER, here=True).code == 10
        # What is imported, compiled and looked up at first is then there for all.
        first = self.lay()
        assert self.run(first, here=True).code == 10
        self.clear(first)

    def lay(self) -> Laid:
        """A fresh folder, as the earlier night left it."""
        self._laid += 1
        folder = self._folder / f"night{self._laid}"
        shutil.copytree(self._template.folder, folder)
        own_artifacts(folder)
        laid = Laid(folder, self._store(folder, self._template.store))
        self._configure(laid, self.server.url)
        return laid

    def run(self, laid: Laid, day: str = TONIGHT, **how: object) -> Ended:
        """Run `risk nightly` there."""
        words = ("nightly", "--date", day, "--input", "{date}.parquet", "--output", "nights")
        return self.forks.run(laid.folder, words, **how)  # type: ignore[arg-type]

    def clear(self, laid: Laid) -> None:
        """Remove a folder that is done with."""
        shutil.rmtree(laid.folder)

    def _store(self, folder: Path, template: str) -> str:
        return self._database(template) if self._database else str(folder / "store.db")

    def _configure(self, laid: Laid, url: str) -> None:
        said = NIGHT_CONFIG.format(url=url, model=MODEL)
        text = f'store = "{laid.store}"\n{CONFIG}{said}'
        (laid.folder / "risk.toml").write_text(text, "utf-8")


@contextmanager
def nights(
    bank: Bank, folder: Path, forks: Forks, database: Callable[[str], str] | None = None
) -> Iterator[Nights]:
    """Nights with a model, and a process to fork from, of their own."""
    behaviour = Behaviour(reply=remembered, plan=now_and_then_busy)
    folder.mkdir()
    with FakeServer(behaviour) as server:
        made = Nights(bank, folder, forks, server, database)
        with forks.twin() as made.forks:
            yield made


def _furnish(bank: Bank, folder: Path) -> None:
    """A bank's folder with the input of two nights; rows are broken, and ids come again."""
    folder.mkdir()
    for name in ("mlruns", "dictionary.toml"):
        source = bank.folder / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    frame = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False)
    earlier, tonight = frame.iloc[:12], frame.iloc[12 : 12 + ROWS].reset_index(drop=True)
    tonight.loc[[7, 30], "loan_amount"] = "much"
    tonight.loc[[20, 45], "application_id"] = tonight.loc[3, "application_id"]
    earlier.to_parquet(folder / f"{EARLIER}.parquet", index=False)
    tonight.to_parquet(folder / f"{TONIGHT}.parquet", index=False, row_group_size=8)


def own_artifacts(folder: Path) -> None:
    """Have MLflow put what new runs leave into this folder, and not where it was copied from."""
    engine = create_engine(f"sqlite:///{folder / 'mlruns' / 'mlflow.db'}")
    with engine.begin() as connection:
        place = (folder / "mlruns" / "artifacts").as_uri()
        connection.execute(text("UPDATE experiments SET artifact_location = :at"), {"at": place})
    engine.dispose()
