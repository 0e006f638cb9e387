"""The fast path: accepted applications to scores, column by column, never row by row."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.encoding import FloatArray, encode
from risk.attribution import check_additivity
from risk.decision import Reason, Score
from risk.model import PDModel
from risk.policy import RECOMMENDATIONS, Policy, Recommendation
from risk.ranking import NONE, Ranked
from risk.reasons import Reasons, groups, ranked, reasons

_STRIDE = 20_000


class Scorer:
    """A model and a policy, ready to score frames.

    Args:
        model: The PD model.
        policy: Where approval ends and decline begins, and the rules above both.
        reasons_for: Which rows of a table are explained; `adverse` are those not approved.
        count: Most reasons a row can have.

    Raises:
        DataError: A hard rule looks at a field it may not use.
        ModelError: A reason code of the dictionary is ambiguous.
    """

    def __init__(
        self,
        model: PDModel,
        policy: Policy,
        reasons_for: Literal["all", "adverse", "none"] = "all",
        count: int = 4,
    ) -> None:
        """Check policy and dictionary against each other before the first row comes."""
        policy.fits(model.dictionary)
        self._codes = ["", *groups(model.dictionary)]
        self.model, self.policy = model, policy
        self.reasons_for, self.count = reasons_for, count
        self._listed = 0 if reasons_for == "none" else count

    def table(self, accepted: pd.DataFrame, x: FloatArray | None = None) -> pa.Table:
        """Score the accepted frame of `features.intake.check`, column by column.

        Args:
            accepted: The frame, n rows.
            x: The same rows as `features.encoding.encode` gives them, where they are at hand.

        Returns:
            One row for each of the given ones, in their order, with the columns of `schema`.

        Raises:
            DataError: A column is missing.
            ModelError: Contributions of a row do not add up to its score.
        """
        x = encode(accepted, self.model.dictionary) if x is None else x
        raw, contributions = (
            self._explained(x) if self.reasons_for == "all" else (self.model.raw(x), None)
        )
        scored = self._decided(accepted, x, raw, contributions)
        columns: list[pa.Array] = [
            pa.array(accepted.index.to_numpy(np.int64)),
            pa.array(accepted["application_id"], pa.large_string(), from_pandas=True),
            pa.array(scored.pd_),
            pa.array(scored.points),
            _named(scored.grade, [grade.name for grade in self.model.scaling.grades]),
            _named(scored.severity, [str(each) for each in RECOMMENDATIONS]),
            pa.array(self.policy.names_of(scored.hits), pa.string()),
            pa.array(np.full(len(accepted), self.model.base)),
            pa.array(scored.raw),
        ]
        if self._listed:
            columns += self._reason_columns(scored)
        return pa.table(
            [column.cast(field.type) for column, field in zip(columns, self.schema, strict=True)],
            schema=self.schema,
        )

    def prepare(self) -> None:
        """Lay out now what the first rows would wait for."""
        self.model.prepare(explaining=self._listed > 0)

    @property
    def stride(self) -> int:
        """Rows to score at once: as many as take about a second at most."""
        return min(_STRIDE, self.model.attribution.rows_at_once) if self._listed else _STRIDE

    @cached_property
    def schema(self) -> pa.Schema:
        """Columns of a table of scores.

        `row` of the source, `application_id`, `pd`, `points`, `grade`, `decision`, `rules` (joined
        by ";"), `base` and `raw` (log-odds before calibration), `reason_1` .. (code, empty where
        there is none) and `contribution_1` .. (log-odds, NaN where there is none).
        """
        words = pa.dictionary(pa.int32(), pa.string())
        number = pa.float64()
        fields = [("row", pa.int64()), ("application_id", pa.string()), ("pd", number)]
        fields += [
            ("points", number),
            ("grade", words),
            ("decision", words),
            ("rules", pa.string()),
        ]
        fields += [("base", number), ("raw", number)]
        for rank in range(1, self._listed + 1):
            fields += [(f"reason_{rank}", words), (f"contribution_{rank}", number)]
        return pa.schema(fields)

    def score(self, accepted: pd.DataFrame) -> pd.DataFrame:
        """As `table`, for a few rows and for people: text as `str`, under the given index."""
        return frame_of(self.table(accepted)).drop(columns="row").set_axis(accepted.index)

    def cases(self, accepted: pd.DataFrame) -> tuple[Score, ...]:
        """Full scores of a few applications, for the slow path; every one is explained.

        Raises:
            DataError: A column is missing.
            ModelError: Contributions of a row do not add up to its score.
        """
        x = encode(accepted, self.model.dictionary)
        raw, contributions = self._explained(x)
        scored = self._decided(accepted, x, raw)
        dictionary, grades = self.model.dictionary, self.model.scaling.grades
        rules = self.policy.names_of(scored.hits)
        adverse = reasons(contributions, x, dictionary, self.count)
        protective = reasons(contributions, x, dictionary, self.count, "protective")
        return tuple(
            Score(
                application_id=str(application_id),
                pd_model=scored.pd_[row],
                points=scored.points[row],
                grade=grades[scored.grade[row]].name,
                recommendation=RECOMMENDATIONS[scored.severity[row]],
                rules=tuple(name for name in rules[row].split(";") if name),
                reasons=_listed(adverse, row),
                protective=_listed(protective, row),
            )
            for row, application_id in enumerate(accepted["application_id"])
        )

    def _decided(
        self,
        accepted: pd.DataFrame,
        x: FloatArray,
        raw: FloatArray,
        contributions: FloatArray | None = None,
    ) -> "_Scored":
        model = self.model
        pd_ = model.calibration.apply(raw)
        points = model.scaling.points(pd_)
        severity, hits = self.policy.assess(pd_, points, accepted)
        grade = model.scaling.grade_places(pd_)
        return _Scored(x, raw, contributions, pd_, points, grade, severity, hits)

    def _explained(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        raw, contributions = self.model.explain(x)
        check_additivity(contributions, self.model.base, raw)
        return raw, contributions

    def _reason_columns(self, scored: "_Scored") -> list[pa.Array]:
        found = self._reasons(scored)
        # The place of no reason is -1, and the first word is empty.
        pairs = [
            (_named(codes + 1, self._codes), pa.array(values))
            for codes, values in zip(found.groups, found.values, strict=True)
        ]
        return [column for pair in pairs for column in pair]

    def _reasons(self, scored: "_Scored") -> Ranked:
        """Adverse reasons of the rows that are explained."""
        dictionary = self.model.dictionary
        if scored.contributions is not None:
            return ranked(scored.contributions, dictionary, self.count)
        adverse = scored.severity != RECOMMENDATIONS.index(Recommendation.APPROVE)
        _, contributions = self._explained(scored.x[adverse])
        some = ranked(contributions, dictionary, self.count)
        return Ranked(*(_spread(each, adverse) for each in some))


class _Scored(NamedTuple):
    x: FloatArray
    raw: FloatArray
    contributions: FloatArray | None
    pd_: FloatArray
    points: FloatArray
    grade: NDArray[np.intp]
    severity: NDArray[np.int8]
    hits: NDArray[np.int64]


def frame_of(table: pa.Table) -> pd.DataFrame:
    """A table of scores as a frame: text as `str`, whatever words it is kept in."""
    plain = [
        column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
        for column in table.columns
    ]
    frame: pd.DataFrame = pa.table(plain, names=table.column_names).to_pandas()
    return frame


def _named(places: NDArray[np.integer], names: Sequence[str]) -> pa.DictionaryArray:
    """Words by their places, kept as places."""
    return pa.DictionaryArray.from_arrays(
        pa.array(places.astype(np.int32)), pa.array(names, pa.string())
    )


def _spread(some: NDArray[Any], rows: NDArray[np.bool_]) -> NDArray[Any]:
    """Values of some rows at their places among all, and none (-1 or NaN) elsewhere."""
    none = NONE if some.dtype.kind == "i" else np.nan
    spread = np.full((len(some), len(rows)), none, some.dtype)
    spread[:, rows] = some
    return spread


def _listed(found: Reasons, row: int) -> tuple[Reason, ...]:
    return tuple(
        Reason(rank=rank + 1, code=code, field=found.fields[row, rank], contribution=value)
        for rank, (code, value) in enumerate(zip(found.codes[row], found.values[row], strict=True))
        if code
    )
