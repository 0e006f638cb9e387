"""A model's digest follows its files, not the folder they lie in."""

from pathlib import Path

import pytest

from risk.errors import BackendError
from risk.reasoning.backends.model_files import model_digest

BIG = 40 << 20


def model(folder: Path, weights: bytes = b"\1" * BIG) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "qwen2"}')
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(weights)
    return folder


def test_a_copy_elsewhere_has_the_same_digest(tmp_path: Path) -> None:
    first, second = model(tmp_path / "a"), model(tmp_path / "b")
    (second / "README.md").write_text("notes")
    assert model_digest(first) == model_digest(second)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "chat_template.jinja"])
def test_any_changed_file_changes_it(tmp_path: Path, name: str) -> None:
    folder = model(tmp_path / "a")
    before = model_digest(folder)
    (folder / name).write_text("changed")
    assert model_digest(folder) != before


def test_fine_tuned_weights_of_the_same_size_change_it(tmp_path: Path) -> None:
    tuned = b"\1" * (BIG // 2) + b"\2" * (BIG // 2)
    assert model_digest(model(tmp_path / "a")) != model_digest(model(tmp_path / "b", tuned))


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="no model"):
        model_digest(tmp_path)
