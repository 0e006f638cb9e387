"""The ties of a night: told once, and left as they are from then on.

They lie in the night's folder as a run of their own. A night that is taken up again, or made again
when the ties have long gone on to later ones, reads them there and asks what is remembered nothing.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from features.associations.columns import keys_of
from features.associations.keys import PREFIX
from features.dictionary import DataDictionary
from features.errors import DataError
from pipelines import disk
from pipelines.config import RunConfig
from pipelines.job import Reporter
from pipelines.locking import held
from pipelines.manifest import MANIFEST, RunManifest, verify
from pipelines.night import TIES
from pipelines.rundir import RunDirectory, clear
from pipelines.sinks import CsvSink
from pipelines.sources import Source, open_source
from pipelines.store import Database
from pipelines.store.overrides import Overrides
from pipelines.ties.batch import id_and_date
from pipelines.ties.job import check_ties
from pipelines.ties.outcomes import COLUMNS
from pipelines.ties.remembering import TOLD, BatchOptions, tell
from pipelines.ties.source import TiedSource
from pipelines.ties.standing import NIGHT, brought, refuse_lost
from pipelines.ties.widened import known, raised

JOB = "night-ties"
ALARMS, REPEATED, DECLINED = "alarms.csv", "repeated.csv", "declined.csv"
_NEWS_DAYS = 92
"""How many days back decisions of the desk are told; what was told before counts once."""
COUNTED = ("tied", "alarms", "repeated", "ahead", "belated")


@dataclass(frozen=True)
class TyingOptions:
    """Which night ties, and how.

    Attributes:
        folder: The night's own folder.
        day: The business date; applications may be dated a day later.
        replace: Whether other applications of the same night give way.
        pause: Called now and then, until the ties are remembered; may raise to stop the night.
    """

    folder: Path
    day: date
    replace: bool = False
    pause: Callable[[], None] = lambda: None


class Tied(NamedTuple):
    """A night's applications with their ties.

    Attributes:
        source: The applications as they are scored.
        counts: What came of tying them; nothing where a night does not tie.
        files: Lists for people that have a line, by what is counted of them.
    """

    source: Source
    counts: Mapping[str, int]
    files: Mapping[str, str]


def tied(config: RunConfig, source: Source, options: TyingOptions, reporter: Reporter) -> Tied:
    """Give a night's applications their ties, where the config names what is remembered of them.

    Once they are remembered they are delivered too, whatever `options.pause` would say: else what
    is remembered could go on to later ones, and nobody could tell these any more.

    Args:
        config: `[ties] state` names the folder.
        source: The applications.
        options: The night.
        reporter: Told of the steps.

    Raises:
        ConfigError: The dictionary names no key, id or date.
        DataError: The night was tied from other applications, or they cannot be tied any more.
        LockedError: Another job works on what is remembered.
    """
    state = config.ties.state
    if state is None:
        return Tied(source, {}, {})
    news = _declined(config, options.folder / DECLINED, options.day)
    dictionary = config.read_dictionary()
    check_ties(dictionary, source)
    target = options.folder / TIES
    manifest = _manifest(dictionary, source, news, options)
    standing = _standing(target)
    if standing is not None and _same(manifest, standing):
        clear(target)
    else:
        if standing is not None and not options.replace:
            raise _other(target, source)
        with RunDirectory(target, manifest.key(), replace=True) as stage:
            # Let go before the night's ties stand: a night that stands asks for no lock of theirs.
            with held(state):
                instead = _instead(state, source, manifest, standing, options)
                until = options.day + timedelta(days=1)
                batch = BatchOptions(state, news, until, instead, options.day, options.pause)
                told = tell(config, dictionary, source, batch, reporter)
                shutil.copyfile(told.path / TOLD, stage.path(TOLD))
            counts = dict(told.manifest.counts)
            found = TiedSource(source, stage.path(TOLD))
            counts["alarms"] = _listed(found, dictionary, stage)
            standing = stage.commit(manifest, counts).manifest
    counts = {
        name: standing.counts.get(name, 0)
        for name in COUNTED
        if name == "tied" or standing.counts.get(name)
    }
    lists = {Path(name).stem: str(target / name) for name in (ALARMS, REPEATED)}
    files = {name: place for name, place in lists.items() if counts.get(name)}
    return Tied(TiedSource(source, target / TOLD), counts, files)


def with_ties(source: Source, scores: Path) -> Source:
    """A source as the night of these scores read it: with its ties, where the night tied."""
    target = scores.resolve().parent / TIES
    if not (target / MANIFEST).exists():
        return source
    told = RunManifest.read(target).data["applications"] == source.digest()
    return TiedSource(source, target / TOLD) if told else source


def _declined(config: RunConfig, place: Path, day: date) -> Source:
    """What people declined at the desk of late, as news for the ties.

    Written down when the night first begins, so that one that is taken up again tells the same.
    """
    if not place.exists():
        days = (day - timedelta(days=_NEWS_DAYS), day - timedelta(days=1))
        with Database.open(config.store) as database:
            found = Overrides(database, config.name).declined(days)
        news = pd.DataFrame(
            [(application, "rejected", known.isoformat()) for application, known in found],
            columns=list(COLUMNS),
        )
        place.parent.mkdir(parents=True, exist_ok=True)
        disk.write(place, news.to_csv(index=False).encode())
    return open_source(str(place))


def _manifest(
    dictionary: DataDictionary, source: Source, news: Source, options: TyingOptions
) -> RunManifest:
    keys = [key.name for key in keys_of(dictionary)]
    data = {"applications": source.digest(options.pause), "declined": news.digest()}
    return RunManifest.of(JOB, data=data, config={"keys": keys, "day": options.day.isoformat()})


def _same(manifest: RunManifest, standing: RunManifest) -> bool:
    """Whether the same was told, by whatever version of the software."""
    return (manifest.data, manifest.config) == (standing.data, standing.config)


def _standing(target: Path) -> RunManifest | None:
    """What stands of the night; None for nothing, and for what is not as it was written."""
    if not (target / MANIFEST).exists() or verify(target):
        return None
    return RunManifest.read(target)


def _instead(
    state: Path,
    source: Source,
    manifest: RunManifest,
    standing: RunManifest | None,
    options: TyingOptions,
) -> bool:
    """Whether the night takes the place of the last batch that was tied.

    That is so where the last batch was this night's, which a kill may have left without what the
    night itself delivers of it.

    Raises:
        DataError: Nobody said that it may, or later applications were tied meanwhile.
    """
    refuse_lost(state)
    theirs = standing is not None and brought(standing)
    if not theirs and not (state / MANIFEST).exists():
        return False
    last, ours = RunManifest.read(state), manifest.data["applications"]
    applications = last.data.get("applications")
    known = (ours, standing.data["applications"]) if standing else ()
    own = last.config.get(NIGHT) == options.day.isoformat() or applications in known
    if theirs and not own:
        raise DataError(
            f"{state} has gone on to other applications or outcomes after those of "
            f"{options.folder / TIES}, so they cannot be replaced; build the ties anew in another "
            "folder, from the corrected tables in order"
        )
    if not theirs and not brought(last):
        return False
    if own and applications != ours and not options.replace:
        raise _other(state, source)
    return own and options.replace


def _other(place: Path, source: Source) -> DataError:
    return DataError(
        f"{place} was made from other applications than {source.name}; give --replace to let these "
        "take their place"
    )


def _listed(found: TiedSource, dictionary: DataDictionary, stage: RunDirectory) -> int:
    """List the applications that raise an alarm, and those that came before; how many alarm."""
    known_by, came = id_and_date(dictionary), found.repeated()
    columns = [*known_by, *(name for name in found.columns if name.startswith(PREFIX))]
    alarms, repeated = [], []
    for batch in found.batches(columns):
        alarms.append(raised(batch.frame, known_by))
        repeated.append(known(batch.frame, came, known_by))
    for name, frames in ((ALARMS, alarms), (REPEATED, repeated)):
        rows = pd.concat(frames)
        with CsvSink(stage.path(name), list(rows.columns)) as sink:
            sink.write(rows)
    return sum(map(len, alarms))
