"""The `risk` command as a shell runs it: a process of its own, seen from outside."""

import os
import subprocess
import sys
from pathlib import Path

COMMAND = (sys.executable, "-m", "pipelines.cli")


def surroundings(**variables: str) -> dict[str, str]:
    """The environment of a process that speaks English unless told otherwise."""
    return {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "", "RISK_LANG": "", **variables}


def risk(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `risk WORDS` and wait for its end."""
    return subprocess.run(
        [*COMMAND, *words],
        cwd=cwd,
        env=surroundings(**variables),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    files = (p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}
