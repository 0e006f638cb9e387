"""The `risk` command: reads arguments and files, calls one job, prints its result.

The only place that prints, configures logging, or reads the environment. Nothing heavy is
imported before a job is chosen, so that `risk --help` answers at once.
"""

import errno
import io
import json
import logging
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import ScorerError
from features.language import LANGUAGES, Language, catalogue
from pipelines.errors import Exit
from pipelines.job import JobResult, Reporter

if TYPE_CHECKING:
    from rich.console import Console

    from pipelines.config import RunConfig
    from pipelines.reason import CaseRecord
    from pipelines.sources import Source

_LANGUAGE_VARIABLE = "RISK_LANG"
# What the machine and not the software is to blame for.
_SURROUNDINGS = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EMFILE),
    *(errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG),
)
_PASSWORD = re.compile(r"(://[^\s/:@\"']*):[^\s\"']+@")


class Lang(StrEnum):
    """Languages a person may choose."""

    ZH = "zh"
    EN = "en"


class AliasName(StrEnum):
    """Registry aliases."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"


def asked_language(arguments: list[str], environment: dict[str, str]) -> Language:
    """The language of help and messages: `--lang`, else RISK_LANG, else the locale.

    Example:
        >>> asked_language(["score", "--lang", "en"], {"LANG": "zh_CN.UTF-8"})
        'en'
        >>> asked_language([], {"LANG": "zh_CN.UTF-8"})
        'zh'
    """
    given = ""
    for here, following in zip(arguments, [*arguments, ""][1:], strict=True):
        if here == "--lang":
            given = following
        elif here.startswith("--lang="):
            given = here.removeprefix("--lang=")
    locale = environment.get("LC_ALL") or environment.get("LANG") or ""
    for wish in (given, environment.get(_LANGUAGE_VARIABLE, ""), locale[:2]):
        for language in LANGUAGES:
            if wish == language:
                return language
    return "en"


LANGUAGE = asked_language(sys.argv[1:], dict(os.environ))


def say(key: str, **values: object) -> str:
    """A message in the language asked for."""
    return catalogue("pipelines").text(LANGUAGE, key, **values)


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

    _finish(job, as_json=json_)


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

    _finish(job, as_json=json_)


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

    _finish(job, as_json=json_)


@app.command(help=say("help.reason"), short_help=say("help.reason"))
def reason(
    scores: Annotated[Path, typer.Option("--scores", "-s", help=say("help.scores"))],
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
    """Write rationales for the selected cases."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines import reason as reasoning
        from pipelines.tracking import Tracking

        settings, source = _read(config), _open(input_, encoding, delimiter)
        stored = Tracking(settings.tracking, settings.name).fetch(settings.name, model)
        language: Language = lang.value if lang else settings.language
        wanted = reasoning.ReasonOptions(scores, output, language, replace)
        return reasoning.run(settings, source, stored, wanted, reporter)

    _finish(job, as_json=json_)


@app.command(help=say("help.show"), short_help=say("help.show"))
def show(
    rationales: Annotated[Path, typer.Argument(help=say("help.rationales"), show_default=False)],
    application: Annotated[str, typer.Option("--id", help=say("help.application"))] = "",
    picture: Annotated[Path | None, typer.Option("--svg", help=say("help.svg"))] = None,
    lang: _Lang = None,
) -> None:
    """Show cases in the terminal."""
    from pipelines.reason import case, read_cases

    try:
        wanted = [case(rationales, application)] if application else list(read_cases(rationales))
    except ScorerError as error:
        raise typer.Exit(_failed(error, as_json=False)) from error
    _print_cases(wanted, picture)


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

    _finish(job, as_json=json_, after=_show_examples)


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
        command = ui_command(_read(config).tracking, host, port)
    except ScorerError as error:
        raise typer.Exit(_failed(error, as_json=False)) from error
    print(say("ui.at", address=f"http://{host}:{port}"), file=sys.stderr, flush=True)
    os.execv(command[0], command)  # noqa: S606 - our own interpreter, no shell


def _read(config: Path) -> "RunConfig":
    from pipelines.config import RunConfig

    return RunConfig.read(config)


def _open(uri: str, encoding: str, delimiter: str) -> "Source":
    from pipelines.sources import open_source

    return open_source(uri, encoding=encoding or None, delimiter=delimiter or None)


def _show_examples(result: JobResult) -> None:
    """One case of each recommendation, drawn."""
    from pipelines.reason import examples

    _print_cases(examples(Path(result.files["rationales"])))


def _print_cases(cases: Iterable["CaseRecord"], picture: Path | None = None) -> None:
    """Draw cases on the terminal or, where a file is named, into an SVG."""
    from pipelines.case_view import case_panel, save_picture

    panels = [case_panel(case, LANGUAGE) for case in cases]
    if picture is not None:
        save_picture(panels, picture)
        return
    for panel in panels:
        _console(stderr=False).print(panel)


def _finish(
    job: Callable[[Reporter], JobResult],
    *,
    as_json: bool,
    after: Callable[[JobResult], None] | None = None,
) -> None:
    """Run a job, print its result, and leave with its exit code where that is not 0."""
    from pipelines import terminal

    try:
        result = job(terminal.Progress(_console(stderr=True), LANGUAGE))
    except (Exception, KeyboardInterrupt) as error:
        raise typer.Exit(_failed(error, as_json=as_json)) from error
    result = replace(result, files={key: hidden(place) for key, place in result.files.items()})
    if as_json:
        _print_json(asdict(result))
    else:
        if after:
            after(result)
        _console(stderr=False).print(terminal.summary(result, LANGUAGE))
    if result.exit != Exit.DONE:
        raise typer.Exit(result.exit)


def _failed(error: BaseException, *, as_json: bool) -> Exit:
    """Say what went wrong, on stderr and, if asked for, as the JSON object; returns the code."""
    code, message = _explained(error)
    if as_json:
        _print_json({"error": message, "exit": int(code)})
    print(hidden(say(_SAID[code], message=message)), file=sys.stderr)
    if code == Exit.INTERNAL:
        logging.getLogger("pipelines").error("defect", exc_info=error)
    return code


_SAID = {
    Exit.BAD_INPUT: "error.input",
    Exit.INTERNAL: "error.internal",
    Exit.INTERRUPTED: "error.interrupted",
}


def _explained(error: BaseException) -> tuple[Exit, str]:
    """Exit code and message of an error."""
    if isinstance(error, KeyboardInterrupt):
        return Exit.INTERRUPTED, "interrupted"
    if isinstance(error, ScorerError):
        return Exit.BAD_INPUT, str(error)
    if isinstance(error, OSError) and error.errno in _SURROUNDINGS:
        place = f"{error.filename}: " if error.filename else ""
        return Exit.BAD_INPUT, f"{place}{error.strerror or error}; check disk and permissions"
    return Exit.INTERNAL, f"{type(error).__name__}: {error}"


def _print_json(body: Mapping[str, object]) -> None:
    """One object on one line; a metric that is no number is null, which JSON knows."""
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    text = json.dumps(_known(body), ensure_ascii=plain, sort_keys=True, allow_nan=False)
    print(hidden(text))


def _known(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _known(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_known(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def hidden(text: str) -> str:
    """Text without the password of any address in it.

    Example:
        >>> hidden("http://risk:geheim@host/x and sqlite:///a@b.db")
        'http://risk:***@host/x and sqlite:///a@b.db'
    """
    return _PASSWORD.sub(r"\1:***@", text)


class _Discreet(logging.Formatter):
    """Log lines and tracebacks without passwords."""

    def format(self, record: logging.LogRecord) -> str:
        return hidden(super().format(record))


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=False)


def _prepare_streams() -> None:
    """Logs on stderr; a terminal that lacks a character shows another and not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Discreet("%(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _misread(message: str, arguments: list[str]) -> Exit:
    """Say why a command line cannot be read, and where its help is."""
    if "--json" in arguments:
        _print_json({"error": message, "exit": int(Exit.BAD_INPUT)})
    names = [c.name or getattr(c.callback, "__name__", "") for c in app.registered_commands]
    command = next((f"risk {word}" for word in arguments if word in names), "risk")
    print(say("error.usage", message=message, command=command), file=sys.stderr)
    return Exit.BAD_INPUT


def main() -> None:
    """Entry point of the `risk` command; a command line that cannot be read is bad input too."""
    _prepare_streams()
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except typer.TyperException as error:
        code = _misread(error.format_message(), sys.argv[1:])
    except KeyboardInterrupt as error:
        code = _failed(error, as_json=False)
    except BrokenPipeError:
        # Whoever read us, such as `head`, has seen enough; what Python still holds has no reader.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.DONE
    sys.exit(code if isinstance(code, int) else Exit.DONE)


if __name__ == "__main__":
    main()
