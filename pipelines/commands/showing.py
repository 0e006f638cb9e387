"""Commands that show and measure: `show`, `ui`, `doctor`, `evaluate-reasoning`."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import ScorerError
from features.language import Language
from pipelines.commands.options import (
    Config,
    Delimiter,
    Encoding,
    Input,
    Json,
    LangOption,
    Model,
    Output,
    Replace,
    RowsName,
    app,
    opened,
    read_config,
)
from pipelines.ending import LANGUAGE, console, failed, finish, say
from pipelines.job import JobResult, Reporter

if TYPE_CHECKING:
    from pipelines.cases import CaseRecord


@app.command(help=say("help.show"), short_help=say("help.show"))
def show(
    rationales: Annotated[Path, typer.Argument(help=say("help.rationales"), show_default=False)],
    application: Annotated[str, typer.Option("--id", help=say("help.application"))] = "",
    picture: Annotated[Path | None, typer.Option("--svg", help=say("help.svg"))] = None,
    lang: LangOption = None,
) -> None:
    """Show cases in the terminal."""
    from pipelines.cases import case, count_cases, examples

    try:
        wanted = [case(rationales, application)] if application else examples(rationales)
    except ScorerError as error:
        raise typer.Exit(failed(error, as_json=False)) from error
    _print_cases(wanted, picture)
    if not application:
        print(say("note.cases", cases=count_cases(rationales)), file=sys.stderr)


@app.command("evaluate-reasoning", help=say("help.evaluate"), short_help=say("help.evaluate"))
def evaluate_reasoning(
    input_: Input,
    output: Output,
    config: Config = Path("risk.toml"),
    model: Model = "champion",
    sample: Annotated[int, typer.Option(help=say("help.sample"), min=0)] = 1000,
    rows: Annotated[RowsName, typer.Option(help=say("help.unseen"))] = RowsName.UNSEEN,
    seed: Annotated[int, typer.Option(help=say("help.seed"), min=0)] = 0,
    replace: Replace = False,
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """Measure on labelled rows what the reasoning pass adds."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines import backends
        from pipelines.evaluation.job import EvaluateOptions, price_of, run
        from pipelines.evaluation.sample import Draw

        settings, source, stored = opened(config, model, input_, encoding, delimiter)
        language: Language = lang.value if lang else settings.language
        draw = Draw(rows.value, sample, seed)
        with backends.opened(settings) as asked:
            price = price_of(settings.reasoning)
            options = EvaluateOptions(output, asked, language, draw, price, replace)
            return run(settings, source, stored, options, reporter)

    finish("evaluate-reasoning", job, as_json=json_)


@app.command(help=say("help.doctor"), short_help=say("help.doctor"))
def doctor(
    config: Config = Path("risk.toml"),
    light: Annotated[bool, typer.Option("--light", help=say("help.light"))] = False,
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """Examine the reasoning server of the config."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines import doctor as examining
        from pipelines.backends import server_of

        settings, key = server_of(read_config(config), light=light)
        return examining.run(settings, key, LANGUAGE, reporter)

    finish("doctor", job, as_json=json_, after=_show_diagnosis)


@app.command(help=say("help.ui"), short_help=say("help.ui"))
def ui(
    config: Config = Path("risk.toml"),
    host: Annotated[str, typer.Option(help=say("help.host"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(help=say("help.port"))] = 5000,
    lang: LangOption = None,
) -> None:
    """Open MLflow's pages on this portfolio's store."""
    from pipelines.tracking import ui_command

    try:
        command, environment = ui_command(read_config(config).tracking, host, port)
    except ScorerError as error:
        raise typer.Exit(failed(error, as_json=False)) from error
    print(say("ui.at", address=f"http://{host}:{port}"), file=sys.stderr, flush=True)
    os.execve(command[0], command, environment)  # noqa: S606 - our own interpreter, no shell


def show_examples(result: JobResult) -> None:
    """One case of each recommendation, drawn."""
    from pipelines.cases import examples

    _print_cases(examples(Path(result.files["rationales"])))


def _show_diagnosis(result: JobResult) -> None:
    """What was looked at, what was seen, and what to change."""
    from pipelines.doctor import Diagnosis, table

    if isinstance(result, Diagnosis):
        console(stderr=False).print(table(result, LANGUAGE))


def _print_cases(cases: Iterable["CaseRecord"], picture: Path | None = None) -> None:
    """Draw cases on the terminal or, where a file is named, into an SVG."""
    from pipelines.case_view import case_panel, save_picture

    panels = [case_panel(case, LANGUAGE) for case in cases]
    if picture is not None:
        save_picture(panels, picture)
        return
    for panel in panels:
        console(stderr=False).print(panel)
