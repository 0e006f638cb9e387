"""Reports are read from one folder, and from nowhere else, whatever lies in it."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.manifest import MANIFEST
from pipelines.review import shelf
from pipelines.review.errors import NotFoundError
from pipelines.review.shelf import LARGEST, REPORT, Shelf
from tests.pipelines.pages.made import report
from tests.pipelines.review.night.nights import MODEL
from tests.pipelines.review.validation.scene import file_report

NEWER = json.dumps({**json.loads(report().to_json()), "format": 2, "moods": []}).encode()
BROKEN = {
    b"": "damaged",
    b"{": "damaged",
    b"\xff\xfe\x00": "damaged",
    b"[]": "damaged",
    b"[" * 200_000: "damaged",
    b'{"a":' * 50_000: "damaged",
    report().to_json().encode()[:-40]: "damaged",
    b'{"format": 2}': "newer",
    NEWER: "newer",
    b'{"format": true, "kind": 1}': "damaged",
    b" " * (LARGEST + 1): "too-large",
}


def aged(folder: Path, seconds: int) -> None:
    os.utime(folder / REPORT, (1_800_000_000 - seconds, 1_800_000_000 - seconds))


def places(folder: Path) -> list[str]:
    return [each.place for each in Shelf(folder).filed()]


def test_an_empty_or_missing_shelf_holds_nothing(tmp_path: Path) -> None:
    assert places(tmp_path) == places(tmp_path / "away") == []
    assert Shelf(tmp_path / "away").newest(MODEL) is None


def test_reports_are_found_at_any_place_down_to_the_third_folder_the_newest_first(
    tmp_path: Path,
) -> None:
    file_report(tmp_path / "shelf")
    for place in ("2026 年/冠军", "a/b/c", "b", "a/b/c/too-deep"):
        file_report(tmp_path / "shelf" / place)
    for age, place in enumerate(("2026 年/冠军", "a/b/c", "b", ".", "a/b/c/too-deep")):
        aged(tmp_path / "shelf" / place, age)
    assert places(tmp_path / "shelf") == ["2026 年/冠军", "a/b/c", "b", ""]
    for place in places(tmp_path / "shelf"):
        assert Shelf(tmp_path / "shelf").find(place).place == place


def test_what_a_list_tells_is_what_the_report_says(tmp_path: Path) -> None:
    made = file_report(tmp_path / "a")
    (filed,) = Shelf(tmp_path).filed()
    told = shelf.told(filed)
    assert (told.kind, told.subjects, told.light) == (made.kind, made.subjects, made.light)
    lights = [light for section in made.sections for light in section.lights]
    assert (told.red, told.amber) == (lights.count("red"), lights.count("amber"))
    assert shelf.read(filed) == (made, "", False)


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_report_says_why_it_cannot_be_read(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / REPORT).write_bytes(content)
    (filed,) = Shelf(tmp_path).filed()
    assert shelf.told(filed).trouble == BROKEN[content]
    assert shelf.read(filed).report is None


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 100_000, b"\xff", b'{"key": 1}'])
def test_a_report_without_a_sound_manifest_may_have_been_touched(
    content: bytes, tmp_path: Path
) -> None:
    file_report(tmp_path / "a")
    (tmp_path / "a" / MANIFEST).write_bytes(content)
    (filed,) = Shelf(tmp_path).filed()
    assert shelf.read(filed).touched
    assert Shelf(tmp_path).newest(MODEL) is None


def test_a_report_that_was_edited_is_found_to_be(tmp_path: Path) -> None:
    file_report(tmp_path / "a")
    path = tmp_path / "a" / REPORT
    path.write_text(path.read_text("utf-8").replace('"red"', '"green"'), "utf-8")
    (filed,) = Shelf(tmp_path).filed()
    assert shelf.read(filed).touched


def test_links_lead_nowhere(tmp_path: Path) -> None:
    folder, secret = tmp_path / "shelf", tmp_path / "secret"
    file_report(secret)
    (folder / "file").mkdir(parents=True)
    (folder / "file" / REPORT).symlink_to(secret / REPORT)
    (folder / "folder").symlink_to(secret, target_is_directory=True)
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    os.mkfifo(folder / REPORT)
    assert places(folder) == []
    for place in ("file", "folder", "loop", "loop/loop", ""):
        with pytest.raises(NotFoundError):
            Shelf(folder).find(place)


def test_a_link_in_place_of_a_report_that_was_found_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "shelf"
    file_report(tmp_path / "secret")
    file_report(folder / "a")
    (filed,) = Shelf(folder).filed()
    (folder / "a" / REPORT).unlink()
    (folder / "a" / REPORT).symlink_to(tmp_path / "secret" / REPORT)
    assert shelf.read(filed).trouble == "damaged"


WAYS = st.lists(
    st.sampled_from(["..", ".", "", "a", "shelf", "secret", "\x00", "a\\..", "/etc", "~"]),
    max_size=6,
).map("/".join)


@given(place=st.one_of(WAYS, st.text(max_size=30)))
def test_no_address_leads_out_of_the_shelf(
    place: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.getbasetemp() / "walled"
    if not root.exists():
        file_report(root / "secret")
        file_report(root / "shelf" / "a")
    try:
        found = Shelf(root / "shelf").find(place)
    except NotFoundError:
        return
    assert found.place == place == "a"


def test_the_newest_report_of_a_model_is_found_by_what_it_judges(tmp_path: Path) -> None:
    for age, (name, job, model) in enumerate(
        (
            ("compared", "compare", MODEL),
            ("other", "validate", "e" * 64),
            ("newest", "validate", MODEL),
            ("older", "validate", MODEL),
        )
    ):
        file_report(tmp_path / name, job=job, model=model)
        aged(tmp_path / name, age)
    found = Shelf(tmp_path).newest(MODEL)
    assert found is not None
    assert found.place == "newest"
    assert Shelf(tmp_path).newest("") is None


def test_a_comparison_is_found_by_its_runs_whichever_comes_first(tmp_path: Path) -> None:
    file_report(tmp_path / "a", job="compare", runs={"a": "1", "b": "2", "applications": ""})
    found = [Shelf(tmp_path).comparing(*pair) for pair in (("1", "2"), ("2", "1"), ("1", "1"))]
    assert [each.place if each else None for each in found] == ["a", "a", None]


def test_a_report_that_is_written_anew_is_read_anew(tmp_path: Path) -> None:
    file_report(tmp_path / "a")
    (before,) = Shelf(tmp_path).filed()
    assert shelf.told(before).portfolio == report().portfolio
    text = report(portfolio="another").to_json()
    (tmp_path / "a" / REPORT).write_text(text, "utf-8")
    (after,) = Shelf(tmp_path).filed()
    assert shelf.told(after).portfolio == "another"
