"""What the engine back end refuses before any engine starts; the engine itself: tests/vllm."""

import importlib.util
from pathlib import Path

import pytest
from pydantic import ValidationError

from risk.errors import BackendError
from risk.reasoning.backends.engine import EngineBackend, EngineSettings


def test_a_profile_may_be_named(tmp_path: Path) -> None:
    given = {"model": tmp_path, "profile": "deepseek-r1"}
    assert EngineSettings.model_validate(given).profile.thinks


def test_an_unknown_setting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="speed"):
        EngineSettings.model_validate({"model": tmp_path, "profile": "deepseek-r1", "speed": 2})


@pytest.mark.skipif(importlib.util.find_spec("vllm") is not None, reason="vLLM is installed")
def test_a_missing_extra_names_its_install_command(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    settings = EngineSettings.model_validate({"model": tmp_path, "profile": "deepseek-r1"})
    with pytest.raises(BackendError, match=r"pip install mingjian\[vllm\]"):
        EngineBackend(settings)


def test_a_folder_without_a_model_is_refused_first(tmp_path: Path) -> None:
    settings = EngineSettings.model_validate({"model": tmp_path, "profile": "deepseek-r1"})
    with pytest.raises(BackendError, match="no model"):
        EngineBackend(settings)
