"""`risk demo`: the whole product on a synthetic loan book, as a bank would run it.

Calls the same jobs as the single commands; nothing here is done for the demo alone but the book.
"""

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd

from features.language import Language
from features.rendering import render
from features.synthetic import make_book
from pipelines import nightly, train
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.job import JobResult, Reporter
from pipelines.night import CASE_RUN, SCORES, TIES
from pipelines.sources import open_source
from pipelines.ties import job as ties
from pipelines.ties.remembering import BatchOptions
from pipelines.ties.standing import kept
from pipelines.tracking import Tracking
from pipelines.validation import validate
from pipelines.validation.delivering import Wanted

_TONIGHT = 300
_MARK, _NIGHTS, _TIES = "risk.toml", "nights", "ties"
_SEED = 20_260_135

_TITLE = "# The demo's run; `risk init` drafts one like it for your own table.\n"
_CONFIG = """\
name = "demo"
dictionary = "dictionary.toml"
tracking = "mlruns"
language = "{language}"

[samples]
out_of_time_share = 0.2
maturity_months = 12
observed_until = {observed_until}

[training]
references = 100

[policy]
scale = "pd"
approve = 0.08
decline = 0.25

[[policy.rules]]
name = "over-90-days"
field = "max_overdue_days_24m"
op = ">"
value = 90
decision = "decline"
label = {{zh = "近24个月最长逾期超过90天", en = "More than 90 days past due in the last 24 months"}}

[[policy.rules]]
name = "ring"
field = "tie_suspicion"
op = ">="
value = 2
decision = "refer"
label = {{zh = "关联组可疑", en = "Suspicious tied group"}}

[ties]
state = "{ties}"

[review]
amount = "loan_amount"
product = "product"
second_above = 200000

[notice]
lender = {{zh = "明湖银行", en = "Minghu Bank"}}
contact = {{zh = "信贷审批部", en = "Credit review desk"}}
"""


def run(folder: Path, rows: int, language: Language, reporter: Reporter) -> JobResult:
    """Make the book, tie it, train, register, have a night delivered to the desk, and validate.

    Raises:
        ConfigError: The folder holds something else than an earlier demo.
    """
    _check_folder(folder)
    places = lay_out(folder, rows, language, reporter)
    config = RunConfig.read(places["config"])
    options = train.TrainOptions(alias="champion", rejects=folder / "train-rejects.csv")
    trained = train.run(config, open_source(str(places["book"])), options, reporter)
    stored = Tracking(config.tracking, config.name).fetch(config.name, "champion")
    # Another size or language of the demo makes another night of the same day.
    tonight = nightly.NightOptions(
        _day(places["tonight"]), folder / _NIGHTS, language, replace=True
    )
    night = nightly.run(config, open_source(str(places["tonight"])), stored, tonight, reporter)
    report = Wanted(config.web.reports / trained.run_key[:12], language)
    judged = validate.ValidateOptions("champion", report)
    validated = validate.run(config, open_source(str(places["book"])), judged, reporter)
    return JobResult(
        "demo",
        trained.run_id,
        night.run_key,
        night.counts,
        {**trained.metrics, **night.metrics},
        {**_files(places, trained, night), "page": validated.files["page"]},
    )


def lay_out(folder: Path, rows: int, language: Language, reporter: Reporter) -> Mapping[str, Path]:
    """The labelled book with its ties, tonight's applications, dictionary and config, as files."""
    folder.mkdir(parents=True, exist_ok=True)
    with reporter.step("step.book"):
        places = _write_book(folder, rows, language)
    # An earlier demo's ties are of another book.
    for earlier in (places["ties"], kept(places["ties"]), *folder.glob(f"{_NIGHTS}/*/{TIES}")):
        shutil.rmtree(earlier, ignore_errors=True)
    options = ties.TiesOptions(places["book"], BatchOptions(places["ties"]))
    source = open_source(str(places["history"]))
    tied = ties.run(RunConfig.read(places["config"]), source, options, reporter)
    with places["dictionary"].open("a", encoding="utf-8") as dictionary:
        dictionary.write("\n" + Path(tied.files["columns"]).read_text("utf-8"))
    return places


def _check_folder(folder: Path) -> None:
    """Refuse a folder that is not the demo's own."""
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is a file; give a folder as --output")
    if folder.exists() and any(folder.iterdir()) and not _is_demo(folder):
        raise ConfigError(f"{folder} is not empty and no earlier demo; give another --output")


def _day(tonight: Path) -> date:
    """The business date: the day of the last application."""
    applied = pd.read_csv(tonight, usecols=["application_date"], encoding="utf-8-sig")
    return date.fromisoformat(applied["application_date"].max())


def _is_demo(folder: Path) -> bool:
    """Whether an earlier demo wrote this folder's config; a bank's own is never written over."""
    mark = folder / _MARK
    return mark.is_file() and mark.read_text("utf-8", "replace").startswith(_TITLE)


def _write_book(folder: Path, rows: int, language: Language) -> Mapping[str, Path]:
    """What a bank would bring: all but the book's ties, whose place is named."""
    book = make_book(rows + _TONIGHT, seed=_SEED, language="mixed")
    applications = book.applications.sort_values(["application_date", "application_id"])
    history, tonight = applications.iloc[:-_TONIGHT], applications.iloc[-_TONIGHT:]
    last = pd.Timestamp(history["application_date"].max())
    places = {
        name: folder / file
        for name, file in (
            ("history", "history.csv"),
            ("book", "loan_book.csv"),
            ("ties", _TIES),
            ("tonight", "tonight.csv"),
            ("truth", "truth.csv"),
            ("dictionary", "dictionary.toml"),
            ("config", _MARK),
        )
    }
    history.to_csv(places["history"], index=False, encoding="utf-8-sig")
    tonight.drop(columns="default_flag").to_csv(
        places["tonight"], index=False, encoding="utf-8-sig"
    )
    book.truth.to_csv(places["truth"], index=False, encoding="utf-8-sig")
    places["dictionary"].write_text(render(book.dictionary, language), "utf-8")
    observed = (last + pd.DateOffset(months=13)).date()
    text = _TITLE + _CONFIG.format(language=language, ties=_TIES, observed_until=observed)
    places["config"].write_text(text, "utf-8")
    return places


def _files(places: Mapping[str, Path], trained: JobResult, night: JobResult) -> dict[str, str]:
    return {
        "book": str(places["book"]),
        "dictionary": str(places["dictionary"]),
        "config": str(places["config"]),
        "model": trained.files["model"],
        "tracking": trained.files["tracking"],
        "scores": night.files[SCORES],
        "rejects": night.files["rejects"],
        "rationales": night.files[CASE_RUN],
    }
