import os
import subprocess
import sys
from pathlib import Path

import pytest

from features import compiling
from features.compiling import compiled

SCRIPT = """
import numpy as np
from features.compiling import compiled
from kept import twice
print(compiled(twice)(np.ones(3)).sum())
"""


def _run(tmp_path: Path, **environment: str) -> str:
    (tmp_path / "kept.py").write_text("def twice(x):\n    return x * 2\n")
    paths = os.pathsep.join([str(tmp_path), str(Path.cwd())])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "PYTHONPATH": paths, **environment},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_compiled_code_is_kept_and_a_damaged_one_made_again(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    assert _run(tmp_path, NUMBA_CACHE_DIR=str(kept)) == "6.0"
    files = [path for path in kept.rglob("*") if path.is_file()]
    assert files
    for path in files:
        path.write_bytes(path.read_bytes()[:10])
    assert _run(tmp_path, NUMBA_CACHE_DIR=str(kept)) == "6.0"


def test_no_folder_to_write_to_is_no_failure(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert _run(tmp_path, NUMBA_CACHE_DIR=str(blocked / "below")) == "6.0"


def test_a_full_disk_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(compiling.FunctionCache, "save_overload", full)
    monkeypatch.setattr(compiling.FunctionCache, "load_overload", full)

    @compiled
    def thrice(value: float) -> float:
        return 3 * value

    assert thrice(2.0) == 6.0
