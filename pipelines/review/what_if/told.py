"""What a night told an application of its ties, as its folder keeps it; the folder may be gone.

A case file says ties in words and leaves out what is zero, so a model that reads their columns
needs these. Nothing here is trusted: a case scored with them has to come out as it was.
"""

import logging
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds

from pipelines.night import SCORES as SCORED
from pipelines.night import TIES
from pipelines.score_part import SCORES

logger = logging.getLogger(__name__)

Told = dict[str, float | str | None]
_TOLD = "told.parquet"


def ties_told(cases: Path, application_id: str) -> Told:
    """The columns of ties of one application, by name; empty where the night did not tie.

    Args:
        cases: Where the night filed its cases; its scores and ties lie beside.
        application_id: The application.
    """
    told, scores = cases.parent / TIES / _TOLD, cases.parent / SCORED / SCORES
    if not told.exists():
        return {}
    try:
        row = _only(scores, pa.compute.field("application_id") == application_id, ["row"])
        return _only(told, pa.compute.field("row") == row["row"], None) if row else {}
    except (OSError, pa.ArrowException) as error:
        logger.warning("the ties of a night cannot be read: %s", error)
        return {}


def _only(place: Path, where: pa.compute.Expression, columns: list[str] | None) -> Told:
    """The one row of a table that is meant; empty where there is none, or more."""
    found = ds.dataset(place, format="parquet").to_table(columns, filter=where).to_pylist()
    return dict(found[0]) if len(found) == 1 else {}
