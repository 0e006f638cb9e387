"""`risk key`: which other programs may come in, and what for."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.options import Config, Json, LangOption, app, read_config
from pipelines.commands.reviewing import explained
from pipelines.ending import console, print_json, say

if TYPE_CHECKING:
    from pipelines.store.keys import ApiKey


class ScopeName(StrEnum):
    """What a key opens; as `pipelines.store.keys.Scope`, which is too heavy to be read for help."""

    SCORE = "score"
    READ = "read"
    DECIDE = "decide"
    QUEUE = "queue"


keys = typer.Typer(name="key", help=say("help.key"), no_args_is_help=True, rich_markup_mode=None)
app.add_typer(keys)

Name = Annotated[str, typer.Argument(help=say("help.key.name"), show_default=False)]
Scopes = Annotated[list[ScopeName], typer.Option("--scope", help=say("help.key.scope"))]


@keys.command(help=say("help.key.add"), short_help=say("help.key.add"))
def add(
    name: Name,
    scope: Scopes,
    config: Config = Path("risk.toml"),
    lang: LangOption = None,
) -> None:
    """Make a key, and tell it this once."""
    with explained():
        from pipelines.errors import ConfigError
        from pipelines.store import Database
        from pipelines.store.keys import ApiKeys, Scope, is_name

        if not is_name(name):
            raise ConfigError("a key's name is at most 64 letters, digits, spaces and . _ -")
        scopes = frozenset(Scope(each.value) for each in scope)
        with Database.open(read_config(config).store) as database:
            print(say("key.made", secret=ApiKeys(database).make(name, scopes)))


@keys.command("list", help=say("help.key.list"), short_help=say("help.key.list"))
def list_(config: Config = Path("risk.toml"), json_: Json = False, lang: LangOption = None) -> None:
    """Show all keys, without the keys themselves."""
    with explained():
        from pipelines.store import Database
        from pipelines.store.keys import ApiKeys

        with Database.open(read_config(config).store) as database:
            found = ApiKeys(database).all()
        if json_:
            print_json({"keys": [_told(key) for key in found]})
        else:
            _show(found)


@keys.command(help=say("help.key.revoke"), short_help=say("help.key.revoke"))
def revoke(name: Name, config: Config = Path("risk.toml"), lang: LangOption = None) -> None:
    """Let a program in no longer."""
    with explained():
        from pipelines.errors import ConfigError
        from pipelines.store import Database
        from pipelines.store.keys import ApiKeys

        with Database.open(read_config(config).store) as database:
            known = ApiKeys(database)
            # A name is that of one valid key at most; of those before it, none is revoked again.
            if not any(known.revoke(each.key_digest) for each in known.all() if each.name == name):
                raise ConfigError(f'no valid key is called "{name}"; `risk key list` names all')
            print(say("key.revoked", name=name))


def _told(key: "ApiKey") -> dict[str, object]:
    return {
        "name": key.name,
        "scopes": sorted(scope.value for scope in key.scopes),
        "created_at": key.created_at.isoformat(),
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }


def _show(found: "tuple[ApiKey, ...]") -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("name", "scopes", "created", "state"):
        table.add_column(say(f"key.column.{column}"))
    for key in found:
        scopes = " ".join(sorted(scope.value for scope in key.scopes))
        made = f"{key.created_at.astimezone():%Y-%m-%d %H:%M}"
        state = say("key.state.valid" if key.revoked_at is None else "key.state.revoked")
        table.add_row(key.name, scopes, made, state)
    console(stderr=False).print(table)
