"""Commands that make a model: `risk init`, `risk train`, `risk demo`."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import (
    AliasName,
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
from pipelines.commands.showing import show_examples
from pipelines.ending import LANGUAGE, finish, program, say
from pipelines.job import JobResult, Reporter


@app.command(help=say("help.init"), short_help=say("help.init"))
def init(
    applications: Applications,
    target: Annotated[str, typer.Option(help=say("help.target"))],
    id_: Annotated[str, typer.Option("--id", help=say("help.id"))] = "",
    date: Annotated[str, typer.Option(help=say("help.date"))] = "",
    name: Annotated[str, typer.Option(help=say("help.name"))] = "",
    output: Annotated[Path, typer.Option("--output", "-o", help=say("help.folder"))] = Path(),
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """Draft dictionary.toml and risk.toml."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines import init as drafting

        asked = drafting.InitOptions(target, id_ or None, date or None, name, output, LANGUAGE)
        return drafting.run(open_input(applications, encoding, delimiter), asked, reporter)

    finish("init", job, as_json=json_)


@app.command(help=say("help.train"), short_help=say("help.train"))
def train(
    applications: Applications,
    config: Config = Path("risk.toml"),
    tune: Annotated[int, typer.Option(help=say("help.tune"), min=0)] = 0,
    alias: Annotated[AliasName | None, typer.Option(help=say("help.alias"))] = None,
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """Train, validate and register a model."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines import train as training

        options = training.TrainOptions(
            tune, alias.value if alias else None, config.parent / "train-rejects.csv"
        )
        source = open_input(applications, encoding, delimiter)
        return training.run(read_config(config), source, options, reporter)

    finish("train", job, as_json=json_)


@app.command(help=say("help.demo"), short_help=say("help.demo"))
def demo(
    folder: Annotated[Path, typer.Option("--output", "-o", help=say("help.folder"))] = Path("demo"),
    rows: Annotated[int, typer.Option(help=say("help.rows"), min=3000)] = 12_000,
    json_: Json = False,
    lang: LangOption = None,
) -> None:
    """The whole product on a synthetic loan book."""

    def job(reporter: Reporter) -> JobResult:
        from pipelines import demo as demonstration

        done = demonstration.run(folder, rows, LANGUAGE, reporter)
        said = {"risk": program(), "config": shlex.quote(done.files["config"])}
        return replace(done, notes=(say("note.desk", **said), say("note.desk.open", **said)))

    finish("demo", job, as_json=json_, after=show_examples)
