"""Commands of the workbench: `risk review` serves it, `risk user` says who may log in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.options import Config, Json, LangOption, app, read_config
from pipelines.ending import console, failed, print_json, say
from pipelines.errors import ConfigError

if TYPE_CHECKING:
    from pipelines.review.passwords import Passwords
    from pipelines.store.people import People, User


_OURS = ("features", "risk", "pipelines")


class RoleName(StrEnum):
    """What a person may do; as `risk.desk.Role`, which is too heavy to be read for help."""

    OFFICER = "officer"
    SENIOR = "senior"
    VALIDATOR = "validator"
    ADMINISTRATOR = "administrator"


users = typer.Typer(name="user", help=say("help.user"), no_args_is_help=True, rich_markup_mode=None)
app.add_typer(users)

Name = Annotated[str, typer.Argument(help=say("help.user.name"), show_default=False)]
Role = Annotated[RoleName, typer.Option("--role", help=say("help.user.role"))]
Sub = Annotated[str, typer.Option("--subject", help=say("help.user.subject"))]
Display = Annotated[str, typer.Option("--display", help=say("help.user.display"))]


@app.command(help=say("help.review"), short_help=say("help.review"))
def review(
    config: Config = Path("risk.toml"),
    host: Annotated[str, typer.Option(help=say("help.host"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(help=say("help.port"), min=0, max=65535)] = 8400,
    root_path: Annotated[str, typer.Option("--root-path", help=say("help.root-path"))] = "",
    lang: LangOption = None,
) -> None:
    """Serve the workbench."""
    with explained():
        from pipelines.review import accounts
        from pipelines.review.serving import Place, serve
        from pipelines.review.workbench import Workbench

        place = Place(host, port, root_path)
        with Workbench.open(read_config(config)) as bench:
            oidc = bench.config.web.oidc
            by_password = oidc is None or oidc.local
            password = accounts.first(bench.people, bench.passwords) if by_password else None
            if password is not None:
                print(say("user.first", name=accounts.FIRST, password=password), flush=True)
            serve(bench, place, lambda address: _tell(address, local=place.local))


def _tell(address: str, *, local: bool) -> None:
    """Say where the workbench is, and what it needs where others reach it."""
    print(say("review.at", address=address), flush=True)
    if not local:
        print(say("review.proxy"), flush=True)


@users.command(help=say("help.user.add"), short_help=say("help.user.add"))
def add(
    name: Name,
    role: Role,
    display: Display = "",
    subject: Sub = "",
    config: Config = Path("risk.toml"),
    lang: LangOption = None,
) -> None:
    """Let a person log in."""

    def work(people: "People", passwords: "Passwords") -> None:
        from pipelines.review import accounts
        from risk.desk import Role

        account = accounts.Account(name, Role(role.value), display)
        if subject:
            accounts.add_known(people, account, _linked(config, subject))
            print(say("user.done"))
            return
        print(say("user.password", password=accounts.add(people, passwords, account)))

    _with_people(config, work)


@users.command("list", help=say("help.user.list"), short_help=say("help.user.list"))
def list_(config: Config = Path("risk.toml"), json_: Json = False, lang: LangOption = None) -> None:
    """Show who may log in."""

    def work(people: "People", _: "Passwords") -> None:
        if json_:
            print_json({"users": [_told(user) for user in people.all()]})
        else:
            _show(people.all())

    _with_people(config, work)


@users.command(help=say("help.user.change-role"), short_help=say("help.user.change-role"))
def role(
    name: Name,
    role: Annotated[RoleName, typer.Argument(help=say("help.user.role"), show_default=False)],
    config: Config = Path("risk.toml"),
    lang: LangOption = None,
) -> None:
    """Let a person do what another role does."""

    def work(people: "People", _: "Passwords") -> None:
        from risk.desk import Role

        people.set_role(name, Role(role.value))
        print(say("user.done"))

    _with_people(config, work)


@users.command(help=say("help.user.reset"), short_help=say("help.user.reset"))
def reset(name: Name, config: Config = Path("risk.toml"), lang: LangOption = None) -> None:
    """Give a person a new password for one log-in."""

    def work(people: "People", passwords: "Passwords") -> None:
        from pipelines.review import accounts

        print(say("user.password", password=accounts.reset(people, passwords, name)))

    _with_people(config, work)


@users.command(help=say("help.user.link"), short_help=say("help.user.link"))
def link(
    name: Name,
    subject: Annotated[str, typer.Argument(help=say("help.user.subject"), show_default=False)] = "",
    undo: Annotated[bool, typer.Option("--undo", help=say("help.user.unlink"))] = False,
    config: Config = Path("risk.toml"),
    lang: LangOption = None,
) -> None:
    """Let a person log in by the provider, or by a password again."""

    def work(people: "People", passwords: "Passwords") -> None:
        from pipelines.review import accounts

        if undo:
            print(say("user.password", password=accounts.unlink(people, passwords, name)))
        else:
            accounts.link(people, name, _linked(config, subject))
            print(say("user.done"))

    _with_people(config, work)


@users.command(help=say("help.user.disable"), short_help=say("help.user.disable"))
def disable(
    name: Name,
    undo: Annotated[bool, typer.Option("--undo", help=say("help.user.undo"))] = False,
    config: Config = Path("risk.toml"),
    lang: LangOption = None,
) -> None:
    """Let a person in no longer."""

    def work(people: "People", _: "Passwords") -> None:
        people.set_active(name, active=undo)
        print(say("user.done"))

    _with_people(config, work)


def _with_people(config: Path, work: "Callable[[People, Passwords], None]") -> None:
    with explained():
        from pipelines.review.passwords import Passwords
        from pipelines.store import Database
        from pipelines.store.people import People

        with Database.open(read_config(config).store) as database:
            work(People(database), Passwords())


def _linked(config: Path, subject: str) -> str:
    """What an account is linked by.

    Raises:
        ConfigError: There is no provider, or it calls nobody so.
    """
    oidc = read_config(config).web.oidc
    if oidc is None:
        raise ConfigError("there is no provider to link to: [web.oidc] of risk.toml names one")
    return oidc.subject(subject)


@contextmanager
def explained() -> Iterator[None]:
    """Leave with the exit code of what went wrong, and say what it was."""
    try:
        with _extra():
            yield
    except (Exception, KeyboardInterrupt) as error:
        if isinstance(error, typer.Exit):
            raise
        raise typer.Exit(failed(error, as_json=False)) from error


@contextmanager
def _extra() -> Iterator[None]:
    """Name what has to be installed where a package is missing.

    Raises:
        ConfigError: One is.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in _OURS:
            raise
        raise ConfigError(
            f"the workbench needs {error.name}; install it with: pip install 'mingjian[review]'"
        ) from error


def _told(user: "User") -> dict[str, object]:
    return {
        "name": user.name,
        "display": user.display,
        "role": user.role.value,
        "by": "provider" if user.subject else "password",
        "active": user.active,
        "must_change": user.must_change,
    }


def _show(found: "tuple[User, ...]") -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("name", "display", "role", "by", "state"):
        table.add_column(say(f"user.column.{column}"))
    for user in found:
        state = "changing" if user.must_change else "active"
        state = say(f"user.state.{state if user.active else 'disabled'}")
        by = say(f"user.by.{'provider' if user.subject else 'password'}")
        role = say(f"user.role.{user.role.value}")
        table.add_row(user.name, user.display, role, by, state)
    console(stderr=False).print(table)
