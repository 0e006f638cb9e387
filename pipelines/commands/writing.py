"""Commands that write to people: `risk notice` to an applicant, `risk card` to those who judge."""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import ScorerError
from pipelines.commands.options import (
    Config,
    Delimiter,
    Encoding,
    Json,
    LangOption,
    Model,
    app,
    opened,
    read_config,
    read_day,
)
from pipelines.ending import failed, finish, say
from pipelines.errors import ConfigError
from pipelines.job import JobResult, Reporter

if TYPE_CHECKING:
    from pipelines.notice import Composed


class FormatName(StrEnum):
    """How a notice is written."""

    TEXT = "text"
    HTML = "html"


@app.command(help=say("help.notice"), short_help=say("help.notice"))
def notice(
    application: Annotated[str, typer.Argument(help=say("help.declined"), show_default=False)],
    run: Annotated[Path, typer.Option("--run", "-r", help=say("help.decided"))],
    output: Annotated[Path | None, typer.Option("--output", "-o", help=say("help.letter"))] = None,
    format_: Annotated[FormatName, typer.Option("--format", help=say("help.format"))] = (
        FormatName.TEXT
    ),
    day: Annotated[str, typer.Option("--date", help=say("help.dated"))] = "",
    input_: Annotated[str, typer.Option("--input", "-i", help=say("help.behind"))] = "",
    config: Config = Path("risk.toml"),
    model: Model = "champion",
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """Write the adverse-action notice of a declined application."""

    def composed() -> "Composed":
        from pipelines import notice as writing
        from pipelines.decided import Behind
        from pipelines.ties.night import with_ties

        settings = read_config(config)
        behind = None
        if input_:
            _, source, stored = opened(config, model, input_, encoding, delimiter)
            behind = Behind(with_ties(source, run), stored)
        when = read_day(day) if day else date.today()
        language = lang.value if lang else settings.language
        options = writing.NoticeOptions(application, run, language, when, format_.value)
        return writing.compose(settings, options, behind)

    def job(reporter: Reporter) -> JobResult:
        from pipelines.notice import deliver

        if output is None:
            raise ConfigError("--json prints one object and no letter; give --output, a file")
        return deliver(composed(), output)

    if output is not None or json_:
        finish("notice", job, as_json=json_)
        return
    try:
        typer.echo(composed().text, nl=False)
    except ScorerError as error:
        raise typer.Exit(failed(error, as_json=False)) from error


@app.command(help=say("help.card"), short_help=say("help.card"))
def card(
    run: Annotated[str, typer.Argument(help=say("help.model"), show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help=say("help.folder"))] = Path(),
    config: Config = Path("risk.toml"),
    report: Annotated[Path | None, typer.Option(help=say("help.report"))] = None,
    replace: Annotated[bool, typer.Option("--replace", help=say("help.renew"))] = False,
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """Write a model card."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines.card import job as writing

        settings = read_config(config)
        language = lang.value if lang else settings.language
        options = writing.CardOptions(run, output, language, report, replace)
        return writing.run(settings, options, reporter)

    finish("card", job, as_json=json_)
