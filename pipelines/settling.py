"""The finished parts of a scoring run made one run: no id twice, one list of rejected rows."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.dictionary import DataDictionary
from features.intake import Rule
from pipelines import disk
from pipelines.duplicates import find_twice
from pipelines.ledger import Ledger, Part
from pipelines.manifest import OutputFile, output_file
from pipelines.rundir import RunDirectory
from pipelines.score_part import COUNTS, REJECT_SCHEMA, PartFiles, binned, counted
from pipelines.sinks import CsvSink, TableFile
from pipelines.sources import REJECT_COLUMNS
from pipelines.stability import STABILITY, Stability, no_fields
from risk.model import PDModel
from risk.validation.stability import Baseline

REJECTS = "rejects.csv"


class Settled(NamedTuple):
    """What a run is delivered with.

    Attributes:
        counts: Rows by what became of them.
        files: Digests of the files that are known already, by path within the run.
    """

    counts: dict[str, int]
    files: dict[str, OutputFile]


def settle(
    stage: RunDirectory, ledger: Ledger, dictionary: DataDictionary, model: PDModel
) -> Settled:
    """Withdraw rows whose application stands in an earlier row, and list all rejected rows.

    How far scores and fields have moved since development goes with the run, where the model keeps
    how they were spread.

    May be interrupted and run again: a part is either as it was scored or without its withdrawn
    rows, and what is withdrawn follows from the input alone.
    """
    field = dictionary.id.name if dictionary.id else "application_id"
    for number, lines in _withdrawn(ledger, stage.root, field):
        ledger.enter(_without(ledger.parts[number], lines, stage.root, model.baseline))
    parts = ledger.in_order()
    with CsvSink(stage.path(REJECTS)) as rejects:
        for part in parts:
            lines = pq.read_table(stage.root / PartFiles.of(part.number).rejects).to_pandas()
            rejects.write(lines.sort_values("row", kind="stable").astype(_TEXT))
    counts: Counter[str] = Counter(dict.fromkeys(COUNTS, 0))
    for part in parts:
        counts.update(part.counts)
    said = _stability(parts, model)
    if said is not None:
        place = stage.path(STABILITY)
        with disk.named(place):
            place.write_text(said.to_json(), "utf-8")
    scores = [PartFiles.of(part.number).scores for part in parts]
    files = {n.removeprefix("run/"): p.files[n] for n, p in zip(scores, parts, strict=True)}
    return Settled(dict(counts), files)


def _stability(parts: Sequence[Part], model: PDModel) -> Stability | None:
    """How far all parts together have moved; None where the model does not know from where."""
    baseline, known = model.baseline, model.characteristics
    if baseline is None:
        return None
    bins = np.zeros(baseline.bins.count, np.int64)
    for part in parts:
        bins += part.bins
    said = Stability.of(baseline, bins)
    if known is None:
        return said
    fields = no_fields(model)
    for part in parts:
        fields += part.fields
    return said.with_fields(known, fields, sum(part.rows for part in parts))


_TEXT = {name: "str" for name in REJECT_COLUMNS if name != "row"}


def _withdrawn(ledger: Ledger, root: Path, field: str) -> Iterator[tuple[int, pd.DataFrame]]:
    """The rows to withdraw, as lines of the rejects, by part."""
    parts = ledger.in_order()
    twice = find_twice([root / PartFiles.of(part.number).ids for part in parts])
    if not len(twice.row):
        return
    wanted = np.unique(np.concatenate([twice.row, twice.first]))
    found = [_ids(root / PartFiles.of(part.number).scores, wanted) for part in parts]
    tagged = (each.assign(part=part.number) for each, part in zip(found, parts, strict=True))
    ids = pd.concat(tagged).set_index("row")
    lines = pd.DataFrame({"row": twice.row, "first": twice.first})
    # A row withdrawn by an earlier try is gone from the scores, and stays so.
    lines = lines[lines["row"].isin(ids.index)].join(ids, on="row")
    lines["same"] = lines["application_id"].eq(lines["first"].map(ids["application_id"]))
    lines["value"] = lines["first"].astype("str")
    lines["field"], lines["rule"] = field, str(Rule.DUPLICATE_ID)
    # Two ids may share a hash without being the same.
    for number, each in lines[lines["same"]].groupby("part"):
        yield int(str(number)), each[list(REJECT_COLUMNS)]


def _ids(path: Path, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pd.DataFrame:
    table = pq.read_table(path, columns=["row", "application_id"])
    frame: pd.DataFrame = table.filter(pc.is_in(table["row"], pa.array(rows))).to_pandas()
    return frame


def _without(part: Part, lines: pd.DataFrame, root: Path, baseline: Baseline | None) -> Part:
    """A part with some of its scored rows among its rejected ones."""
    names = PartFiles.of(part.number)
    schema = pq.read_schema(root / names.scores)
    table = pq.read_table(root / names.scores)
    gone = pc.is_in(table["row"], pa.array(lines["row"].to_numpy()))
    withdrawn = table.filter(gone)
    counts, bins = Counter(part.counts), np.array(part.bins, np.int64)
    counts.subtract(counted(withdrawn))
    bins -= binned(withdrawn, baseline)
    counts["rejected"] += len(lines)
    rejected = pq.read_table(root / names.rejects)
    more = pa.concat_tables([rejected, pa.Table.from_pandas(lines, REJECT_SCHEMA)])
    for name, content in ((names.scores, table.filter(pc.invert(gone))), (names.rejects, more)):
        _rewrite(root / name, content, schema if name == names.scores else REJECT_SCHEMA)
    files: Mapping[str, OutputFile] = {name: output_file(root / name) for name in part.files}
    changed = {"counts": dict(counts), "bins": tuple(bins.tolist()), "files": dict(files)}
    return part.model_copy(update=changed)


def _rewrite(path: Path, table: pa.Table, schema: pa.Schema) -> None:
    part = path.with_name(f"{path.name}.part")
    with TableFile(part, schema) as file:
        file.write(table)
    part.replace(path)
