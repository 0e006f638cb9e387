import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from features.dictionary import DataDictionary
from features.errors import DataError
from pipelines.reading import checked, read_all, refuse_empty
from pipelines.sources import Source, open_source

DICTIONARY = """
name = "tiny"

[fields.id]
role = "id"

[fields.income]
role = "feature"
type = "number"
low = 0

[fields.note]
role = "document"

[fields.branch]
role = "ignored"
type = "category"
levels = ["a", "b"]

[fields.bad]
role = "target"
type = "integer"
bad = ["1"]
good = ["0"]
"""


@pytest.fixture
def dictionary() -> DataDictionary:
    return DataDictionary.parse(DICTIONARY)


def unheard(done: int, total: int) -> None:
    pass


def written(folder: Path, text: str) -> str:
    (folder / "book.csv").write_text(text, "utf-8")
    return str(folder / "book.csv")


def test_broken_lines_and_broken_values_meet_in_one_list_of_rejects(
    dictionary: DataDictionary, tmp_path: Path
) -> None:
    uri = written(tmp_path, "id,income,bad\nA,5,0\nB,6\nC,x,1\nD,-1,0\nE,9,2\n")
    whole = read_all(open_source(uri), dictionary, "train", unheard)
    assert whole.accepted["application_id"].tolist() == ["A"]
    rules = whole.rejected[["row", "rule"]].sort_values("row").to_numpy().tolist()
    assert [row for row, _ in rules] == [2, 3, 4, 5]
    assert [rule for _, rule in rules][:2] == ["wrong-column-count", "not-a-number"]


def test_rows_keep_their_number_across_batches(dictionary: DataDictionary, tmp_path: Path) -> None:
    lines = "".join(f"A{n},{n}\n" for n in range(1, 45_001))
    source = open_source(written(tmp_path, "id,income\n" + lines))
    told: list[int] = []
    batches = list(checked(source, dictionary, "score", lambda done, total: told.append(done)))
    assert len(batches) > 1
    assert told[-1] == 45_000
    last = batches[-1].accepted
    assert last.index[-1] == 45_000
    assert last["application_id"].iloc[-1] == "A45000"


def test_an_id_that_comes_back_in_a_later_batch_is_refused_with_the_file(
    dictionary: DataDictionary, tmp_path: Path
) -> None:
    lines = "".join(f"A{n},1\n" for n in [*range(1, 30_001), 7])
    source = open_source(written(tmp_path, "id,income\n" + lines))
    with pytest.raises(DataError, match=r"book\.csv.*A7.*30001"):
        list(checked(source, dictionary, "score", unheard))


def test_only_what_the_dictionary_reads_is_read(dictionary: DataDictionary, tmp_path: Path) -> None:
    source = open_source(written(tmp_path, "id,income,note,branch,surplus\nA,5,hello,a,z\n"))
    (batch,) = checked(source, dictionary, "score", unheard)
    assert list(batch.accepted.columns) == ["application_id", "income", "note"]
    (batch,) = checked(source, dictionary, "score", unheard, ["branch"])
    assert batch.accepted["branch"].tolist() == ["a"]


def test_no_usable_row_is_told_with_its_rules(dictionary: DataDictionary, tmp_path: Path) -> None:
    source = open_source(written(tmp_path, "id,income,bad\nA,x,0\n"))
    with pytest.raises(DataError, match=r"no row can be used \(not-a-number\)"):
        read_all(source, dictionary, "train", unheard)
    empty = open_source(written(tmp_path, "id,income,bad\n"))
    with pytest.raises(DataError, match="no rows"):
        read_all(empty, dictionary, "train", unheard)


def test_scoring_needs_no_outcome_and_training_does(
    dictionary: DataDictionary, tmp_path: Path
) -> None:
    source = open_source(written(tmp_path, "id,income\nA,5\n"))
    assert len(next(iter(checked(source, dictionary, "score", unheard))).accepted) == 1
    with pytest.raises(DataError, match='"bad"'):
        read_all(source, dictionary, "train", unheard)


def test_text_and_typed_sources_are_read_alike(dictionary: DataDictionary, tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["A", "B"], "income": [5.0, None], "bad": [0, 1]})
    frame.to_parquet(tmp_path / "book.parquet")
    typed = open_source(str(tmp_path / "book.parquet"))
    text = open_source(written(tmp_path, frame.to_csv(index=False)))
    left, right = (read_all(s, dictionary, "train", unheard).accepted for s in (typed, text))
    pd.testing.assert_frame_equal(left, right)


def source_of(folder: Path, name: str, rows: int) -> Source:
    """A source of so many rows, by the ending of its name."""
    frame = pd.DataFrame({"a": [str(n) for n in range(rows)]}, dtype="str")
    path = folder / name
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
        return open_source(str(path))
    if path.suffix == ".parquet":
        frame.to_parquet(path)
        return open_source(str(path))
    with closing(sqlite3.connect(path)) as database:
        frame.to_sql("a", database, index=False)
    return open_source(f"sqlite:///{path}#a")


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.db"])
def test_only_a_source_without_a_row_is_refused_as_empty(tmp_path: Path, name: str) -> None:
    source = source_of(tmp_path, name, 1)
    refuse_empty(source)
    assert sum(len(batch.frame) for batch in source.batches()) == 1
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match="has a header and no rows"):
        refuse_empty(source_of(tmp_path / "none", name, 0))


def test_a_broken_row_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2,3\n", "utf-8")
    refuse_empty(open_source(str(tmp_path / "t.csv")))
