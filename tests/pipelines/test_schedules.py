"""The ready-made schedules: every command line in them is one that the command understands."""

import ast
import re
import shlex
import shutil
import subprocess
from configparser import RawConfigParser
from contextlib import nullcontext
from importlib import resources
from pathlib import Path

import pytest
import typer.main

from pipelines.cli import app
from pipelines.deadline import Deadline
from pipelines.errors import Exit
from pipelines.watching import Watch

SCHEDULES = Path(str(resources.files("pipelines"))) / "schedules"
CRON, DAG = SCHEDULES / "crontab.example", SCHEDULES / "airflow_dag.py"
SERVICE, TIMER = SCHEDULES / "mingjian-nightly.service", SCHEDULES / "mingjian-nightly.timer"
DAY = "2026-11-27"


def unit(path: Path) -> RawConfigParser:
    """A unit file; where a key comes again its last value counts."""
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text("utf-8"))
    return parser


def cron_line() -> str:
    lines = CRON.read_text("utf-8").splitlines()
    (line,) = (each for each in lines if re.match(r"[\d*]", each))
    return line


def constants(path: Path) -> dict[str, object]:
    """Names that a module gives plain values to."""
    found: dict[str, object] = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], ast.literal_eval(node.value)
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            values = value if isinstance(target, ast.Tuple) else [value]
            found |= {ast.unparse(n): v for n, v in zip(names, values, strict=True)}
    return found


def by_cron() -> str:
    command = cron_line().split(maxsplit=6)[6]
    assert not re.search(r"(?<!\\)%", command), "a percent sign ends a cron command"
    return command.replace("\\%", "%")


def by_systemd() -> str:
    start = unit(SERVICE)["Service"]["ExecStart"].replace("%%", "%").replace("$$", "$")
    shell, flag, script = shlex.split(start)
    assert (shell, flag) == ("/bin/sh", "-c")
    return script


def by_airflow() -> str:
    return str(constants(DAG)["COMMAND"]).format(date=DAY)


def words(script: str) -> list[str]:
    """What `risk` is given, as the shell hands it over; nothing but the date is substituted."""
    plain = script.replace("$(date -d yesterday +%F)", DAY)
    assert "$" not in plain
    (command,) = re.findall(r"/bin/risk (.*?)(?: >> .*)?$", plain)
    return shlex.split(command)


@pytest.mark.parametrize("said", [by_cron, by_systemd, by_airflow])
def test_the_command_understands_the_line(said: object) -> None:
    script = said()  # type: ignore[operator]
    name, *options = words(script)
    group = typer.main.get_command(app)
    command = group.commands[name]  # type: ignore[attr-defined]
    given = command.make_context(name, options).params
    assert given["day"] == DAY
    assert given["input_"] == "input/{date}.parquet"
    assert given["json_"] is True
    assert Deadline.parse(given["deadline"]).at is not None
    assert given["metrics_file"].suffix == ".prom"


@pytest.mark.parametrize("said", [by_cron, by_systemd])
def test_the_shell_understands_the_line(said: object) -> None:
    script = said()  # type: ignore[operator]
    done = subprocess.run(["/bin/sh", "-n", "-c", script], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_cron_starts_it_once_a_night_as_a_user_of_its_own() -> None:
    minute, hour, *days, user, _ = cron_line().split(maxsplit=6)
    assert (0 <= int(minute) < 60, 0 <= int(hour) < 24, days) == (True, True, ["*"] * 3)
    assert user == "mingjian"


def test_systemd_takes_the_units() -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    done = subprocess.run(
        [analyze, "verify", str(SERVICE), str(TIMER)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "mingjian" not in done.stderr
    when = unit(TIMER)["Timer"]["OnCalendar"]
    found = subprocess.run([analyze, "calendar", when], capture_output=True, check=False)
    assert found.returncode == 0


def test_systemd_knows_the_exit_codes_and_goes_on_after_a_kill() -> None:
    service = unit(SERVICE)["Service"]
    good = {int(code) for code in service["SuccessExitStatus"].split()}
    assert good == {Exit.PARTIAL, Exit.LOCKED}
    assert service["Restart"] == "on-abnormal"
    assert unit(TIMER)["Timer"]["Persistent"] == "true"
    assert f"{SERVICE.stem}.timer" == TIMER.name


def test_systemd_lets_it_write_where_it_is_told_to() -> None:
    service = unit(SERVICE)["Service"]
    writable = [Path(place) for place in service["ReadWritePaths"].split()]
    options = words(by_systemd())
    figures = Path(options[options.index("--metrics-file") + 1])
    assert any(figures.is_relative_to(place) for place in writable)
    assert any(Path(service["WorkingDirectory"]).is_relative_to(place) for place in writable)
    assert Watch(Path("risk.toml"), Path(figures.name)).check() is None


RAISED = {
    Exit.LOCKED: "AirflowSkipException",
    Exit.BAD_INPUT: "AirflowFailException",
    Exit.DEADLINE: "AirflowException",
    Exit.INTERNAL: "AirflowException",
    -9: "AirflowException",
    Exit.DONE: None,
    Exit.PARTIAL: None,
}


@pytest.mark.parametrize(("code", "error"), RAISED.items())
def test_airflow_is_told_what_an_exit_code_means(code: int, error: str | None) -> None:
    tree = ast.parse(DAG.read_text("utf-8"))
    (judge,) = (n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "judge")
    names = {name for name in RAISED.values() if name}
    errors = {name: type(name, (Exception,), {}) for name in names}
    scope: dict[str, object] = {**constants(DAG), **errors}
    exec("import logging\n" + ast.unparse(judge), scope)  # noqa: S102 - our own file
    judged = scope["judge"]
    expected = errors[error] if error else None
    with pytest.raises(expected) if expected else nullcontext() as raised:
        judged(int(code))  # type: ignore[operator]
    assert raised is None or raised.type is expected


def test_airflow_makes_each_missed_night_one_at_a_time() -> None:
    tree = ast.parse(DAG.read_text("utf-8"))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    (dag,) = (n for n in calls if ast.unparse(n.func) == "dag")
    said = {k.arg: ast.unparse(k.value) for k in dag.keywords}
    assert (said["catchup"], said["max_active_runs"]) == ("True", "1")
    codes = constants(DAG)
    assert {name: codes[name] for name in ("DONE", "PARTIAL", "DEADLINE", "LOCKED")} == {
        name: Exit[name] for name in ("DONE", "PARTIAL", "DEADLINE", "LOCKED")
    }
    assert codes["BAD_INPUT"] == Exit.BAD_INPUT


def test_the_real_airflow_takes_the_dag() -> None:
    pytest.importorskip("airflow.sdk", reason="Airflow is not installed")
    scope: dict[str, object] = {"__name__": "dag"}
    exec(compile(DAG.read_text("utf-8"), str(DAG), "exec"), scope)  # noqa: S102 - our own file
