"""The `risk` command as a shell runs it: a process of its own, seen from outside.

Where it is not the process that is tested, `called` spares its start, which takes seconds.
"""

import io
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

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


def called(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `risk WORDS` by its entry point in this process, in the language that it would speak."""
    from pipelines import cli, ending

    language = ending.asked_language(words, surroundings(**variables))
    stdout, stderr = io.StringIO(), io.StringIO()
    stopped = signal.getsignal(signal.SIGTERM)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(cwd)
        patch.setattr(sys, "argv", ["risk", *words])
        for name, value in variables.items():
            patch.setenv(name, value)
        for name, module in list(sys.modules.items()):
            if name.startswith("pipelines.") and hasattr(module, "LANGUAGE"):
                patch.setattr(module, "LANGUAGE", language)
        with redirect_stdout(stdout), redirect_stderr(stderr), pytest.raises(SystemExit) as ended:
            cli.main()
    signal.signal(signal.SIGTERM, stopped)
    code = int(str(ended.value.code or 0))
    return subprocess.CompletedProcess(words, code, stdout.getvalue(), stderr.getvalue())


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    files = (p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}
