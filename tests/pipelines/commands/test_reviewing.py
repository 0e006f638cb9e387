"""`risk review` and `risk user`, as a shell runs them."""

import re
import signal
import subprocess
from pathlib import Path

import httpx2
import pytest
import typer

from pipelines.commands.options import app
from pipelines.commands.reviewing import RoleName
from pipelines.config import RunConfig
from pipelines.review.passwords import Passwords
from pipelines.store import Database
from pipelines.store.people import People
from risk.desk import Role
from tests.pipelines.command import COMMAND, surroundings
from tests.pipelines.review.conftest import write_portfolio


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_portfolio(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> int:
    try:
        return int(app(list(words), standalone_mode=False) or 0)
    except typer.Exit as end:
        return end.exit_code


def test_the_roles_of_the_command_are_those_of_the_desk() -> None:
    assert [role.value for role in RoleName] == [role.value for role in Role]


def test_users_are_added_shown_and_changed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("user", "add", "Zhang.Wei", "--role", "officer", "--display", "张伟") == 0
    password = capsys.readouterr().out.split()[-1].removeprefix("：").split("：")[-1]
    with Database.open(RunConfig.read(home / "risk.toml").store) as database:
        people = People(database)
        user = people.find("zhang.wei")
        assert user is not None
        assert Passwords().fits(password, user.password_hash)
        assert run("user", "role", "zhang.wei", "senior") == 0
        assert run("user", "disable", "zhang.wei") == 0
        user = people.find("zhang.wei")
        assert user is not None
        assert (user.role, user.active, user.must_change) == (Role.SENIOR, False, True)
        assert run("user", "disable", "zhang.wei", "--undo") == 0
        assert run("user", "reset", "zhang.wei") == 0
        changed = people.find("zhang.wei")
        assert changed is not None
        assert changed.active
        assert not Passwords().fits(password, changed.password_hash)
    capsys.readouterr()
    assert run("user", "list", "--json") == 0
    assert '"role": "senior"' in capsys.readouterr().out
    assert run("user", "list") == 0
    assert "张伟" in capsys.readouterr().out


def test_users_are_linked_to_the_provider_that_is_set_up(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    linked = ("user", "add", "li.na", "--role", "officer", "--subject", "7f3a")
    assert run(*linked) == 40
    settings = (home / "risk.toml").read_text("utf-8")
    oidc = 'address = "https://localhost"\n[web.oidc]\nissuer = "https://sso"\nclient_id = "m"\n'
    (home / "risk.toml").write_text(settings + oidc, "utf-8")
    assert run(*linked) == 0
    assert run("user", "add", "zhang.wei", "--role", "senior") == 0
    assert run("user", "link", "zhang.wei", "7f3a") == 40
    assert run("user", "link", "zhang.wei") == 40
    assert run("user", "link", "zhang.wei", "8c") == 0
    assert run("user", "reset", "zhang.wei") == 40
    capsys.readouterr()
    assert run("user", "list", "--json") == 0
    assert capsys.readouterr().out.count('"by": "provider"') == 2
    with Database.open(RunConfig.read(home / "risk.toml").store) as database:
        user = People(database).of_subject("https://sso 8c")
        assert user is not None
        assert user.name == "zhang.wei"
    assert run("user", "link", "zhang.wei", "--undo") == 0
    assert re.search(r"[a-z0-9]{4}(-[a-z0-9]{4}){3}$", capsys.readouterr().out.strip())
    assert run("review", "--port", "0") == 40  # there is no secret


@pytest.mark.parametrize(
    "words",
    [
        ("user", "add", "a b", "--role", "officer"),
        ("user", "role", "nobody", "senior"),
        ("user", "reset", "nobody"),
        ("user", "disable", "nobody"),
        ("user", "link", "nobody", "1"),
        ("user", "list", "--config", "none.toml"),
        ("review", "--host", "256.256.256.256"),
    ],
)
def test_what_cannot_be_done_is_bad_input(
    words: tuple[str, ...], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == 40
    assert "Traceback" not in capsys.readouterr().err


def test_whoever_answers_to_every_name_has_to_say_which_are_meant(home: Path) -> None:
    settings = (home / "risk.toml").read_text("utf-8").split("[web]")[0]
    (home / "risk.toml").write_text(settings, "utf-8")
    assert run("review", "--host", "::") == 40


def test_it_serves_lets_the_first_person_in_and_ends_in_order(home: Path) -> None:
    command = [*COMMAND, "review", "--port", "0", "--root-path", "desk"]
    with subprocess.Popen(
        command, cwd=home, env=surroundings(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as served:  # fmt: skip
        assert served.stdout is not None
        try:
            password = served.stdout.readline().split()[-1]
            address = served.stdout.readline().split()[-1]
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/desk/", address)
            assert _let_in(address.removesuffix("/desk/"), password) == "/desk/password"
        finally:
            served.send_signal(signal.SIGTERM)
            _, told = served.communicate(timeout=20)
    assert served.returncode == 0, told
    assert password not in told


def _let_in(address: str, password: str) -> str:
    """Where whoever logs in as the first person is sent, as a browser behind a proxy would be."""
    with httpx2.Client(base_url=address) as browser:
        page = browser.get("/login")
        assert page.status_code == 200
        assert "server" not in page.headers
        token = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert token is not None
        fields = {"csrf": token[1], "name": "admin", "password": password}
        done = browser.post("/login", data=fields, headers={"cookie": _cookie(page)})
        assert done.status_code == 303, done.text
        again = browser.get("/", headers={"cookie": _cookie(done)})
        return again.headers["location"]


def _cookie(answer: httpx2.Response) -> str:
    return next(
        each.split(";")[0]
        for each in answer.headers.get_list("set-cookie")
        if each.startswith("__Host-mingjian=")
    )
