from pathlib import Path

import pytest

from pipelines.ledger import Ledger, Part
from pipelines.manifest import output_file


def part(stage: Path, number: int, content: str = "scores") -> Part:
    path = stage / "run" / f"part-{number}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    name = path.relative_to(stage).as_posix()
    return Part(number=number, rows=2, counts={"scored": 2}, files={name: output_file(path)})


def test_finished_parts_are_found_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    parts = [part(tmp_path, number) for number in (2, 0)]
    for each in parts:
        ledger.enter(each)
    again = Ledger(tmp_path)
    assert again.in_order() == parts[::-1]
    assert 2 in again
    assert 1 not in again


@pytest.mark.parametrize("harm", ["gone", "cut", "changed", "entry"])
def test_a_part_that_is_not_as_it_was_written_does_not_count(tmp_path: Path, harm: str) -> None:
    ledger = Ledger(tmp_path)
    for number in (0, 1):
        ledger.enter(part(tmp_path, number))
    path = tmp_path / "run" / "part-1"
    entry = tmp_path / "work" / "ledger" / "00001.json"
    if harm == "gone":
        path.unlink()
    elif harm == "cut":
        path.write_text("score")
    elif harm == "changed":
        path.write_text("scoreS")
    else:
        entry.write_bytes(entry.read_bytes()[:-9])
    assert [each.number for each in Ledger(tmp_path).in_order()] == [0]


def test_what_was_being_written_is_removed(tmp_path: Path) -> None:
    Ledger(tmp_path).enter(part(tmp_path, 0))
    part(tmp_path, 1)
    (tmp_path / "work" / "ledger" / "00001.json.part").write_text("{")
    (tmp_path / "run" / "manifest.json").write_text("{}")
    Ledger(tmp_path)
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == ["00000.json", "part-0"]


def test_a_part_entered_again_takes_the_place_of_the_first(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.enter(part(tmp_path, 0))
    ledger.enter(part(tmp_path, 0, "other"))
    assert Ledger(tmp_path).in_order() == ledger.in_order()
