"""The `risk` command's own object, and the options that several commands share."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from pipelines.ending import say
from pipelines.errors import ConfigError

if TYPE_CHECKING:
    from pipelines.config import RunConfig
    from pipelines.engines import Engine
    from pipelines.sources import Source
    from pipelines.tracking import StoredModel


class Lang(StrEnum):
    """Languages a person may choose."""

    ZH = "zh"
    EN = "en"


class AliasName(StrEnum):
    """Registry aliases."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"


class RowsName(StrEnum):
    """Which labelled rows are drawn from."""

    UNSEEN = "unseen"
    ALL = "all"


class EngineName(StrEnum):
    """What the parts of a run are shared out by."""

    LOCAL = "local"
    RAY = "ray"


app = typer.Typer(
    name="risk",
    help=say("help.risk"),
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Config = Annotated[Path, typer.Option("--config", "-c", help=say("help.config"))]
Input = Annotated[str, typer.Option("--input", "-i", help=say("help.input"))]
Output = Annotated[Path, typer.Option("--output", "-o", help=say("help.output"))]
Model = Annotated[str, typer.Option("--model", "-m", help=say("help.model"))]
Replace = Annotated[bool, typer.Option("--replace", help=say("help.replace"))]
Json = Annotated[bool, typer.Option("--json", help=say("help.json"))]
LangOption = Annotated[Lang | None, typer.Option("--lang", help=say("help.lang"))]
Documents = Annotated[Path | None, typer.Option("--documents", help=say("help.documents"))]
Encoding = Annotated[str, typer.Option("--encoding", help=say("help.encoding"))]
Delimiter = Annotated[str, typer.Option("--delimiter", help=say("help.delimiter"))]
DeadlineOption = Annotated[str, typer.Option("--deadline", help=say("help.deadline"))]
Threads = Annotated[int, typer.Option("--threads", help=say("help.threads"), min=0)]
EngineOption = Annotated[EngineName, typer.Option("--engine", help=say("help.engine"))]
Address = Annotated[str, typer.Option("--address", help=say("help.address"))]
AllowEmpty = Annotated[bool, typer.Option("--allow-empty", help=say("help.allow-empty"))]
MetricsFile = Annotated[Path | None, typer.Option("--metrics-file", help=say("help.metrics"))]
Otlp = Annotated[str, typer.Option("--otlp", help=say("help.otlp"))]
Applications = Annotated[str, typer.Argument(help=say("help.input"), show_default=False)]


def read_config(config: Path) -> "RunConfig":
    """The run's config."""
    from pipelines.config import RunConfig

    return RunConfig.read(config)


def open_input(uri: str, encoding: str, delimiter: str) -> "Source":
    """The applications, wherever they come from."""
    from pipelines.sources import open_source

    return open_source(uri, encoding=encoding or None, delimiter=delimiter or None)


class Opened(NamedTuple):
    """What a job on applications begins with."""

    settings: "RunConfig"
    source: "Source"
    stored: "StoredModel"


def opened(config: Path, model: str, input_: str, encoding: str, delimiter: str) -> Opened:
    """The run's config, its applications, and the registered model."""
    from pipelines.tracking import Tracking

    settings, source = read_config(config), open_input(input_, encoding, delimiter)
    stored = Tracking(settings.tracking, settings.name).fetch(settings.name, model)
    return Opened(settings, source, stored)


def engine_of(name: EngineName, address: str, threads: int, pause: Callable[[], None]) -> "Engine":
    """What the parts of a run are shared out by.

    Args:
        name: Which engine.
        address: Of a Ray cluster; empty for none.
        threads: How many, or how many workers; 0 takes every core.
        pause: Raises where the job has to stop.

    Raises:
        ConfigError: An address is given without Ray, or Ray cannot be used.
    """
    if name is EngineName.RAY:
        from pipelines.ray_engine import RayEngine

        return RayEngine(address, threads, pause)
    if address:
        raise ConfigError("--address is a Ray cluster's; add --engine ray")
    from pipelines.engines import LocalEngine

    return LocalEngine(threads)


def read_day(text: str) -> date:
    """A business date.

    Raises:
        ConfigError: It is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f'"{text}" is no date; give one such as 2026-11-27') from error
