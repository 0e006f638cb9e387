"""The fast path: accepted applications to scores, column by column, never row by row."""

from collections.abc import Sequence
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.encoding import FloatArray, encode
from risk.decision import Reason, Score
from risk.model import PDModel
from risk.policy import RECOMMENDATIONS, Policy, Recommendation
from risk.reasons import Reasons, check_additivity, groups, reasons

_STRIDE = 20_000


class Scorer:
    """A model and a policy, ready to score frames.

    Args:
        model: The PD model.
        policy: Where approval ends and decline begins, and the rules above both.
        reasons_for: `adverse` explains what is not approved; `all` explains every row, at a cost
            of rows x references x trees.
        count: Most reasons a row can have.

    Raises:
        DataError: A hard rule looks at a field it may not use.
        ModelError: A reason code of the dictionary is ambiguous.
    """

    def __init__(
        self,
        model: PDModel,
        policy: Policy,
        reasons_for: Literal["adverse", "all"] = "adverse",
        count: int = 4,
    ) -> None:
        """Check policy and dictionary against each other before the first row comes."""
        policy.fits(model.dictionary)
        groups(model.dictionary)
        self.model, self.policy = model, policy
        self.reasons_for, self.count = reasons_for, count

    def table(self, accepted: pd.DataFrame) -> pa.Table:
        """Score the accepted frame of `features.intake.check`, column by column.

        Returns:
            One row for each of the given ones, in their order, with the columns of `schema`.

        Raises:
            DataError: A column is missing.
            ModelError: Contributions of a row do not add up to its score.
        """
        scored = self._score(accepted)
        adverse = scored.severity != RECOMMENDATIONS.index(Recommendation.APPROVE)
        explained = adverse | (self.reasons_for == "all")
        contributions = self._contributions(scored.x[explained], scored.raw[explained])
        found = reasons(contributions, scored.x[explained], self.model.dictionary, self.count)
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
        for rank in range(self.count):
            codes = np.full(len(accepted), "", dtype=object)
            values = np.full(len(accepted), np.nan)
            codes[explained], values[explained] = found.codes[:, rank], found.values[:, rank]
            columns += [pa.array(codes, pa.string()).dictionary_encode(), pa.array(values)]
        return pa.table(
            [column.cast(field.type) for column, field in zip(columns, self.schema, strict=True)],
            schema=self.schema,
        )

    @property
    def stride(self) -> int:
        """Rows to score at once: as many as take about a second at most."""
        return _STRIDE

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
        for rank in range(1, self.count + 1):
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
        scored = self._score(accepted)
        contributions = self._contributions(scored.x, scored.raw)
        dictionary, grades = self.model.dictionary, self.model.scaling.grades
        rules = self.policy.names_of(scored.hits)
        adverse = reasons(contributions, scored.x, dictionary, self.count)
        protective = reasons(contributions, scored.x, dictionary, self.count, "protective")
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

    def _score(self, accepted: pd.DataFrame) -> "_Scored":
        model = self.model
        x = encode(accepted, model.dictionary)
        raw = model.raw(x)
        pd_ = model.calibration.apply(raw)
        points = model.scaling.points(pd_)
        severity, hits = self.policy.assess(pd_, points, accepted)
        return _Scored(x, raw, pd_, points, model.scaling.grade_places(pd_), severity, hits)

    def _contributions(self, x: FloatArray, raw: FloatArray) -> FloatArray:
        contributions = self.model.contributions(x)
        check_additivity(contributions, self.model.base, raw)
        return contributions


class _Scored(NamedTuple):
    x: FloatArray
    raw: FloatArray
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


def _listed(found: Reasons, row: int) -> tuple[Reason, ...]:
    return tuple(
        Reason(rank=rank + 1, code=code, field=found.fields[row, rank], contribution=value)
        for rank, (code, value) in enumerate(zip(found.codes[row], found.values[row], strict=True))
        if code
    )
