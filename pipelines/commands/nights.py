"""Commands of every night: `risk score`, `risk reason`, `risk nightly`, `risk verify-run`."""

from pathlib import Path
from typing import Annotated

import typer

from features.language import Language
from pipelines.commands.options import (
    Address,
    AllowEmpty,
    Config,
    DeadlineOption,
    Delimiter,
    Documents,
    Encoding,
    EngineName,
    EngineOption,
    Input,
    Json,
    LangOption,
    MetricsFile,
    Model,
    Otlp,
    Output,
    Replace,
    Threads,
    app,
    engine_of,
    opened,
    read_day,
)
from pipelines.deadline import Deadline
from pipelines.ending import LANGUAGE, finish, say
from pipelines.job import JobResult, Reporter
from pipelines.locking import held
from pipelines.watching import Watch


@app.command(help=say("help.score"), short_help=say("help.score"))
def score(
    input_: Input,
    output: Output,
    config: Config = Path("risk.toml"),
    model: Model = "champion",
    replace: Replace = False,
    deadline: DeadlineOption = "",
    engine: EngineOption = EngineName.LOCAL,
    address: Address = "",
    threads: Threads = 0,
    allow_empty: AllowEmpty = False,
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    metrics_file: MetricsFile = None,
    otlp: Otlp = "",
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """Score applications."""

    def job(reporter: Reporter) -> JobResult:
        until = Deadline.parse(deadline)
        with held(output):
            from pipelines import score as scoring

            settings, source, stored = opened(config, model, input_, encoding, delimiter)
            options = scoring.ScoreOptions(
                output,
                replace,
                engine_of(engine, address, threads, until.check),
                until,
                allow_empty,
            )
            return scoring.run(settings, source, stored, options, reporter)

    finish("score", job, as_json=json_, watch=Watch(config, metrics_file, otlp))


@app.command(help=say("help.reason"), short_help=say("help.reason"))
def reason(
    scores: Annotated[Path, typer.Option("--scores", "-s", help=say("help.scores"))],
    input_: Input,
    output: Output,
    config: Config = Path("risk.toml"),
    model: Model = "champion",
    documents: Documents = None,
    again: Annotated[bool, typer.Option("--again", help=say("help.again"))] = False,
    replace: Replace = False,
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    metrics_file: MetricsFile = None,
    otlp: Otlp = "",
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """Write rationales for the selected cases."""

    def job(reporter: Reporter) -> JobResult:
        with held(output):
            from pipelines import backends
            from pipelines import reason as reasoning
            from pipelines.ties.night import with_ties

            settings, source, stored = opened(config, model, input_, encoding, delimiter)
            source = with_ties(source, scores)
            language: Language = lang.value if lang else settings.language
            with backends.opened(settings, again=again) as asked:
                wanted = reasoning.ReasonOptions(
                    scores, output, language, replace, asked, documents, again
                )
                return reasoning.run(settings, source, stored, wanted, reporter)

    finish("reason", job, as_json=json_, watch=Watch(config, metrics_file, otlp))


@app.command(help=say("help.nightly"), short_help=say("help.nightly"))
def nightly(
    day: Annotated[str, typer.Option("--date", help=say("help.day"))],
    input_: Input,
    output: Annotated[Path, typer.Option("--output", "-o", help=say("help.nights"))],
    config: Config = Path("risk.toml"),
    model: Model = "champion",
    documents: Annotated[str, typer.Option("--documents", help=say("help.documents"))] = "",
    deadline: DeadlineOption = "",
    engine: EngineOption = EngineName.LOCAL,
    address: Address = "",
    threads: Threads = 0,
    allow_empty: AllowEmpty = False,
    replace: Replace = False,
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    metrics_file: MetricsFile = None,
    otlp: Otlp = "",
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """Score, publish, reason, publish, report."""

    def job(reporter: Reporter) -> JobResult:
        until, when = Deadline.parse(deadline), read_day(day)
        with held(output / when.isoformat()):
            from pipelines import nightly as night

            place = input_.replace("{date}", when.isoformat())
            papers = documents.replace("{date}", when.isoformat())
            settings, source, stored = opened(config, model, place, encoding, delimiter)
            options = night.NightOptions(
                when,
                output,
                lang.value if lang else settings.language,
                Path(papers) if papers else None,
                replace,
                engine_of(engine, address, threads, until.check),
                until,
                allow_empty,
            )
            return night.run(settings, source, stored, options, reporter)

    finish("nightly", job, as_json=json_, watch=Watch(config, metrics_file, otlp))


@app.command("verify-run", help=say("help.verify"), short_help=say("help.verify"))
def verify_run(
    folder: Annotated[Path, typer.Argument(help=say("help.run"), show_default=False)],
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """Compare a delivered run with its manifest."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines import verifying

        return verifying.run(folder, LANGUAGE, reporter)

    finish("verify-run", job, as_json=json_)
