import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError
from features.language import LANGUAGES
from pipelines.manifest import MANIFEST, OutputFile, RunManifest, described, file_digest, verify

settings_of_runs = st.dictionaries(
    st.text(max_size=5),
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()
    ).filter(lambda v: v not in (float("inf"), float("-inf"))),
    max_size=5,
)


def manifest(**changed: object) -> RunManifest:
    given = {"data": {"applications": "d1"}, "dictionary": "d2", "model": "m", "config": {"a": 1}}
    return RunManifest.of("score", **{**given, **changed})  # type: ignore[arg-type]


@given(settings_of_runs)
def test_the_key_does_not_follow_the_order_of_settings(config: dict[str, object]) -> None:
    turned = dict(reversed(config.items()))
    assert manifest(config=config).key() == manifest(config=turned).key()


@given(settings_of_runs)
def test_a_manifest_is_read_back_as_written(config: dict[str, object]) -> None:
    made = manifest(config=config)
    raw = json.loads(made.to_json())
    assert raw.pop("key") == made.key()
    assert RunManifest.model_validate(raw) == made


@pytest.mark.parametrize(
    "changed",
    [
        {"data": {"applications": "other"}},
        {"data": {"documents": "d1"}},
        {"dictionary": "other"},
        {"model": "other"},
        {"prompt": "other"},
        {"config": {"a": 2}},
        {"config": {"b": 1}},
    ],
)
def test_whatever_determines_the_output_changes_the_key(changed: dict[str, object]) -> None:
    assert manifest(**changed).key() != manifest().key()


def test_version_and_libraries_are_part_of_the_key_and_the_commit_is_not() -> None:
    made = manifest()
    assert made.model_copy(update={"version": "9"}).key() != made.key()
    assert made.model_copy(update={"libraries": {}}).key() != made.key()
    assert made.model_copy(update={"commit": "other"}).key() == made.key()
    assert {"python", "lightgbm", "pandas"} <= set(made.libraries)
    assert made.version


def test_outputs_and_counts_leave_the_key() -> None:
    made = manifest()
    done = made.with_outputs({"a": OutputFile(sha256="x", bytes=1, rows=2)}, {"scored": 2})
    assert done.key() == made.key()
    assert made.outputs == {}


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(DataError, match="config"):
        manifest(config={"a": {1, 2}})
    with pytest.raises(DataError, match="infinite or not a number"):
        manifest(config={"a": float("nan")}).key()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "booster.txt").write_text("tree")
    (tmp_path / "scores.csv").write_text("a\n1\n")
    files = {
        name: OutputFile(sha256=file_digest(tmp_path / name), bytes=4)
        for name in ("model/booster.txt", "scores.csv")
    }
    (tmp_path / MANIFEST).write_text(manifest().with_outputs(files, {"scored": 1}).to_json())
    return tmp_path


def test_an_untouched_run_has_no_problems(folder: Path) -> None:
    assert verify(folder) == []
    assert RunManifest.read(folder).counts == {"scored": 1}


def test_missing_changed_and_extra_files_are_all_found(folder: Path) -> None:
    (folder / "model" / "booster.txt").write_text("tre3")
    (folder / "scores.csv").unlink()
    (folder / "notes.txt").touch()
    assert verify(folder) == [
        ("model/booster.txt", "changed"),
        ("scores.csv", "missing"),
        ("notes.txt", "extra"),
    ]


def test_large_files_are_hashed_side_by_side_and_told_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "model" / "booster.txt").write_text("tre3")
    (folder / "scores.csv").unlink()
    (folder / "scores.csv").symlink_to(folder / "nowhere")
    alone, made = verify(folder), described(folder, {})
    monkeypatch.setattr("pipelines.manifest._LARGE", 0)
    assert verify(folder) == alone == [
        ("model/booster.txt", "changed"),
        ("scores.csv", "unreadable"),
    ]  # fmt: skip
    assert described(folder, {}) == made
    assert list(made) == ["model/booster.txt"]


def test_a_directory_without_manifest_is_no_run(tmp_path: Path) -> None:
    assert verify(tmp_path) == [(MANIFEST, "missing")]
    with pytest.raises(DataError, match="no finished run"):
        RunManifest.read(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{}", "[1]", '"key"', "\x00"])
def test_a_damaged_manifest_is_refused(folder: Path, content: str) -> None:
    (folder / MANIFEST).write_text(content)
    assert verify(folder) == [(MANIFEST, "unreadable")]


def test_a_manifest_edited_by_hand_is_refused(folder: Path) -> None:
    text = (folder / MANIFEST).read_text().replace('"d1"', '"dx"')
    (folder / MANIFEST).write_text(text)
    with pytest.raises(DataError, match="changed after the run"):
        RunManifest.read(folder)


def test_problems_are_told_in_both_languages(folder: Path) -> None:
    (folder / "scores.csv").unlink()
    (problem,) = verify(folder)
    assert all("scores.csv" in problem.text(language) for language in LANGUAGES)
