"""Commands of a model validator: `risk validate`, `risk compare`, `risk monitor`."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import (
    Config,
    Delimiter,
    Encoding,
    Input,
    Json,
    LangOption,
    MetricsFile,
    Otlp,
    Output,
    Replace,
    RowsName,
    app,
    open_input,
    read_config,
    read_day,
)
from pipelines.ending import finish, say
from pipelines.job import JobResult, Reporter
from pipelines.watching import Watch

Pdf = Annotated[bool, typer.Option("--pdf", help=say("help.pdf"))]
RowsOption = Annotated[RowsName, typer.Option("--rows", help=say("help.unseen"))]


@app.command(help=say("help.validate"), short_help=say("help.validate"))
def validate(
    run: Annotated[str, typer.Argument(help=say("help.judged"), show_default=False)],
    input_: Input,
    output: Output,
    config: Config = Path("risk.toml"),
    rows: RowsOption = RowsName.UNSEEN,
    reasoned: Annotated[Path | None, typer.Option(help=say("help.reasoned"))] = None,
    evaluation: Annotated[Path | None, typer.Option(help=say("help.evaluation"))] = None,
    pdf: Pdf = False,
    replace: Replace = False,
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """Judge a model on labelled rows, and write the report."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines.validation import validate as validating
        from pipelines.validation.delivering import Wanted

        settings = read_config(config)
        wanted = Wanted(output, lang.value if lang else settings.language, pdf, replace)
        options = validating.ValidateOptions(run, wanted, rows.value, reasoned, evaluation)
        source = open_input(input_, encoding, delimiter)
        return validating.run(settings, source, options, reporter)

    finish("validate", job, as_json=json_)


@app.command(help=say("help.compare"), short_help=say("help.compare"))
def compare(
    run_a: Annotated[str, typer.Argument(help=say("help.compared"), show_default=False)],
    run_b: Annotated[str, typer.Argument(help=say("help.compared"), show_default=False)],
    output: Output,
    input_: Annotated[str, typer.Option("--input", "-i", help=say("help.input"))] = "",
    config: Config = Path("risk.toml"),
    rows: RowsOption = RowsName.UNSEEN,
    pdf: Pdf = False,
    replace: Replace = False,
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """Put two runs side by side, and write the report."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines.validation import compare as comparing
        from pipelines.validation.delivering import Wanted

        settings = read_config(config)
        wanted = Wanted(output, lang.value if lang else settings.language, pdf, replace)
        options = comparing.CompareOptions((run_a, run_b), wanted, rows.value)
        source = open_input(input_, encoding, delimiter) if input_ else None
        return comparing.run(settings, source, options, reporter)

    finish("compare", job, as_json=json_)


@app.command(help=say("help.monitor"), short_help=say("help.monitor"))
def monitor(
    nights: Annotated[Path, typer.Option("--nights", help=say("help.monitored"))],
    output: Output,
    config: Config = Path("risk.toml"),
    since: Annotated[str, typer.Option("--since", help=say("help.since"))] = "",
    until: Annotated[str, typer.Option("--until", help=say("help.until"))] = "",
    outcomes: Annotated[str, typer.Option("--outcomes", help=say("help.outcomes"))] = "",
    pdf: Pdf = False,
    replace: Replace = False,
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    metrics_file: MetricsFile = None,
    otlp: Otlp = "",
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """Watch the nights of a live run, and write the report."""

    def job(reporter: Reporter) -> JobResult:
        first, last = (read_day(day) if day else None for day in (since, until))
        from pipelines.monitoring import job as monitoring
        from pipelines.monitoring.folders import Window
        from pipelines.monitoring.gathering import Asked
        from pipelines.validation.delivering import Wanted

        settings = read_config(config)
        wanted = Wanted(output, lang.value if lang else settings.language, pdf, replace)
        labels = open_input(outcomes, encoding, delimiter) if outcomes else None
        asked = Asked(nights, Window(first, last), labels)
        return monitoring.run(settings, monitoring.MonitorOptions(asked, wanted), reporter)

    finish("monitor", job, as_json=json_, watch=Watch(config, metrics_file, otlp))
