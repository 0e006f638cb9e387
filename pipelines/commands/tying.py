"""The command that tells applications what they share: `risk ties`."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import (
    Applications,
    Config,
    Delimiter,
    Encoding,
    Json,
    LangOption,
    app,
    open_input,
    read_config,
)
from pipelines.ending import finish, say
from pipelines.job import JobResult, Reporter


@app.command(help=say("help.ties"), short_help=say("help.ties.short"))
def ties(
    applications: Applications,
    output: Annotated[Path, typer.Option("--output", "-o", help=say("help.ties.output"))],
    state: Annotated[Path, typer.Option(help=say("help.ties.state"))] = Path("ties"),
    outcomes: Annotated[str, typer.Option(help=say("help.ties.outcomes"))] = "",
    replace: Annotated[bool, typer.Option("--replace", help=say("help.ties.replace"))] = False,
    config: Config = Path("risk.toml"),
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """Give applications the columns of their ties to earlier ones."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines.sources import open_source
        from pipelines.ties import job as tying
        from pipelines.ties.remembering import BatchOptions

        news = open_source(outcomes) if outcomes else None
        options = tying.TiesOptions(output, BatchOptions(state, news, replace=replace))
        source = open_input(applications, encoding, delimiter)
        return tying.run(read_config(config), source, options, reporter)

    finish("ties", job, as_json=json_)
