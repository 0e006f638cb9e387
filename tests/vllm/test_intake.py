"""`risk intake --ask` against the real vLLM server, with a model that writes noise.

What noise proposes stands in no paper: it is refused as a whole or struck piece by piece, and what
was read without a model stays as it was. The command runs in the environment of `make test`, as
that of vLLM has no database.
"""

import importlib.util
import json
import re
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import Exit
from risk.reasoning.backends.base import Failure
from risk.reasoning.faults import Fault
from risk.reasoning.proposals import parse, proposals_schema
from tests.pipelines.command import COMMAND, surroundings
from tests.vllm import tiny_model
from tests.vllm.serving import NAME, Server

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv" / "bin" / "python"

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("vllm") is None,
        reason="vLLM is not in this environment; `make test-vllm` has one of its own",
    ),
    pytest.mark.skipif(
        not PYTHON.exists(), reason="the command's own environment is not there; `make test` is"
    ),
]

APPLICANTS = ("A1", "A2", "A3", "A4")
LETTER = (
    "申请表\n申请金额：3万\n月收入：约8,000元\n手机号码：13800138000\n"
    "{name}租房，每月到手8,000元，借款打算分24期还。\n"
)
DICTIONARY = """\
name = "small"
currency = "CNY"
[fields.application_id]
role = "id"
[fields.default_flag]
role = "target"
type = "integer"
bad = ["1"]
good = ["0"]
[fields.income]
role = "feature"
type = "number"
unit = "CNY"
label = {zh = "月收入", en = "monthly income"}
[fields.amount]
role = "feature"
type = "number"
unit = "CNY"
label = {zh = "申请金额", en = "loan amount"}
[fields.term]
role = "feature"
type = "integer"
unit = "months"
label = {zh = "借款期限", en = "loan term"}
[fields.housing]
role = "feature"
type = "category"
levels = ["rent", "own"]
label = {zh = "居住状况", en = "housing"}
level_labels = {rent = {zh = "租房", en = "rented"}, own = {zh = "自有", en = "owner"}}
"""
PAPERS = """\
[kinds.form]
label = {zh = "申请表", en = "application form"}
title = ["申请表"]
[products.default]
papers = ["form"]
fields = ["income", "amount"]
"""
CONFIG = f"""\
store = "answers.db"
name = "small"
[policy]
approve = 0.05
decline = 0.2
[reasoning]
backend = "server"
[reasoning.server]
url = "{{url}}"
model = "{NAME}"
retries = 1
[reasoning.server.profile]
name = "tiny"
thinking_tokens = 48
answer_tokens = 4096
context_tokens = {tiny_model.CONTEXT}
"""


class Home:
    """A portfolio with the papers of some applicants."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        for applicant in APPLICANTS:
            (folder / applicant).mkdir()
            letter = LETTER.format(name=applicant)
            (folder / applicant / "letter.txt").write_text(letter, "utf-8")
        (folder / "papers.toml").write_text(PAPERS, "utf-8")
        (folder / "dictionary.toml").write_text(DICTIONARY, "utf-8")
        (folder / "risk.toml").write_text(CONFIG.format(url=url), "utf-8")

    def taken(self, applicant: str, *words: str) -> tuple[dict[str, Any], bytes]:
        """What `risk intake` found, and the row that a model would be given."""
        output, row = self.folder / "out.json", self.folder / "row.csv"
        ended = subprocess.run(
            [PYTHON, *COMMAND[1:], "intake", applicant, "-o", output, "--row", row, *words],
            cwd=self.folder,
            env=surroundings(PYTHONPATH=str(ROOT)),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        assert ended.returncode == Exit.PARTIAL, ended.stderr
        return json.loads(output.read_text("utf-8")), row.read_bytes()

    def answers(self) -> dict[str, dict[str, Any]]:
        """What the store holds of the model's answers, by request, read past it."""
        with sqlite3.connect(self.folder / "answers.db") as store:
            rows = store.execute("SELECT digest, outcome FROM answers").fetchall()
        return {digest: json.loads(outcome) for digest, outcome in rows}


@pytest.fixture(scope="module")
def home(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("intake"), server.url)


def test_what_noise_proposes_is_kept_apart_and_struck_or_refused(home: Home) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = proposals_schema()
    assert not {"pattern", "minLength", "maxLength"} & set(re.findall(r"\w+", json.dumps(schema)))
    said = 0
    for applicant in APPLICANTS:
        read, row = home.taken(applicant)
        found, same = home.taken(applicant, "--ask")
        proposed = found.pop("proposed")
        assert (found, same) == (read, row)
        answer = home.answers().get(proposed["request"], {})
        if "text" not in answer:
            assert proposed["code"] in (Failure.TRUNCATED, Failure.REPETITION, Failure.NO_THINKING)
            continue
        assert proposed["model"] == answer["model"] == NAME
        jsonschema.validate(json.loads(answer["text"], strict=False), schema)
        said += 1
        if proposed["code"]:
            assert proposed["code"] == Fault.CHARACTERS
            assert not proposed["found"]
            continue
        quotes = [each.quote.strip() for each in parse(answer["text"]).proposals]
        (paper,) = found["papers"]
        for each in proposed["found"]:
            assert each["by"] == "model"
            assert each["quote"] in quotes
            assert each["quote"] in paper["text"]
        assert len(proposed["found"]) + sum(proposed["struck"].values()) == len(quotes)
    assert said
