"""Nothing that names an applicant leaves the input: seeded, run end to end, and searched for.

Two places are meant to keep what came in, and are left out of the search:

- the input itself: the scored table and the folder of papers;
- `rejects.csv`, which quotes refused cells and broken lines so that a person can mend them.

A model that was told nothing can still write out a number that a document spelt in words. Its
answer stays as it came in the store of answers and is sent back to it to be mended; its claim,
struck, stays in the case's record, which `risk show` draws. Logs and MLflow must not have it.
Names and addresses of people who are in no field are not found, as `risk.redaction` says, so none
are seeded.
"""

import json
import logging
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pandas as pd
import pytest

from pipelines import cases
from pipelines.cli import app
from risk.redaction import SURROGATE, clean, fold
from tests.benchmarks.personal_data import VALUES, WAYS
from tests.fake_r1.faults import Fault
from tests.fake_r1.replies import Messages, Reply
from tests.fake_r1.server import MODEL, Behaviour, FakeServer
from tests.pipelines.conftest import CONFIG, Bank

NAMES = {
    "zh": ("端木星澜", "钟离昀", "邬芷萱", "佘墨言", "令狐霁月", "逄亦舟", "麴知夏", "亓官语棠"),
    "en": (
        "Xinglan Duanmu", "Yun Zhongli", "Zhixuan Wukang", "Moyan Sheng", "Jiyue Linghu",
        "Yizhou Pangde", "Zhixia Quyang", "Yutang Qiguan",
    ),
}  # fmt: skip
SAID = {"zh": "本人情况：{}，请核实。", "en": "On file is {} as told."}
DOCUMENTS = ("application_text", "officer_notes", "bank_statement_summary")
REFUSED = "13912345678 a month"
REASONING = """
[rationale]
audit_share = 1.0

[reasoning]
backend = "server"

[reasoning.server]
url = "{url}"
model = "{model}"
profile = "deepseek-r1"
concurrency = 8
retries = 1
retry_wait_s = 0.01
timeout_s = 20
"""


@dataclass(frozen=True)
class Night:
    """A night's input with personal data in it.

    Attributes:
        folder: Holds `night.csv` and `papers`, and gets everything that is written.
        names: Names and addresses, plain and in the ways in which the documents write them.
        numbers: The same for what can be told by its form: numbers and e-mail addresses.
    """

    folder: Path
    names: frozenset[str]
    numbers: frozenset[str]


class Seeds:
    """Makes personal values and remembers every way in which one was written."""

    def __init__(self) -> None:
        self.chance = Random(5)  # noqa: S311 - made-up people
        self.names: set[str] = set()
        self.numbers: set[str] = set()
        self._turn = dict.fromkeys(WAYS, 0)

    def value(self, kind: str, language: str) -> str:
        return self._kept(kind, VALUES[kind](self.chance, language))

    def written(self, kind: str, value: str) -> str:
        """The value in the next of the ways in which people write it."""
        ways = tuple(WAYS[kind].values())
        shown = ways[self._turn[kind] % len(ways)](value, self.chance)
        self._turn[kind] += 1
        for part in shown.split("/"):
            self._kept(kind, part)
        return shown

    def _kept(self, kind: str, value: str) -> str:
        (self.names if kind in ("name", "address") else self.numbers).add(value)
        return value

    def person(self, at: int) -> dict[str, str]:
        """The cells of one application: its form's own values, and documents full of them."""
        language = ("zh", "en")[at % 2]
        name = self._kept("name", NAMES[language][at // 2])
        form = {"name": name, "address": self.value("address", language)}
        form |= {"id": self.value("id", language), "mobile": self.value("mobile", language)}
        cells = {
            "applicant_name": name,
            "address": form["address"],
            "id_number": form["id"],
            "phone": form["mobile"],
        }
        return cells | {document: self.document(form, language) for document in DOCUMENTS}

    def document(self, form: Mapping[str, str], language: str) -> str:
        """A text with the form's values, and with numbers of people who are in no field."""
        said = [self.written(kind, value) for kind, value in form.items()]
        others = ("id", "mobile", "card", "email")
        said += [self.written(kind, self.value(kind, language)) for kind in others]
        return "".join(SAID[language].format(each) for each in said)


@pytest.fixture(scope="module")
def night(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Night:
    folder, seeds = tmp_path_factory.mktemp("seeded"), Seeds()
    table = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False).head(18)
    for at in range(16):
        person = seeds.person(at)
        table.loc[at, list(person)] = list(person.values())
        papers = folder / "papers" / table.loc[at, "application_id"]
        papers.mkdir(parents=True)
        underlined = f"{person['applicant_name'].replace(' ', '_')}_{person['phone']}"
        (papers / f"{underlined}.txt").write_text(person["officer_notes"], "utf-8")
        (papers / f"{person['id_number']}.jpg").write_bytes(b"\xff\xd8")
        seeds.names.add(underlined)
    table.loc[16, "monthly_income"] = REFUSED
    table.to_csv(folder / "night.csv", index=False)
    return Night(folder, frozenset(seeds.names), frozenset({*seeds.numbers, REFUSED}))


def plain(text: str) -> str:
    """Text as it is searched: no spaces, dashes, dots or escapes, half width, lower case."""
    told = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    return re.sub(r"[\s\-_.]", "", fold(clean(told))).lower()


def leaks(values: Iterable[str], places: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of the values stand where, in whatever width and grouping."""
    wanted = {plain(value) for value in values}
    searched = ((name, plain(text)) for name, text in places)
    return {(name, value) for name, text in searched for value in wanted if value in text}


def content(path: Path) -> Iterator[str]:
    """A file's text as it lies on the disk, and what a reader of its format gets from it."""
    yield path.read_bytes().decode("utf-8", "replace")
    if path.suffix == ".parquet":
        yield pd.read_parquet(path).to_csv()
    if path.suffix == ".db":
        # On the disk a long text is cut in pieces.
        with closing(sqlite3.connect(path)) as database:
            yield "\n".join(database.iterdump())


def files(*folders: Path) -> Iterator[tuple[str, str]]:
    found = (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file())
    for path in found:
        if path.name != "rejects.csv":
            yield from ((path.name, text) for text in content(path))


@dataclass
class Run:
    """What a scored and reasoned night left behind, in the folder `written` and elsewhere."""

    written: Path
    tracked: Path
    asked: str
    heard: str
    shown: str

    @property
    def everywhere(self) -> Iterator[tuple[str, str]]:
        yield from self.public
        yield from {"requests": self.asked, "shown": self.shown}.items()
        yield from files(self.written)

    @property
    def public(self) -> Iterator[tuple[str, str]]:
        """What the jobs logged, printed, and told to MLflow."""
        yield "heard", self.heard
        yield from files(self.tracked)


@dataclass
class Runner:
    """Runs `risk score`, `risk reason` and `risk show` in this process, logging at DEBUG."""

    bank: Bank
    night: Night
    written: Path
    caplog: pytest.LogCaptureFixture
    capfd: pytest.CaptureFixture[str]

    def run(self, server: FakeServer, language: str) -> Run:
        tracked = self.bank.folder / "mlruns"
        config = self._config(server, tracked)
        scores, output = self.written / "scores", self.written / "cases"
        given = ["--input", self.night.folder / "night.csv", "--config", config]
        papers = ["--documents", self.night.folder / "papers", "--lang", language]
        self.caplog.set_level(logging.DEBUG)
        self.caplog.set_level(logging.INFO, "sqlalchemy.engine")  # statements with their values
        self.caplog.set_level(logging.DEBUG, "sqlalchemy.engine.Engine.store")  # rows as well
        # Held open, so that the log before the database is still there to be searched.
        with closing(sqlite3.connect(self.written / "answers.db")) as held:
            held.execute("pragma journal_mode = wal")
            held.execute("select * from sqlite_master").fetchall()
            risk("score", "--output", scores, *given)
            risk("reason", "--scores", scores, "--output", output, *given, *papers)
            answered = len(server.counts.bodies)
            replayed = self.written / "replayed"
            risk("reason", "--scores", scores, "--output", replayed, *given, *papers)
            assert len(server.counts.bodies) - answered < answered / 2
            heard = "".join((self.caplog.text, *self.capfd.readouterr()))
            risk("show", output)
            assert (self.written / "answers.db-wal").stat().st_size
            snapshot = self.written / "answers.db-wal.txt"
            snapshot.write_bytes((self.written / "answers.db-wal").read_bytes())
        asked = json.dumps(server.counts.bodies, ensure_ascii=False)
        return Run(self.written, tracked, asked, heard, self.capfd.readouterr().out)

    def _config(self, server: FakeServer, tracked: Path) -> Path:
        dictionary = self.bank.folder / "dictionary.toml"
        places = f'store = "answers.db"\ndictionary = "{dictionary.as_posix()}"\n'
        settings = CONFIG.replace('"mlruns"', f'"{tracked.as_posix()}"')
        path = self.written / "risk.toml"
        reasoning = REASONING.format(url=server.url, model=MODEL)
        path.write_text(places + settings + reasoning, "utf-8")
        return path


def risk(*words: object) -> None:
    """The command as a shell calls it; a rejected row and a pending case are no failure."""
    assert app([str(word) for word in words], standalone_mode=False) in (None, 0, 10)


@pytest.fixture
def runner(
    bank: Bank,
    night: Night,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> Runner:
    return Runner(bank, night, tmp_path, caplog, capfd)


def answer(claims: Iterable[Mapping[str, object]], questions: Iterable[str] = ()) -> str:
    opinion = {"stance": "concern", "direction": "raises", "confidence": "high"}
    body = {"claims": [*claims][:16], "questions": [*questions][:8], "opinion": opinion}
    return json.dumps(body, ensure_ascii=False)


def claim(fact: str, sentence: str, quotes: Iterable[str] = ()) -> dict[str, object]:
    return {
        "kind": "document",
        "direction": "raises",
        "facts": [fact],
        "sentence": sentence[:500],
        "quotes": [{"fact": fact, "text": text} for text in quotes],
    }


def parrot(messages: Messages, number: int) -> Reply:
    """Repeats what it read: in claims, quotes, questions and thinking; or where no answer is."""
    prompt = messages[0]["content"]
    if number % 4 == 3:
        return Reply(prompt, prompt, finish_reason=prompt[-200:])
    lines = re.findall(r"^(F\d+): (.*)$", prompt, re.M)
    quoting = [claim(fact, "{Q1}", [text]) for fact, text in lines]
    saying = [claim(fact, text, [text]) for fact, text in lines]
    told = [text for _, text in lines]
    return Reply(answer(saying if number % 2 else quoting, told), prompt)


def test_nothing_personal_is_sent_kept_logged_or_shown(night: Night, runner: Runner) -> None:
    everything = " ".join((*night.names, *night.numbers))
    faults = {  # a server, or what stands before it, that repeats in errors what it should not know
        7: Fault("status", status=400, body=everything),
        11: Fault("status", status=500, body=everything, retry_after=everything[:20]),
        13: Fault("truncated-json"),
    }
    behaviour = Behaviour(reply=parrot, plan=lambda number: faults.get(number % 16))
    with FakeServer(behaviour, keep=1000) as server:
        run = runner.run(server, "zh")
    assert leaks((*night.names, *night.numbers), run.everywhere) == set()
    assert_it_was_there_to_be_found(night, run)


def assert_it_was_there_to_be_found(night: Night, run: Run) -> None:
    """The values stood in the input, and their surrogates came to wherever they might have."""
    read = [("", text) for text in content(night.folder / "night.csv")]
    read += files(night.folder / "papers")
    read += [("", path.name) for path in (night.folder / "papers").rglob("*.txt")]
    wanted = {plain(value) for value in (*night.names, *night.numbers)}
    assert {value for _, value in leaks(wanted, read)} == wanted
    records = list(cases.read_cases(run.written / "cases"))
    assert {record.rationale.status for record in records} >= {"answered"}
    assert len({record.score.application_id for record in records}) == 17
    assert REFUSED in (run.written / "scores" / "rejects.csv").read_text("utf-8-sig")
    for name in ("requests", "cases.jsonl", "answers.db", "mlflow.db"):
        text = "".join(text for place, text in run.everywhere if place == name)
        assert {mark[1:-3] for mark in SURROGATE.findall(text)} >= {"name", "id"}, name
    with closing(sqlite3.connect(run.written / "answers.db")) as store:
        assert store.execute("select count(*) from thinking").fetchone()[0] > 0


def test_a_number_that_the_model_made_out_by_itself_stays_out_of_logs_and_mlflow(
    night: Night, runner: Runner
) -> None:
    numbers = sorted(night.numbers)

    def knowing(messages: Messages, number: int) -> Reply:
        known = Random(number).sample(numbers, 8)  # noqa: S311
        fact = re.findall(r"^(F\d+): ", messages[0]["content"], re.M)[:1] or ["F1"]
        claims = [claim(fact[0], f"He is {one}.", [one]) for one in known]
        thinking = " ".join(known)
        return Reply(answer(claims, known), thinking, finish_reason=known[0])

    class Naming(FakeServer):
        def completion(self, body: dict[str, object], number: int) -> dict[str, object]:
            return {**super().completion(body, number), "model": numbers[number % len(numbers)]}

    with Naming(Behaviour(reply=knowing), keep=1000) as server:
        run = runner.run(server, "en")
    assert leaks(numbers, files(run.written / "cases"))
    assert leaks(numbers, run.public) == set()


def test_training_leaves_nobody_in_mlflow(bank: Bank) -> None:
    book = pd.read_parquet(bank.folder / "book.parquet")
    known = {*book["id_number"], *book["phone"]}
    assert len(known) > 5_000
    for name, text in files(bank.folder / "mlruns"):
        runs = re.findall(r"\d{11,}X?", text)
        held = {run[at : at + size] for run in runs for size in (11, 18) for at in range(len(run))}
        assert not held & known, name
        assert not [each for each in book["address"].head(200) if each in text], name
