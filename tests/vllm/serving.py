"""The real vLLM server, as a bank would start it, on a free port of this machine."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

NAME = "tiny-distill"
START_S = 400.0  # a loaded machine; 30 to 60 s as a rule


class Server:
    """`vllm serve` on a free port of this machine, with the flags that the README gives."""

    def __init__(self, model: Path, log: Path, *flags: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [
            *(sys.executable, "-m", "vllm.entrypoints.openai.api_server"),
            *("--model", str(model), "--served-model-name", NAME),
            *("--host", "127.0.0.1", "--port", str(self.port)),
            *("--reasoning-parser", "deepseek_r1", "--enforce-eager", "--max-num-seqs", "8"),
            *("--structured-outputs-config.backend", "xgrammar"),
            *("--structured-outputs-config.disable_any_whitespace", "true"),
            *flags,
        ]
        quiet = {"VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1"}
        self.log = log
        tokens = json.loads((model / "tokenizer.json").read_text("utf-8"))["added_tokens"]
        self.think_end = next(t["id"] for t in tokens if t["content"] == "</think>")
        with log.open("wb") as out:
            # A session of its own: the server's processes can be ended together, and only they.
            self.process = subprocess.Popen(
                command, stdout=out, stderr=out, env={**os.environ, **quiet}, start_new_session=True
            )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def wait(self) -> None:
        end = time.monotonic() + START_S
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.url}/models", timeout=5).close()  # noqa: S310
                return
            time.sleep(1)
        pytest.fail(f"the server did not start: {self.log.read_text()[-2_000:]}")

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)
