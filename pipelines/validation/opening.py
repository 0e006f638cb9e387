"""From a model and a labelled table to the evidence that a report rests on."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.dictionary import DataDictionary, Role
from features.errors import DataError
from features.language import Text
from features.samples import Sample, months_later
from pipelines.book import IMMATURE, Book, load_book
from pipelines.config import RunConfig
from pipelines.job import Reporter
from pipelines.rejects import field_named, rule_named
from pipelines.sources import Source
from pipelines.unseen import Rows, refuse_seen, unseen
from pipelines.validation import settings
from pipelines.validation.models import Judged
from risk.report.evidence import Evidence, Flow, Pair, Part, Reasoned
from risk.report.words import worded

_UNREAD = (Role.DOCUMENT, Role.ASSOCIATION, Role.IGNORED)


class Table(NamedTuple):
    """A labelled table as one dictionary reads it.

    Attributes:
        book: Its rows, parted into samples where some were trained on.
        dictionary: What it was read by.
        digest: Of the source.
    """

    book: Book
    dictionary: DataDictionary
    digest: str


def read_table(
    config: RunConfig,
    dictionary: DataDictionary,
    source: Source,
    reporter: Reporter,
    rows: Rows,
) -> Table:
    """Read a labelled table; labels that are not final yet join the rejects.

    It is parted into samples only where some of its rows were trained on.

    Raises:
        ScorerError: It cannot be read, or no outcome is final; the message says when one is.
    """
    also = [rule.field for rule in config.policy.rules]
    book = load_book(config, dictionary, source, reporter, also, parted=rows != "all")
    kept = [f.name for f in dictionary.fields if f.role not in _UNREAD or f.name in also]
    accepted = book.intake.accepted
    columns = [name for name in accepted if name in {"application_id", *kept}]
    intake = book.intake._replace(accepted=accepted[columns])
    return Table(book._replace(intake=intake), dictionary, source.digest())


def evidence(
    config: RunConfig, judged: Judged, table: Table, rows: Rows, reasoned: Reasoned | None = None
) -> Evidence:
    """A model's word on a table.

    Raises:
        ConfigError: The model has seen all rows, or was trained on those that are to judge it.
    """
    book = table.book
    fresh = unseen(book, rows)
    if judged.saw is not None:
        refuse_seen(judged.saw, book.x[fresh])
    other = bool(judged.trained_on) and judged.trained_on != table.digest
    names = ["all"] if rows == "all" else _samples(book, everything=not other)
    parts = tuple(_part(judged, book, name) for name in names)
    return Evidence(
        name=judged.name,
        portfolio=config.name,
        identity={**judged.identity, **_table_identity(config, judged, table)},
        params=judged.params,
        dictionary=judged.dictionary,
        policy=judged.policy,
        scaling=judged.scaling,
        limits=config.validation,
        parts=parts,
        flow=_flow(config, table),
        model=judged.model,
        baseline=judged.model.baseline if judged.model else None,
        at_development=judged.at_development,
        reasoned=reasoned,
        seed=config.samples.seed,
        other_table=other,
    )


def aligned(a: Evidence, b: Evidence) -> Pair:
    """Two runs on the rows that both have scored, in the order of the first.

    Raises:
        DataError: They have no row in common.
    """
    one, other = a.current, b.current
    ids = [pd.Index(part.rows["application_id"].astype(str)) for part in (one, other)]
    place = ids[1].get_indexer(ids[0])
    common = place >= 0
    if not common.any():
        raise DataError(
            f"{a.name} and {b.name} have no application in common; give two runs over the same "
            "applications, and with --input a table that holds them; `risk monitor` watches "
            "nights of different applications"
        )
    taken = place[common].astype(np.int64)
    left_out = len(one) + len(other) - 2 * len(taken)
    return Pair(_last(a, one.take(common)), _last(b, other.take(taken)), left_out)


def _last(evidence: Evidence, part: Part) -> Evidence:
    return replace(evidence, parts=(*evidence.parts[:-1], part))


def _samples(book: Book, *, everything: bool) -> list[str]:
    """The samples of a book, the youngest last; that alone where no model was developed on it."""
    if not everything:
        return [str(book.latest)]
    found = [str(s) for s in Sample if (book.sample == s).any() and s != book.latest]
    return [*found, str(book.latest)]


def _part(judged: Judged, book: Book, name: str) -> Part:
    chosen = np.ones(len(book.y), bool) if name == "all" else (book.sample == name).to_numpy()
    return judged.score(name, book.intake.accepted[chosen], book.y[chosen])


def _table_identity(config: RunConfig, judged: Judged, table: Table) -> dict[str, Text | str]:
    samples, dated = config.samples, table.dictionary.date
    said: dict[str, Text | str] = {
        "table": table.digest,
        "maturity": str(samples.maturity_months),
        "policy": settings.policy(config.policy),
        "exclusions": settings.exclusions(table.dictionary),
    }
    if not (table.book.sample == Sample.ALL).all():
        said["samples"] = settings.samples(samples, dated=dated is not None)
    if judged.trained_on:
        said["same_table"] = worded("yes" if judged.trained_on == table.digest else "no")
    if samples.observed_until:
        said["observed_until"] = settings.day(samples.observed_until)
    if dated is not None:
        days = table.book.intake.accepted[dated.name]
        first, last = settings.day(days.min().date()), settings.day(days.max().date())
        said["window"] = worded("window", first=first, last=last)
    return said


def _flow(config: RunConfig, table: Table) -> Flow:
    book, dated = table.book, table.dictionary.date
    rejected = book.intake.rejected
    young = rejected["rule"] == IMMATURE
    by_rule = rejected[~young].groupby(["field", "rule"]).size().rename("rows").reset_index()
    fields = [field_named(str(name), table.dictionary) for name in by_rule["field"]]
    rules = [rule_named(str(name)) for name in by_rule["rule"]]
    by_rule["field"], by_rule["rule"] = (pd.Series(x, dtype=object) for x in (fields, rules))
    flow = Flow(
        read=len(book.y) + int(rejected["row"].nunique()),
        rejected=by_rule,
        by_month=_months(book, table.dictionary) if dated else _NO_MONTHS,
        broken=int(rejected.loc[~young, "row"].nunique()),
    )
    days = rejected.loc[young, "value"].to_numpy("datetime64[D]")
    return _with_immature(flow, days, config.samples.maturity_months) if len(days) else flow


_NO_MONTHS = pd.DataFrame({"month": [], "sample": [], "rows": [], "bads": []})


def _months(book: Book, dictionary: DataDictionary) -> pd.DataFrame:
    dated = dictionary.date
    days = book.intake.accepted[dated.name] if dated else pd.Series(dtype="datetime64[s]")
    frame = pd.DataFrame({"month": days.dt.strftime("%Y-%m"), "sample": book.sample, "bad": book.y})
    grouped = frame.groupby(["month", "sample"])["bad"]
    return grouped.agg(rows="size", bads="sum").reset_index()


def _with_immature(flow: Flow, days: npt.NDArray[np.datetime64], months: int) -> Flow:
    """Rows too young to judge by, and when they will be old enough."""
    final = months_later(days, months)
    counted = pd.Series(days.astype("datetime64[M]").astype(str)).value_counts()
    young = pd.DataFrame({"month": counted.index, "rows": counted.to_numpy()})
    young = young.assign(sample=str(Sample.IMMATURE), bads=np.nan)
    return replace(
        flow,
        by_month=pd.concat([flow.by_month, young], ignore_index=True),
        immature=len(days),
        first_final=str(final.min()),
        last_final=str(final.max()),
    )
