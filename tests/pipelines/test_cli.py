import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from pipelines.ending import asked_language, program
from tests.pipelines.command import COMMAND, called, content, risk, surroundings
from tests.pipelines.conftest import Bank

Done = subprocess.CompletedProcess[str]
HEAVY = ("pandas", "numpy", "pyarrow", "lightgbm", "sklearn", "mlflow", "shap", "sqlalchemy")


def only_object(stdout: str) -> dict[str, object]:
    """What stdout holds, provided that it is one strict JSON object on one line."""

    def refuse(word: str) -> float:
        raise AssertionError(f"{word} is no JSON")

    assert stdout.count("\n") == 1
    found = json.loads(stdout, parse_constant=refuse)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("words", "variables", "said"),
    [
        (["--help"], {}, "shows its reasoning"),
        ([], {}, "shows its reasoning"),
        (["--help"], {"RISK_LANG": "zh"}, "看得见理由"),
        (["--help"], {"LC_ALL": "zh_CN.UTF-8"}, "看得见理由"),
        (["--lang", "zh", "score", "--help"], {}, "为一批申请评分"),
        (["score", "--help", "--lang", "zh"], {}, "为一批申请评分"),
        (["score", "--lang=en", "--help"], {"RISK_LANG": "zh"}, "Score applications"),
    ],
)
def test_help_speaks_the_language_asked_for(
    words: list[str], variables: dict[str, str], said: str, tmp_path: Path
) -> None:
    done = risk(*words, cwd=tmp_path, **variables)
    assert done.returncode == 0
    assert said in done.stdout
    assert done.stderr == ""


def test_the_last_wish_for_a_language_counts_and_an_unknown_one_does_not() -> None:
    assert asked_language([], {}) == "en"
    assert asked_language(["--lang"], {"RISK_LANG": "zh"}) == "zh"
    assert asked_language(["--lang", "fr"], {"LANG": "zh_CN.UTF-8"}) == "zh"
    assert asked_language(["--lang", "en"], {"RISK_LANG": "zh", "LANG": "zh_CN"}) == "en"


def test_a_person_is_told_to_call_the_program_as_the_shell_would_find_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "a b" / "risk"
    own.parent.mkdir()
    own.touch(0o755)
    monkeypatch.setattr("sys.argv", [str(own)])
    monkeypatch.setenv("PATH", str(own.parent))
    assert program() == "risk"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program() == f"'{own}'"
    monkeypatch.setattr("sys.argv", ["pipelines/cli.py"])
    assert program() == "risk"


def test_help_lists_every_command_in_whole_sentences(tmp_path: Path) -> None:
    shown = risk("--help", cwd=tmp_path).stdout
    assert "..." not in shown.split("Commands:")[1]


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['risk', '--help']; from pipelines.cli import main\n"
        "try: main()\n"
        f"except SystemExit: print(sorted(set(sys.modules) & set({HEAVY})), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    "words",
    [
        ["nosuch"],
        ["score", "--nosuch"],
        ["score", "-i", "x.csv"],
        ["train"],
        ["--lang", "fr", "train", "x.csv"],
        ["demo", "--rows", "7"],
    ],
)
def test_a_command_line_that_cannot_be_read_is_bad_input(words: list[str], tmp_path: Path) -> None:
    done = risk(*words, cwd=tmp_path)
    assert done.returncode == 40
    assert done.stdout == ""
    assert "--help" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_misread_command_line_keeps_the_promise_of_json(tmp_path: Path) -> None:
    done = risk("score", "--json", "--lang", "zh", cwd=tmp_path)
    assert only_object(done.stdout)["exit"] == 40
    assert "命令写法有误" in done.stderr


def test_rows_that_break_the_dictionary_are_ten_and_the_object_tells_all(
    bank: Bank, changed_night: Callable[..., Path], tmp_path: Path
) -> None:
    night = changed_night(3, monthly_income="much")
    config = str(bank.folder / "risk.toml")
    words = ["score", "-i", str(night), "-o", "out", "-c", config, "--json"]
    done = risk(*words, cwd=tmp_path)
    assert done.returncode == 10
    told = only_object(done.stdout)
    assert told["counts"]["rejected"] == 1  # type: ignore[index]
    assert set(told) >= {"run_id", "run_key", "counts", "metrics", "files"}
    for place in told["files"].values():  # type: ignore[attr-defined]
        assert (tmp_path / place).exists()
    assert "Traceback" not in done.stderr
    rejects = pd.read_csv(tmp_path / "out" / "rejects.csv")
    assert rejects[["row", "field"]].to_numpy().tolist() == [[4, "monthly_income"]]
    assert {p.name for p in tmp_path.iterdir()} == {"out", "changed.csv"}


def no_file(folder: Path) -> list[str]:
    return ["-i", "nowhere.csv"]


def a_folder(folder: Path) -> list[str]:
    (folder / "folder.csv").mkdir()
    return ["-i", "folder.csv"]


def not_decodable(folder: Path) -> list[str]:
    (folder / "night.csv").write_bytes(b"application_id,a\n1,\xff\xfe\xff\n")
    return []


def a_header_alone(folder: Path) -> list[str]:
    path = folder / "night.csv"
    path.write_text(path.read_text("utf-8").splitlines(keepends=True)[0], "utf-8")
    return []


def no_rows_at_all(folder: Path) -> list[str]:
    (folder / "night.csv").write_bytes(b"")
    return []


def lacking_column(folder: Path) -> list[str]:
    frame = pd.read_csv(folder / "night.csv", dtype=str)
    frame.drop(columns="monthly_income").to_csv(folder / "night.csv", index=False)
    return []


def unknown_config_key(folder: Path) -> list[str]:
    path = folder / "risk.toml"
    path.write_text(path.read_text("utf-8").replace("approve =", "aprove ="), "utf-8")
    return []


def unknown_dictionary_key(folder: Path) -> list[str]:
    path = folder / "dictionary.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("type =", 'flavour = "x"\ntype =', 1), "utf-8")
    return []


def broken_toml(folder: Path) -> list[str]:
    (folder / "risk.toml").write_text("name = = 1\n", "utf-8")
    return []


def no_alias(folder: Path) -> list[str]:
    return ["-m", "challenger"]


def no_store(folder: Path) -> list[str]:
    path = folder / "risk.toml"
    lines = path.read_text("utf-8").splitlines()
    changed = ['tracking = "elsewhere"' if n.startswith("tracking") else n for n in lines]
    path.write_text("\n".join(changed), "utf-8")
    return []


def foreign_output(folder: Path) -> list[str]:
    (folder / "out").mkdir()
    (folder / "out" / "letter.txt").write_text("mine")
    return []


def file_as_output(folder: Path) -> list[str]:
    (folder / "out").write_text("mine")
    return []


BAD = {
    no_file: "nowhere.csv does not exist",
    a_folder: "folder.csv is a directory",
    not_decodable: "night.csv",
    no_rows_at_all: "empty",
    a_header_alone: "--allow-empty",
    lacking_column: '"monthly_income"',
    unknown_config_key: "policy.aprove",
    unknown_dictionary_key: "flavour",
    broken_toml: "not valid TOML",
    no_alias: "risk train",
    no_store: "risk train",
    foreign_output: "holds files that are no run",
    file_as_output: "out is a file",
}


OUTSIDE = (no_file, lacking_column, unknown_config_key, foreign_output)


@pytest.fixture(scope="module")
def refused(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Done, bool]]:
    """Every bad input given to the command: what it said, and whether it wrote nothing.

    Some go to processes of their own, two at a time; the rest to the same entry point here,
    which spares starting Python for each.
    """

    def attempt(spoil: Callable[[Path], list[str]]) -> tuple[Done, bool]:
        folder = tmp_path_factory.mktemp("refused")
        shutil.copy(bank.folder / "dictionary.toml", folder)
        shutil.copy(bank.tonight, folder / "night.csv")
        text = (bank.folder / "risk.toml").read_text("utf-8")
        store = json.dumps(str(bank.folder / "mlruns"))
        (folder / "risk.toml").write_text(text.replace('"mlruns"', store), "utf-8")
        extra = spoil(folder)
        words = [*([] if "-i" in extra else ["-i", "night.csv"]), *extra]
        before = content(folder)
        run = risk if spoil in OUTSIDE else called
        done = run("score", "-o", "out", "--json", *words, cwd=folder)
        return done, content(folder) == before

    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(OUTSIDE, pool.map(attempt, OUTSIDE), strict=True))
    found |= {spoil: attempt(spoil) for spoil in BAD if spoil not in OUTSIDE}
    return {spoil.__name__: what for spoil, what in found.items()}


@pytest.mark.parametrize(("spoil", "said"), BAD.items(), ids=[s.__name__ for s in BAD])
def test_bad_input_is_forty_and_nothing_is_written(
    spoil: Callable[[Path], list[str]], said: str, refused: dict[str, tuple[Done, bool]]
) -> None:
    done, untouched = refused[spoil.__name__]
    told = only_object(done.stdout)
    assert done.returncode == told["exit"] == 40
    assert said in str(told["error"])
    last = json.loads(done.stderr.splitlines()[-1])
    assert said in last["message"]
    assert (last["level"], last["event"], last["exit"]) == ("error", "job-failed", 40)
    assert "Traceback" not in done.stderr
    assert untouched


RAISING = """
import sys
from pipelines import cli, init
def run(source, options, reporter):
    raise {error}
init.run = run
sys.argv = ["risk", "init", "night.csv", "--target", "x", "--json"]
cli.main()
"""


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        ("RuntimeError('at http://u:geheim@host/')", 50, "http://u:***@host/"),
        ("OSError(28, 'No space left on device', 'x.db')", 40, "x.db: No space left"),
        ("KeyboardInterrupt", 130, "interrupted"),
    ],
)
def test_a_failure_within_a_job_has_its_code(
    error: str, code: int, said: str, tmp_path: Path
) -> None:
    (tmp_path / "night.csv").write_text("a,b\n1,2\n")
    done = subprocess.run(
        [sys.executable, "-c", RAISING.format(error=error)],
        cwd=tmp_path,
        env=surroundings(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert said in str(only_object(done.stdout)["error"])
    assert "geheim" not in done.stdout + done.stderr
    assert ("Traceback" in done.stderr) == (code == 50)


def up_to(step: str, lines: Iterable[str]) -> Iterator[str]:
    """The names of events as they are written, until that step has started."""
    for line in lines:
        said = json.loads(line)
        yield said["event"]
        if (said["event"], said.get("step")) == ("step-started", step):
            return


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_a_job_ends_with_one_plain_sentence(
    bank: Bank, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, told: signal.Signals
) -> None:
    # Long enough not to be done before it hears.
    long = pd.concat([pd.read_parquet(bank.folder / "book.parquet")] * 100)
    book, config = tmp_path_factory.mktemp("long") / "book.parquet", bank.folder / "risk.toml"
    long.to_parquet(book)
    words = ["score", "-i", str(book), "-o", "out", "-c", str(config), "--json"]
    with subprocess.Popen(
        [*COMMAND, *words],
        cwd=tmp_path,
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background job, as this one may be, hands on that Ctrl-C is to be ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        assert running.stderr is not None
        # By then all is imported: an import may take a stop for its own failure.
        events = list(up_to("score", running.stderr))
        running.send_signal(told)
        stdout, stderr = running.communicate(timeout=120)
    assert events == ["job-started", "step-started", "step-finished", "step-started"]
    assert running.returncode == 130
    assert only_object(stdout) == {"error": "interrupted", "exit": 130}
    last = json.loads(stderr.splitlines()[-1])
    assert last["message"] == "stopped: nothing unfinished was delivered"
    assert (last["event"], last["exit"]) == ("job-failed", 130)
    assert "Traceback" not in stderr
    # What is finished may wait in a stage; nothing is delivered.
    assert not (tmp_path / "out").exists()


def test_a_password_in_an_address_is_never_shown(bank: Bank, tmp_path: Path) -> None:
    shutil.copy(bank.folder / "dictionary.toml", tmp_path)
    text = (bank.folder / "risk.toml").read_text("utf-8")
    address = '"http://risk:geheim@127.0.0.1:1"'
    (tmp_path / "risk.toml").write_text(text.replace('"mlruns"', address), "utf-8")
    done = risk(
        "score",
        *("-i", str(bank.tonight), "-o", "out", "--json"),
        cwd=tmp_path,
        MLFLOW_HTTP_REQUEST_MAX_RETRIES="0",
    )
    assert done.returncode == 40
    assert "geheim" not in done.stdout + done.stderr
    assert "***" in done.stdout


def test_a_terminal_without_our_characters_is_no_defect(bank: Bank, tmp_path: Path) -> None:
    done = risk("show", "无此目录", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 40
    assert "Traceback" not in done.stderr
