"""`risk intake` as a person runs it: what it says, what it writes, and what it never tells."""

import json
import random
import shutil
import stat
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from features.associations.columns import GROUP, fields, group, keys_of
from features.associations.keys import PREFIX
from features.intake import check
from features.language import LANGUAGES, Language
from features.rendering import render
from pipelines.errors import Exit
from pipelines.intake.job import IntakeOptions, run
from pipelines.sources.opening import open_source
from pipelines.ties.job import check_ties
from tests.pipelines.command import called
from tests.pipelines.conftest import Silent
from tests.pipelines.intake.given import DICTIONARY, RULES
from tests.pipelines.papers.test_office import word, workbook
from tests.pipelines.papers.test_pdf import made

CONFIG = 'name = "small"\n[policy]\nscale = "pd"\napprove = 0.05\ndecline = 0.2\n'
KINDS = '[kinds.form]\nlabel = {zh = "申请表", en = "application form"}\ntitle = ["申请表"]\n'
NEEDS = KINDS + '[products.default]\npapers = ["form"]\nfields = ["income", "amount"]\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A portfolio, and the papers of A1 below it."""
    papers = tmp_path / "papers" / "A1"
    papers.mkdir(parents=True)
    (tmp_path / "risk.toml").write_text(CONFIG, "utf-8")
    (tmp_path / "papers.toml").write_text(NEEDS, "utf-8")
    (tmp_path / "dictionary.toml").write_text(render(DICTIONARY), "utf-8")
    (papers / "form.docx").write_bytes(
        word("贷款申请表", rows=(("月收入", "8,000元"), ("申请金额", "3万"), ("居住状况", "租房")))
    )
    (papers / "statement.xlsx").write_bytes(workbook(流水=[["借款期限", 24], ["信用卡张数", 3]]))
    (papers / "letter.pdf").write_bytes(made("Nothing.", "utilisation: 35%"))
    return tmp_path


def taken(home: Path, *words: str, exit_: Exit = Exit.DONE) -> dict[str, Any]:
    ended = called("intake", "papers/A1", "-o", "out.json", *words, cwd=home)
    assert ended.returncode == exit_, ended.stderr
    return json.loads((home / "out.json").read_text("utf-8"))


def test_papers_of_every_format_give_their_fields_with_spans_that_hold(home: Path) -> None:
    found = taken(home)
    texts = {paper["name"]: paper["text"] for paper in found["papers"]}
    fields = {each["field"]: each for each in found["fields"]}
    assert {name: each["value"] for name, each in fields.items() if each["value"]} == {
        "application_id": "A1", "income": "8000", "amount": "30000", "housing": "rent",
        "term": "24", "cards": "3", "usage": "35",
    }  # fmt: skip
    for each in fields.values():
        for value in each["found"]:
            text = texts.get(value["paper"], "")[value["start"] : value["end"]]
            assert text == value["text"] or not value["paper"]
    assert (fields["usage"]["found"][0]["page"], fields["usage"]["found"][0]["line"]) == (2, 1)
    assert found["checklist"]["papers"] == [
        {"kinds": ["form"], "state": "there", "papers": ["form.docx"]}
    ]
    assert (found["conflicts"], found["errors"]) == ([], [])


def test_what_is_missing_broken_or_contradictory_is_told_and_ends_partial(home: Path) -> None:
    folder = home / "papers" / "A1"
    (folder / "other.txt").write_text("月收入：9000", "utf-8")
    (folder / "scan.pdf").write_bytes(made(""))
    found = taken(home, exit_=Exit.PARTIAL)
    assert found["conflicts"] == ["income"]
    assert [(each["paper"], each["why"]) for each in found["errors"]] == [
        ("scan.pdf", "no-text-layer")
    ]
    assert set(found["errors"][0]["mend"]) == {"zh", "en"}
    assert found["errors"][0]["mend"]["zh"].startswith("共1页，其中1页没有文字层")
    assert found["errors"][0]["mend"]["en"].startswith("1 of 1 pages has no text layer")
    (folder / "confirmed.toml").write_text('[papers]\n"scan.pdf" = "form"\n', "utf-8")
    found = taken(home, "--confirm", "income=8000")
    assert {f["field"]: f["state"] for f in found["fields"]}["income"] == "confirmed"


def test_only_exact_and_confirmed_fields_go_into_the_row(home: Path) -> None:
    (home / "papers" / "A1" / "form.docx").unlink()
    (home / "papers" / "A1" / "form.txt").write_text(
        "申请表\n本人月收入约8000元\n申请金额：3万\n申请日期：2026-03-05\n居住状况：自有", "utf-8"
    )
    taken(home, "--row", "row.csv", "--confirm", "housing=rent", exit_=Exit.PARTIAL)
    row = pd.read_csv(home / "row.csv", dtype=str)
    assert row.iloc[0].dropna().to_dict() == {
        "application_id": "A1", "application_date": "2026-03-05", "amount": "30000",
        "term": "24", "usage": "35", "cards": "3", "housing": "rent",
    }  # fmt: skip
    accepted, rejected = check(row, DICTIONARY)
    assert (len(accepted), len(rejected)) == (1, 0)


def test_columns_of_ties_are_neither_read_nor_needed_nor_written(home: Path) -> None:
    ties = fields(keys_of(DICTIONARY), DICTIONARY)
    more = {"fields": (*DICTIONARY.fields, *ties), "groups": {GROUP: group()}}
    tied = DICTIONARY.model_copy(update=more)
    (home / "dictionary.toml").write_text(render(tied), "utf-8")
    (home / "papers.toml").write_text(KINDS, "utf-8")
    (home / "papers" / "A1" / "ties.txt").write_text(f"{ties[0].name}：3", "utf-8")
    found = taken(home, "--row", "row.csv", exit_=Exit.PARTIAL)
    needed = [each["field"] for each in found["checklist"]["fields"]]
    row = open_source(str(home / "row.csv"))
    for names in (row.columns, needed, [each["field"] for each in found["fields"]]):
        assert "income" in names
        assert not [name for name in names if name.startswith(PREFIX)]
    check_ties(tied, row)
    ended = called("intake", "papers/A1", "--confirm", f"{ties[0].name}=3", cwd=home)
    assert ended.returncode == Exit.BAD_INPUT
    assert "no field that papers can give" in ended.stderr


def test_results_are_for_their_owner_alone(home: Path) -> None:
    for _ in range(2):
        taken(home, "--row", "row.csv")
        for name in ("out.json", "row.csv"):
            assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
            (home / name).chmod(0o644)


def test_no_log_line_and_no_json_holds_a_word_of_a_paper(home: Path) -> None:
    (home / "papers" / "A1" / "申请表 张三.txt").write_text("手机号码：13800138000", "utf-8")
    ended = called("intake", "papers/A1", "--json", "-o", "out.json", cwd=home)
    told = ended.stdout + ended.stderr
    assert not any(word in told for word in ("张三", "13800138000", "8000", "form.docx"))
    assert json.loads(ended.stdout)["counts"]["papers"] == 4


@pytest.mark.parametrize(("language", "words"), [("zh", "按规则确认"), ("en", "exact by rule")])
def test_the_summary_speaks_the_language_of_the_command(
    home: Path, language: str, words: str
) -> None:
    (home / "papers" / "A1" / "x\x1b[31m.txt").write_text("月收入：\x1b[2J9000", "utf-8")
    ended = called("intake", "papers/A1", "--lang", language, cwd=home)
    assert words in ended.stdout
    assert "\x1b" not in ended.stdout
    assert (home / "A1.intake.json").exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_narrow_terminal_nothing_that_is_told_is_cut(home: Path, language: Language) -> None:
    folder = home / "papers" / "A1"
    employer = "湖南省长沙市海纳百川进出口贸易有限责任公司第一分公司"
    named = "张三的在职及收入证明[二零二六年三月补充].txt"
    (folder / named).write_text(f"申请表\n工作单位：{employer}\n申请日期：2026年3月", "utf-8")
    (folder / "scan.pdf").write_bytes(made(""))
    narrow, wide = (
        called("intake", "papers/A1", "--lang", language, cwd=home, COLUMNS=columns).stdout
        for columns in ("80", "2000")
    )
    assert max(map(cell_len, narrow.splitlines()[:-3])) <= 80
    assert "…" not in narrow
    assert Counter("".join(narrow.split())) == Counter("".join(wide.split()))
    assert all(words in wide for words in (employer, named, "2026年3月"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("papers/none",), "is no folder"),
        (("papers/A1", "--product", "car"), "no product"),
        (("papers/A1", "--confirm", "income"), "FIELD=VALUE"),
        (("papers/A1", "--output", "papers/A1/x.json"), "among the papers"),
        (("papers/A1", "--output", "x", "--row", "x"), "the same file"),
        (("papers/A1", "--output", "no/where/x.json"), "cannot be written"),
        (("papers/A1", "--draft"), "already there"),
    ],
)
def test_what_cannot_be_used_is_bad_input(home: Path, words: tuple[str, ...], said: str) -> None:
    ended = called("intake", *words, cwd=home)
    assert ended.returncode == Exit.BAD_INPUT
    assert said in ended.stderr
    assert not (home / "A1.intake.json").exists()


NAMES = st.sampled_from(["a.txt", "b.md", "c.pdf", "d.docx", "e.xlsx", "f.jpg", "g", "h.PDF"])
STARTS = st.sampled_from(
    [b"", b"PK\x03\x04", b"%PDF-1.4\n", "月收入：8000\n".encode(), b"\xff\xfe"]
)
BYTES = st.tuples(STARTS, st.binary(max_size=200)).map(b"".join)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.dictionaries(NAMES, BYTES, max_size=5), seed=st.integers(0, 9))
def test_any_bytes_in_any_order_are_taken_in_and_give_the_same_bytes(
    tmp_path: Path, files: dict[str, bytes], seed: int
) -> None:
    order = list(files)
    written = []
    for at in range(2):
        folder = tmp_path / str(at) / "A1"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in order:
            (folder / name).write_bytes(files[name])
        random.Random(seed).shuffle(order)  # noqa: S311 - an order, no secret
        options = IntakeOptions(folder, tmp_path / "out.json")
        _, found = run(DICTIONARY, RULES, options, Silent())
        assert [filed.paper.name for filed, _ in found.papers] == sorted(files)
        written.append((tmp_path / "out.json").read_bytes())
    assert written[0] == written[1]
