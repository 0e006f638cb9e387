"""`risk init`: from a sample of a bank's own table to a drafted dictionary and config.

Every guess is marked for review; a person edits both files and goes on with `risk train`.
"""

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary
from features.drafting.draft import draft
from features.language import Language, catalogue
from features.reading import dates, texts
from features.rendering import render
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.job import Advance, JobResult, Reporter
from pipelines.reasoning_draft import draft_reasoning
from pipelines.review_draft import draft_review
from pipelines.sources import Source
from pipelines.validation_draft import draft_validation

SAMPLE_ROWS = 100_000
_USUAL_BAD_RATE = 0.1


@dataclass(frozen=True)
class InitOptions:
    """What the command line says.

    Attributes:
        target: Column of the outcome.
        id: Column of the application id, if there is one.
        date: Column of the application date, if there is one.
        name: Portfolio name; the source's own where empty.
        folder: Where both files go.
        language: Language of notes and comments.
    """

    target: str
    id: str | None
    date: str | None
    name: str
    folder: Path
    language: Language


def run(source: Source, options: InitOptions, reporter: Reporter) -> JobResult:
    """Draft both files; refuses to overwrite either.

    Raises:
        ConfigError: A file is already there.
        DataError: The source cannot be read, or a named column is missing.
    """
    paths = {"dictionary": "dictionary.toml", "config": "risk.toml"}
    places = {key: options.folder / name for key, name in paths.items()}
    for place in places.values():
        if place.exists():
            raise ConfigError(f"{place} is already there; move it away or give another --output")
    name = _plain(options.name or Path(source.name).stem)
    with reporter.step("step.read", min(source.rows or 0, SAMPLE_ROWS)) as advance:
        sample = _sample(source, advance)
    with reporter.step("step.draft"):
        drafted = draft(
            sample,
            target=options.target,
            id=options.id,
            date=options.date,
            name=name,
            language=options.language,
        )
    config = draft_config(name, sample, drafted.dictionary, options.language)
    RunConfig.of(tomllib.loads(config), places["config"])
    options.folder.mkdir(parents=True, exist_ok=True)
    places["dictionary"].write_text(
        render(drafted.dictionary, options.language, drafted=True), "utf-8"
    )
    places["config"].write_text(config, "utf-8")
    roles = pd.Series([str(f.role) for f in drafted.dictionary.fields]).value_counts()
    return JobResult(
        "init",
        counts={
            "sampled": len(sample),
            **{str(role): int(n) for role, n in roles.items()},
            "to_review": len(drafted.notes),
        },
        files={key: str(place) for key, place in places.items()},
        notes=(
            *_unnamed(drafted.dictionary, options.language),
            *(f"{note.field}: {note.text}" for note in drafted.notes),
        ),
    )


def _unnamed(dictionary: DataDictionary, language: Language) -> tuple[str, ...]:
    """That applications of different tables will be called alike, where no column names them."""
    return () if dictionary.id else (catalogue("pipelines").text(language, "note.no_id"),)


def draft_config(
    name: str, sample: pd.DataFrame, dictionary: DataDictionary, language: Language
) -> str:
    """The text of a first `risk.toml`: cuts follow the bad rate, and all of it is for review."""
    bad_rate = _bad_rate(sample, dictionary)
    approve, decline = _two_digits(0.75 * bad_rate), _two_digits(min(2.5 * bad_rate, 0.9))
    said = {key: catalogue("pipelines").text(language, key) for key in _COMMENTS}
    lines = [
        f"# {said['config.title']}",
        f"name = {json.dumps(name, ensure_ascii=False)}",
        'dictionary = "dictionary.toml"',
        f'tracking = "mlruns"            # {said["config.tracking"]}',
        f'language = "{language}"',
        "",
        "[samples]",
        *_samples(sample, dictionary, said),
        "",
        "[policy]",
        f"# {said['config.policy']}",
        'scale = "pd"',
        f"approve = {approve:g}",
        f"decline = {decline:g}",
        "",
        f"## {said['config.rule']}",
        "# [[policy.rules]]",
        '# name = "…"',
        '# field = "…"',
        '# op = ">"',
        "# value = 0",
        '# decision = "refer"',
        '# label = {zh = "…", en = "…"}',
        "",
        "[reasons]",
        "count = 4",
        f'rows = "all"                  # {said["config.reasons"]}',
        "",
        *draft_reasoning(language),
        "",
        *draft_validation(language),
        "",
        *draft_review(language),
        "",
    ]
    return "\n".join(lines)


_COMMENTS = (
    "config.title",
    "config.tracking",
    "config.policy",
    "config.rule",
    "config.reasons",
    "config.maturity",
    "config.observed",
    "config.out_of_time",
    "config.random",
)


def _bad_rate(sample: pd.DataFrame, dictionary: DataDictionary) -> float:
    target = dictionary.target
    if target is None:
        return _USUAL_BAD_RATE
    outcome = texts(sample[target.name])
    known = outcome[outcome.isin([*target.bad, *target.good])]
    return float(known.isin(target.bad).mean()) if len(known) else _USUAL_BAD_RATE


def _samples(sample: pd.DataFrame, dictionary: DataDictionary, said: dict[str, str]) -> list[str]:
    if dictionary.date is None:
        return [f"# {said['config.random']}", "test_share = 0.2"]
    days, _ = dates(sample[dictionary.date.name])
    known = days[~np.isnat(days)].astype("datetime64[D]")
    lines = [f"# {said['config.out_of_time']}", "out_of_time_share = 0.2"]
    lines += [f"# {said['config.maturity']}", "maturity_months = 12"]
    if len(known):
        latest = known.max()
        observed = (latest.astype("datetime64[M]") + 13).astype("datetime64[D]") - 1
        lines += [f"# {said['config.observed']}", f"observed_until = {observed}"]
    return lines


def _sample(source: Source, advance: Advance) -> pd.DataFrame:
    """At most `SAMPLE_ROWS` rows, spread evenly over the whole source."""
    parts: list[pd.DataFrame] = []
    kept, stride, done = 0, 1, 0
    for batch in source.batches():
        # Every stride-th row of the source, wherever the borders of its batches fall.
        parts.append(batch.frame.iloc[-done % stride :: stride])
        done += len(batch.frame)
        advance(done, source.rows or 0)
        kept += len(parts[-1])
        if kept > 2 * SAMPLE_ROWS:
            parts = [pd.concat(parts, ignore_index=True).iloc[::2]]
            kept, stride = len(parts[0]), stride * 2
    if not done:
        raise ConfigError(f"{source.name} holds no rows; give a sample with some hundred of them")
    whole = pd.concat(parts, ignore_index=True)
    return whole.iloc[:: -(-len(whole) // SAMPLE_ROWS)].reset_index(drop=True)


def _plain(name: str) -> str:
    return re.sub(r"[/:\"'%\s\x00-\x1f\x7f-\x9f]+", "-", name).strip("-") or "portfolio"


def _two_digits(share: float) -> float:
    return float(f"{share:.2g}")
