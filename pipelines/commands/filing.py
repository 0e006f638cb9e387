"""The command that takes papers in: `risk intake`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.options import Config, Json, LangOption, app, read_config
from pipelines.ending import LANGUAGE, console, finish, say
from pipelines.job import JobResult, Reporter

if TYPE_CHECKING:
    from pipelines.intake.summary import Summary


@app.command(help=say("help.intake"), short_help=say("help.intake"))
def intake(
    folder: Annotated[Path, typer.Argument(help=say("help.papers"), show_default=False)],
    product: Annotated[str, typer.Option("--product", "-p", help=say("help.product"))] = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help=say("help.intake-file"))] = (
        None
    ),
    confirm: Annotated[list[str] | None, typer.Option("--confirm", help=say("help.confirm"))] = (
        None
    ),
    row: Annotated[Path | None, typer.Option("--row", help=say("help.row"))] = None,
    ask: Annotated[bool, typer.Option("--ask", help=say("help.ask"))] = False,
    draft: Annotated[bool, typer.Option("--draft", help=say("help.draft"))] = False,
    config: Config = Path("risk.toml"),
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """Take in the papers of one applicant."""
    shown: list[Summary] = []

    def job(reporter: Reporter) -> JobResult:
        from pipelines.intake import job as taking
        from pipelines.intake.rules import PaperRules
        from pipelines.intake.summary import Summary

        settings = read_config(config)
        asking = None
        if ask:
            from pipelines.intake.asking import Asking

            asking = Asking(settings)
        if draft:
            PaperRules.draft(config)
        rules = PaperRules.beside(config)
        place = output or Path(f"{folder.resolve().name}.intake.json")
        options = taking.IntakeOptions(folder, place, product, tuple(confirm or ()), row)
        result, taken = taking.run(settings.read_dictionary(), rules, options, reporter, asking)
        shown.append(Summary(taken, rules, LANGUAGE))
        return result

    def show(result: JobResult) -> None:
        for summary in shown:
            console(stderr=False).print(summary.drawn())

    finish("intake", job, as_json=json_, after=show)
