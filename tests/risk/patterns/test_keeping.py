"""Tables come back from disk with every bit, and whatever is wrong there only costs time."""

import os
from pathlib import Path

import numpy as np
import pytest

from risk.patterns import Forest, PatternTables, building, keeping
from tests.risk.patterns.conftest import Trained, trained


@pytest.fixture(scope="module")
def made() -> Trained:
    return trained(trees=40, leaves=16)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_SMALLEST", 1)


@pytest.fixture
def laid_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was laid out, and so not read."""
    done: list[str] = []
    for kind in ("prediction", "explanation"):
        whole = getattr(building, kind)

        def told(*given: object, kind: str = kind, whole: object = whole) -> object:
            done.append(kind)
            return whole(*given)  # type: ignore[operator]

        monkeypatch.setattr(building, kind, told)
    return done


def tables(made: Trained, folder: Path | None) -> PatternTables:
    return PatternTables(Forest.of(made.text), made.x[:50], folder)


def test_the_second_start_reads_what_the_first_laid_out(
    made: Trained, tmp_path: Path, laid_out: list[str]
) -> None:
    first, second = tables(made, tmp_path), tables(made, tmp_path)
    explained = [each.explain(made.x) for each in (first, second)]
    assert np.array_equal(explained[0].contributions, explained[1].contributions)
    assert np.array_equal(first.raw(made.x), second.raw(made.x))
    assert laid_out == ["explanation", "prediction"]
    assert len(list(tmp_path.iterdir())) == 2


def test_another_reference_another_model_or_other_code_has_tables_of_its_own(
    made: Trained, tmp_path: Path, laid_out: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    forest = Forest.of(made.text)
    other = Forest.of(trained(seed=1, trees=40, leaves=16).text)
    PatternTables(forest, made.x[:50], tmp_path).explain(made.x)
    PatternTables(forest, made.x[:51], tmp_path).explain(made.x)
    PatternTables(other, made.x[:50], tmp_path).explain(made.x)
    monkeypatch.setattr(keeping, "_code", lambda: "another")
    PatternTables(forest, made.x[:50], tmp_path).explain(made.x)
    assert laid_out == ["explanation"] * 4


@pytest.mark.parametrize("harm", ["cut", "flipped", "empty", "other", "folder"])
def test_what_is_damaged_is_laid_out_again(
    made: Trained, tmp_path: Path, laid_out: list[str], harm: str
) -> None:
    expected = tables(made, tmp_path).explain(made.x).contributions
    [place] = tmp_path.iterdir()
    data = bytearray(place.read_bytes())
    if harm == "cut":
        place.write_bytes(data[: len(data) // 2])
    elif harm == "flipped":
        data[len(data) // 2] ^= 1
        place.write_bytes(data)
    elif harm == "empty":
        place.write_bytes(b"")
    elif harm == "other":
        np.savez(place, something=np.arange(3))
    else:
        place.unlink()
        place.mkdir()
    again = tables(made, tmp_path).explain(made.x).contributions
    assert np.array_equal(again, expected)
    assert laid_out == ["explanation"] * 2


def test_where_nothing_can_be_written_nothing_is_kept(made: Trained, tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.touch()
    assert tables(made, taken / "tables").explain(made.x).raw.shape == (len(made.x),)
    assert tables(made, None).explain(made.x).raw.shape == (len(made.x),)


def test_of_many_tables_those_used_last_stay(
    made: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_KEPT", 2)
    forest = Forest.of(made.text)
    for size in (10, 11, 12):
        PatternTables(forest, made.x[:size], tmp_path).explain(made.x)
        for place in tmp_path.iterdir():
            told = place.stat()
            os.utime(place, (told.st_atime, told.st_mtime - 10))
        # Used again, the first one stays.
        PatternTables(forest, made.x[:10], tmp_path).explain(made.x)
    left = {place.stem for place in tmp_path.iterdir()}
    columns = [np.ascontiguousarray(made.x[:size].T) for size in (10, 12)]
    assert left == {keeping.key("explanation", forest, each) for each in columns}


def test_small_tables_are_not_worth_a_file(
    made: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "_SMALLEST", 1 << 40)
    tables(made, tmp_path).explain(made.x)
    assert list(tmp_path.iterdir()) == []


def test_the_folder_follows_the_surroundings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINGJIAN_CACHE", str(tmp_path))
    assert keeping.usual_folder() == tmp_path / "tables"
    monkeypatch.setenv("MINGJIAN_CACHE", "")
    assert keeping.usual_folder() is None
    monkeypatch.delenv("MINGJIAN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    assert keeping.usual_folder() == tmp_path / "user" / "mingjian" / "tables"
