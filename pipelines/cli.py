"""The `risk` command: one function a command, each reads its files and calls one job.

How a command speaks and ends is `pipelines.ending`. Nothing heavy is imported before a job is
chosen, so that `risk --help` answers at once.
"""

import os
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import ScorerError
from features.language import Language
from pipelines.ending import LANGUAGE, console, failed, finish, prepare_streams, print_json, say
from pipelines.errors import Exit
from pipelines.job import JobResult, Reporter

if TYPE_CHECKING:
    from pipelines.cases import CaseRecord
    from pipelines.config import RunConfig
    from pipelines.sources import Source


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


app = typer.Typer(
    name="risk",
    help=say("help.risk"),
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_Config = Annotated[Path, typer.Option("--config", "-c", help=say("help.config"))]
_Input = Annotated[str, typer.Option("--input", "-i", help=say("help.input"))]
_Output = Annotated[Path, typer.Option("--output", "-o", help=say("help.output"))]
_Model = Annotated[str, typer.Option("--model", "-m", help=say("help.model"))]
_Replace = Annotated[bool, typer.Option("--replace", help=say("help.replace"))]
_Json = Annotated[bool, typer.Option("--json", help=say("help.json"))]
_Lang = Annotated[Lang | None, typer.Option("--lang", help=say("help.lang"))]
_Documents = Annotated[Path | None, typer.Option("--documents", help=say("help.documents"))]
_Encoding = Annotated[str, typer.Option("--encoding", help=say("help.encoding"))]
_Delimiter = Annotated[str, typer.Option("--delimiter", help=say("help.delimiter"))]
_Source = Annotated[str, typer.Argument(help=say("help.input"), show_default=False)]


@app.callback()
def risk(lang: _Lang = None) -> None:
    """Options that every command understands."""


@app.command(help=say("help.init"), short_help=say("help.init"))
def init(
    applications: _Source,
    target: Annotated[str, typer.Option(help=say("help.target"))],
    id_: Annotated[str, typer.Option("--id", help=say("help.id"))] = "",
    date: Annotated[str, typer.Option(help=say("help.date"))] = "",
    name: Annotated[str, typer.Option(help=say("help.name"))] = "",
    output: Annotated[Path, typer.Option("--output", "-o", help=say("help.folder"))] = Path(),
    encoding: _Encoding = "",
    delimiter: _Delimiter = "",
    json_: _Json = False,
    lang: _Lang = None,
) -> None:
    """Draft dictionary.toml and risk.toml."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines import init as drafting

        asked = drafting.InitOptions(target, id_ or None, date or None, name, output, LANGUAGE)
        return drafting.run(_open(applications, encoding, delimiter), asked, reporter)

    finish(job, as_json=json_)


@app.command(help=say("help.train"), short_help=say("help.train"))
def train(
    applications: _Source,
    config: _Config = Path("risk.toml"),
    tune: Annotated[int, typer.Option(help=say("help.tune"), min=0)] = 0,
    alias: Annotated[AliasName | None, typer.Option(help=say("help.alias"))] = None,
    encoding: _Encoding = "",
    delimiter: _Delimiter = "",
    json_: _Json = False,
    lang: _Lang = None,
) -> None:
    """Train, validate and register a model."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines import train as training

        options = training.TrainOptions(
            tune, alias.value if alias else None, config.parent / "train-rejects.csv"
        )
        source = _open(applications, encoding, delimiter)
        return training.run(_read(config), source, options, reporter)

    finish(job, as_json=json_)


@app.command(help=say("help.score"), short_help=say("help.score"))
def score(
    input_: _Input,
    output: _Output,
    config: _Config = Path("risk.toml"),
    model: _Model = "champion",
    replace: _Replace = False,
    encoding: _Encoding = "",
    delimiter: _Delimiter = "",
    json_: _Json = False,
    lang: _Lang = None,
) -> None:
    """Score applications."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines import score as scoring
        from pipelines.tracking import Tracking

        settings, source = _read(config), _open(input_, encoding, delimiter)
        stored = Tracking(settings.tracking, settings.name).fetch(settings.name, model)
        options = scoring.ScoreOptions(output, replace)
        return scoring.run(settings, source, stored, options, reporter)

    finish(job, as_json=json_)


@app.command(help=say("help.reason"), short_help=say("help.reason"))
def reason(
    scores: Annotated[Path, typer.Option("--scores", "-s", help=say("help.scores"))],
    input_: _Input,
    output: _Output,
    config: _Config = Path("risk.toml"),
    model: _Model = "champion",
    documents: _Documents = None,
    again: Annotated[bool, typer.Option("--again", help=say("help.again"))] = False,
    replace: _Replace = False,
    encoding: _Encoding = "",
    delimiter: _Delimiter = "",
    json_: _Json = False,
    lang: _Lang = None,
) -> None:
    """Write rationales for the selected cases."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines import backends
        from pipelines import reason as reasoning
        from pipelines.tracking import Tracking

        settings, source = _read(config), _open(input_, encoding, delimiter)
        stored = Tracking(settings.tracking, settings.name).fetch(settings.name, model)
        language: Language = lang.value if lang else settings.language
        with backends.opened(settings, again=again) as asked:
            wanted = reasoning.ReasonOptions(
                scores, output, language, replace, asked, documents, again
            )
            return reasoning.run(settings, source, stored, wanted, reporter)

    finish(job, as_json=json_)


@app.command(help=say("help.show"), short_help=say("help.show"))
def show(
    rationales: Annotated[Path, typer.Argument(help=say("help.rationales"), show_default=False)],
    application: Annotated[str, typer.Option("--id", help=say("help.application"))] = "",
    picture: Annotated[Path | None, typer.Option("--svg", help=say("help.svg"))] = None,
    lang: _Lang = None,
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


@app.command(help=say("help.demo"), short_help=say("help.demo"))
def demo(
    folder: Annotated[Path, typer.Option("--output", "-o", help=say("help.folder"))] = Path("demo"),
    rows: Annotated[int, typer.Option(help=say("help.rows"), min=3000)] = 12_000,
    json_: _Json = False,
    lang: _Lang = None,
) -> None:
    """The whole product on a synthetic loan book."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines import demo as demonstration

        return demonstration.run(folder, rows, LANGUAGE, reporter)

    finish(job, as_json=json_, after=_show_examples)


@app.command("evaluate-reasoning", help=say("help.evaluate"), short_help=say("help.evaluate"))
def evaluate_reasoning(
    input_: _Input,
    output: _Output,
    config: _Config = Path("risk.toml"),
    model: _Model = "champion",
    sample: Annotated[int, typer.Option(help=say("help.sample"), min=0)] = 1000,
    rows: Annotated[RowsName, typer.Option(help=say("help.unseen"))] = RowsName.UNSEEN,
    seed: Annotated[int, typer.Option(help=say("help.seed"), min=0)] = 0,
    replace: _Replace = False,
    encoding: _Encoding = "",
    delimiter: _Delimiter = "",
    json_: _Json = False,
    lang: _Lang = None,
) -> None:
    """Measure on labelled rows what the reasoning pass adds."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines import backends
        from pipelines.evaluation.job import EvaluateOptions, price_of, run
        from pipelines.evaluation.sample import Draw
        from pipelines.tracking import Tracking

        settings, source = _read(config), _open(input_, encoding, delimiter)
        stored = Tracking(settings.tracking, settings.name).fetch(settings.name, model)
        language: Language = lang.value if lang else settings.language
        draw = Draw(rows.value, sample, seed)
        with backends.opened(settings) as asked:
            price = price_of(settings.reasoning)
            options = EvaluateOptions(output, asked, language, draw, price, replace)
            return run(settings, source, stored, options, reporter)

    finish(job, as_json=json_)


@app.command(help=say("help.doctor"), short_help=say("help.doctor"))
def doctor(
    config: _Config = Path("risk.toml"),
    light: Annotated[bool, typer.Option("--light", help=say("help.light"))] = False,
    json_: _Json = False,
    lang: _Lang = None,
) -> None:
    """Examine the reasoning server of the config."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines import doctor as examining
        from pipelines.backends import server_of

        settings, key = server_of(_read(config), light=light)
        return examining.run(settings, key, LANGUAGE, reporter)

    finish(job, as_json=json_, after=_show_diagnosis)


@app.command(help=say("help.ui"), short_help=say("help.ui"))
def ui(
    config: _Config = Path("risk.toml"),
    host: Annotated[str, typer.Option(help=say("help.host"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(help=say("help.port"))] = 5000,
    lang: _Lang = None,
) -> None:
    """Open MLflow's pages on this portfolio's store."""
    from pipelines.tracking import ui_command

    try:
        command, environment = ui_command(_read(config).tracking, host, port)
    except ScorerError as error:
        raise typer.Exit(failed(error, as_json=False)) from error
    print(say("ui.at", address=f"http://{host}:{port}"), file=sys.stderr, flush=True)
    os.execve(command[0], command, environment)  # noqa: S606 - our own interpreter, no shell


def _read(config: Path) -> "RunConfig":
    from pipelines.config import RunConfig

    return RunConfig.read(config)


def _open(uri: str, encoding: str, delimiter: str) -> "Source":
    from pipelines.sources import open_source

    return open_source(uri, encoding=encoding or None, delimiter=delimiter or None)


def _show_examples(result: JobResult) -> None:
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


def _misread(message: str, arguments: list[str]) -> Exit:
    """Say why a command line cannot be read, and where its help is."""
    if "--json" in arguments:
        print_json({"error": message, "exit": int(Exit.BAD_INPUT)})
    names = [c.name or getattr(c.callback, "__name__", "") for c in app.registered_commands]
    command = next((f"risk {word}" for word in arguments if word in names), "risk")
    print(say("error.usage", message=message, command=command), file=sys.stderr)
    return Exit.BAD_INPUT


def main() -> None:
    """Entry point of the `risk` command; a command line that cannot be read is bad input too."""
    prepare_streams()
    # Threads of LightGBM that spin while they wait take the cores from those that work.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except typer.TyperException as error:
        code = _misread(error.format_message(), sys.argv[1:])
    except KeyboardInterrupt as error:
        code = failed(error, as_json=False)
    except BrokenPipeError:
        # Whoever read us, such as `head`, has seen enough; what Python still holds has no reader.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.DONE
    sys.exit(code if isinstance(code, int) else Exit.DONE)


if __name__ == "__main__":
    main()
