import re
import sqlite3
import tomllib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from features.dictionary import DataDictionary, Role
from features.errors import DataError
from features.language import LANGUAGES, Language
from features.synthetic import make_book
from pipelines import book as labelled
from pipelines import init, train
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.init import InitOptions
from pipelines.job import JobResult, Silent
from pipelines.sources import Batch, open_source


@pytest.fixture(scope="module")
def book() -> pd.DataFrame:
    return make_book(1500, seed=3).applications


def as_gb18030(book: pd.DataFrame, folder: Path) -> str:
    book.to_csv(folder / "贷款 2024.csv", index=False, encoding="gb18030")
    return str(folder / "贷款 2024.csv")


def as_utf8_with_mark(book: pd.DataFrame, folder: Path) -> str:
    book.to_csv(folder / "book.csv", index=False, encoding="utf-8-sig")
    return str(folder / "book.csv")


def as_parquet(book: pd.DataFrame, folder: Path) -> str:
    book.to_parquet(folder / "book.parquet")
    return str(folder / "book.parquet")


def as_table(book: pd.DataFrame, folder: Path) -> str:
    connection = sqlite3.connect(folder / "book.db")
    book.astype({"application_date": str}).to_sql("applications", connection, index=False)
    connection.close()
    return f"sqlite:///{folder}/book.db#applications"


def drafted(
    uri: str, folder: Path, target: str = "default_flag", language: Language = "en"
) -> JobResult:
    options = InitOptions(target, "application_id", "application_date", "", folder, language)
    return init.run(open_source(uri), options, Silent())


@pytest.mark.parametrize("write", [as_gb18030, as_utf8_with_mark, as_parquet, as_table])
def test_the_drafts_lead_to_a_first_model_unedited(
    write: Callable[[pd.DataFrame, Path], str], book: pd.DataFrame, tmp_path: Path
) -> None:
    uri, folder = write(book, tmp_path), tmp_path / "portfolio"
    result = drafted(uri, folder)
    assert {p.name for p in folder.iterdir()} == {"dictionary.toml", "risk.toml"}
    dictionary = DataDictionary.read(folder / "dictionary.toml")
    assert dictionary.target is not None
    assert dictionary["age"].role == dictionary["gender"].role == Role.PROTECTED
    assert result.counts["sampled"] == len(book)
    # Fewer rounds than a bank would run: what is tested is that the drafts are usable.
    text = (folder / "risk.toml").read_text("utf-8") + "\n[training]\nmax_rounds = 5\n"
    config = RunConfig.of(tomllib.loads(text), folder / "risk.toml")
    options = train.TrainOptions(rejects=folder / "rejects.csv")
    book_read = labelled.load_book(config, dictionary, open_source(uri), Silent())
    assert len(book_read.x) + book_read.intake.rejected["row"].nunique() == len(book)
    if write is as_gb18030:
        trained = train.run(config, open_source(uri), options, Silent())
        assert trained.exit in (0, 10)
        assert trained.counts["accepted"] > 0.9 * len(book)


def test_every_way_of_storing_a_book_gives_the_same_fields(
    book: pd.DataFrame, tmp_path: Path
) -> None:
    found = []
    for number, write in enumerate([as_gb18030, as_parquet, as_table]):
        (tmp_path / str(number)).mkdir()
        drafted(write(book, tmp_path / str(number)), tmp_path / str(number))
        dictionary = DataDictionary.read(tmp_path / str(number) / "dictionary.toml")
        found.append({f.name: (f.role, f.type) for f in dictionary.fields})
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("name", ["dictionary.toml", "risk.toml"])
def test_a_file_that_is_there_is_never_overwritten(
    name: str, book: pd.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(ConfigError, match=name):
        drafted(as_utf8_with_mark(book, tmp_path), tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {"book.csv", name}
    assert (tmp_path / name).read_text() == "mine"


def test_a_table_without_ids_is_told_what_that_means(book: pd.DataFrame, tmp_path: Path) -> None:
    unnamed = book.drop(columns=["application_id", "id_number"])
    source = open_source(as_utf8_with_mark(unnamed, tmp_path))
    options = InitOptions("default_flag", None, "application_date", "", tmp_path / "a", "en")
    first, *_ = init.run(source, options, Silent()).notes
    assert "no column of application ids" in first
    named = drafted(as_utf8_with_mark(book, tmp_path), tmp_path / "b")
    assert not any("application ids" in note for note in named.notes)


def test_a_missing_target_names_the_columns_there_are(book: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises((ConfigError, DataError), match=r"defualt_flag.*default_flag"):
        drafted(as_utf8_with_mark(book, tmp_path), tmp_path, target="defualt_flag")
    assert not (tmp_path / "risk.toml").exists()


def test_a_file_without_rows_is_refused(book: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises((ConfigError, DataError), match="no rows"):
        drafted(as_utf8_with_mark(book.head(0), tmp_path), tmp_path)


def test_comments_speak_the_language_asked_for(book: pd.DataFrame, tmp_path: Path) -> None:
    uri = as_utf8_with_mark(book, tmp_path)
    for language in ("zh", "en"):
        drafted(uri, tmp_path / language, language=language)
    chinese = (tmp_path / "zh" / "risk.toml").read_text("utf-8")
    assert "由 risk init 起草" in chinese
    assert RunConfig.read(tmp_path / "zh" / "risk.toml").language == "zh"
    assert "Drafted by risk init" in (tmp_path / "en" / "risk.toml").read_text("utf-8")


def test_the_reasoning_section_only_waits_for_its_comment_signs(
    book: pd.DataFrame, tmp_path: Path
) -> None:
    drafted(as_utf8_with_mark(book, tmp_path), tmp_path / "new")
    place = tmp_path / "new" / "risk.toml"
    assert RunConfig.read(place).reasoning.backend == "template"
    before, mark, section = place.read_text("utf-8").partition("## Reasoning")
    place.write_text(before + re.sub("^#", "", mark + section, flags=re.MULTILINE), "utf-8")
    assert RunConfig.read(place).reasoning.backend == "server"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hard_rule_only_waits_for_its_comment_signs_and_its_names(
    language: Language, book: pd.DataFrame, tmp_path: Path
) -> None:
    drafted(as_utf8_with_mark(book, tmp_path), tmp_path / "new", language=language)
    place = tmp_path / "new" / "risk.toml"
    whole = place.read_text("utf-8")
    block = next(part for part in whole.split("\n\n") if "[[policy.rules]]" in part)
    turned_on = re.sub("^#", "", block, flags=re.MULTILINE)
    filled = turned_on.replace('name = "…"', 'name = "old"').replace('field = "…"', 'field = "age"')
    place.write_text(whole.replace(block, filled), "utf-8")
    (rule,) = RunConfig.read(place).policy.rules
    assert (rule.name, rule.field, rule.op, rule.decision) == ("old", "age", ">", "refer")


@pytest.mark.parametrize("name", ['a"b\n[policy]', "../../etc/x", "%{x}", "  ", "'''", "a\x00\x7f"])
def test_a_hostile_name_becomes_a_plain_one(name: str, book: pd.DataFrame, tmp_path: Path) -> None:
    options = InitOptions("default_flag", "application_id", None, name, tmp_path / "new", "en")
    init.run(open_source(as_utf8_with_mark(book, tmp_path)), options, Silent())
    config = RunConfig.read(tmp_path / "new" / "risk.toml")
    assert config.name.isprintable()
    assert not set("/:\"'%") & set(config.name)


def test_hostile_column_names_survive_the_way_into_the_dictionary(
    book: pd.DataFrame, tmp_path: Path
) -> None:
    names = {"loan_amount": 'a"]\n[x', "term_months": "=1+1", "purpose": "'''", "age": "a.b # c"}
    frame = book.rename(columns=names)
    frame.to_parquet(tmp_path / "book.parquet")
    drafted(str(tmp_path / "book.parquet"), tmp_path)
    dictionary = DataDictionary.read(tmp_path / "dictionary.toml")
    assert set(names.values()) <= {field.name for field in dictionary.fields}


class Counting:
    """Rows 1 to `rows` in batches, as a source gives them."""

    name = "counting"
    columns = ("n",)

    def __init__(self, rows: int, size: int) -> None:
        self.rows, self._size = rows, size

    def digest(self) -> str:
        return ""

    def batches(self, columns: object = None, size: int = 0) -> "list[Batch]":
        whole = pd.DataFrame({"n": range(self.rows)})
        starts = range(0, max(self.rows, 1), self._size)
        return [Batch(s + 1, whole.iloc[s : s + self._size], whole.head(0)) for s in starts]


@pytest.mark.parametrize(("rows", "size"), [(40, 7), (50, 50), (999, 20), (1000, 1), (5000, 333)])
def test_the_sample_is_spread_over_the_whole_source(
    rows: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(init, "SAMPLE_ROWS", 50)
    source = Counting(rows, size)
    sample = init._sample(source, lambda done, total: None)["n"]  # type: ignore[arg-type]
    assert min(rows, 25) <= len(sample) <= 50
    assert sample.is_monotonic_increasing
    assert sample.is_unique
    for quarter in range(4):
        low, high = quarter * rows / 4, (quarter + 1) * rows / 4
        share = sample.between(low, high, inclusive="left").mean()
        assert 0.15 < share < 0.35
