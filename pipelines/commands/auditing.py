"""Commands of an auditor: `risk audit verify`, `risk audit head`, `risk audit export`."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import Config, Json, LangOption, app, read_config
from pipelines.ending import LANGUAGE, finish, say
from pipelines.job import JobResult, Reporter

audit = typer.Typer(
    name="audit", help=say("help.audit"), short_help=say("help.audit"), rich_markup_mode=None
)
app.add_typer(audit)

HeadsFile = Annotated[Path, typer.Option("--output", "-o", help=say("help.audit.heads"))]
RowsFile = Annotated[Path, typer.Option("--output", "-o", help=say("help.audit.rows"))]
Known = Annotated[str, typer.Option("--head", help=say("help.audit.known"))]


@audit.command(help=say("help.audit.verify"), short_help=say("help.audit.verify"))
def verify(
    config: Config = Path("risk.toml"),
    head: Known = "",
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """Name the first row of the log that is not as it was appended."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines.audit import job as auditing

        return auditing.verify(read_config(config), head, LANGUAGE, reporter)

    finish("audit verify", job, as_json=json_)


@audit.command(help=say("help.audit.head"), short_help=say("help.audit.head"))
def head(
    output: HeadsFile,
    config: Config = Path("risk.toml"),
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """Add the log's head to a file that is kept elsewhere."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines.audit import job as auditing

        return auditing.export_head(read_config(config), output, LANGUAGE, reporter)

    finish("audit head", job, as_json=json_)


@audit.command(help=say("help.audit.export"), short_help=say("help.audit.export"))
def export(
    output: RowsFile,
    config: Config = Path("risk.toml"),
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """Write all rows of the log with their hashes."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines.audit import job as auditing

        return auditing.export_rows(read_config(config), output, reporter)

    finish("audit export", job, as_json=json_)
