"""Where approval ends and decline begins, and the hard rules that stand above the model.

What an opinion may still move is `risk.decision`.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Described

from features.dictionary import DataDictionary, Role
from features.encoding import FloatArray
from features.errors import DataError
from features.language import Text


class Recommendation(StrEnum):
    """What is recommended for an application; a person may always decide otherwise."""

    APPROVE = "approve"
    REFER = "refer"
    DECLINE = "decline"


RECOMMENDATIONS = (Recommendation.APPROVE, Recommendation.REFER, Recommendation.DECLINE)
"""The safest outcome for the applicant first; where several hold, the last one does."""
_MOST_RULES = 62
_COMPARE = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HardRule(_Strict):
    """A rule that stands above the model: where it holds, the case is referred or declined.

    It looks at the values as given, special codes included; list the codes that are no
    measurement in `exempt`. A missing value fulfils only `op = "missing"`.

    Attributes:
        name: Its name in results; letters, digits, dashes.
        field: The column it looks at.
        op: How it compares.
        value: What it compares with; a list for `in`, nothing for `missing`. Dates as
            `2024-03-31`.
        exempt: Values the rule passes over.
        decision: What it leads to.
        label: What people call it.
        lawful: Set where a law demands a rule on a protected attribute, such as a minimum age.
    """

    name: str = Described(pattern=r"^[\w-]+$")
    field: str
    op: Literal["<", "<=", ">", ">=", "==", "!=", "in", "missing"]
    value: float | str | tuple[float | str, ...] | None = None
    exempt: tuple[float | str, ...] = ()
    decision: Literal[Recommendation.REFER, Recommendation.DECLINE]
    label: Text
    lawful: bool = False

    @model_validator(mode="after")
    def _value_fits(self) -> Self:
        if (self.op == "missing") != (self.value is None):
            raise ValueError('"missing" takes no value, every other op takes one')
        if (self.op == "in") != isinstance(self.value, tuple):
            raise ValueError('"in" takes a list of values, no other op does')
        return self

    def hits(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Where the rule holds, shape (n,).

        Raises:
            DataError: The frame lacks the field, or its values cannot be compared so.
        """
        if self.field not in frame.columns:
            raise DataError(f'hard rule "{self.name}" needs column "{self.field}"; add it')
        column = frame[self.field]
        present = column.notna().to_numpy(dtype=bool)
        if self.op == "missing":
            return ~present
        try:
            held = self._compare(column)
            exempt = column.isin([_like(column, value) for value in self.exempt])
        except (TypeError, ValueError) as error:
            raise DataError(
                f'hard rule "{self.name}" cannot compare column "{self.field}" by "{self.op}"; '
                "check its value against the dictionary"
            ) from error
        return present & held & ~exempt.to_numpy(dtype=bool)

    def check_levels(self, known: Sequence[str]) -> None:
        """Refuse a value that is no level of a category: the rule would silently never hold.

        Raises:
            DataError: Naming the rule, its field and the value.
        """
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        for value in (*values, *self.exempt):
            if value is not None and _level(value) not in known:
                raise DataError(
                    f'hard rule "{self.name}" looks for "{_level(value)}", which is no level of '
                    f'"{self.field}"; write it as in dictionary.toml'
                )

    def _compare(self, column: pd.Series) -> NDArray[np.bool_]:
        if isinstance(self.value, tuple):
            return column.isin([_like(column, each) for each in self.value]).to_numpy(dtype=bool)
        value = _like(column, self.value)
        if self.op in _COMPARE and isinstance(value, str):
            raise TypeError("categories have no order of their own")
        if self.op in ("==", "!="):
            equal = column.isin([value]).to_numpy(dtype=bool)
            return equal if self.op == "==" else ~equal
        values = column.to_numpy()
        held: NDArray[np.bool_] = _COMPARE[self.op](values, np.asarray(value, values.dtype))
        return held


class Policy(_Strict):
    """Where approval ends and decline begins, and the rules that stand above both.

    On the `pd` scale an application is approved where its PD is below `approve`, declined where
    it is at or above `decline`, and referred between. On the `points` scale, where more is
    safer, it is approved at or above `approve` points, declined below `decline` points, and
    referred between. An application without a score is referred.

    Attributes:
        approve: The cut at which approval ends.
        decline: The cut at which decline begins.
        scale: The scale of both cuts.
        rules: Hard rules; the most severe one that holds wins, and no opinion undoes it.
    """

    approve: float = Described(allow_inf_nan=False)
    decline: float = Described(allow_inf_nan=False)
    scale: Literal["pd", "points"] = "pd"
    rules: tuple[HardRule, ...] = ()

    @model_validator(mode="after")
    def _cuts_in_order(self) -> Self:
        if self.scale == "pd" and not 0 <= self.approve < self.decline <= 1:
            raise ValueError('on the pd scale, 0 <= "approve" < "decline" <= 1')
        if self.scale == "points" and not self.approve > self.decline:
            raise ValueError('on the points scale, "approve" lies above "decline"')
        names = [rule.name for rule in self.rules]
        if len(set(names)) != len(names):
            raise ValueError("two hard rules have the same name")
        if len(names) > _MOST_RULES:
            raise ValueError(f"there are {len(names)} hard rules; {_MOST_RULES} is the most")
        return self

    def fits(self, dictionary: DataDictionary) -> None:
        """Check the hard rules against the dictionary before a run starts.

        Raises:
            DataError: A rule looks at a field that is unknown, protected, or the outcome, or
                could silently never hold: for a level that the field does not have, or on values
                that intake has turned into missing ones.
        """
        for rule in self.rules:
            field = dictionary[rule.field]
            if field.role == Role.PROTECTED and not rule.lawful:
                raise DataError(
                    f'hard rule "{rule.name}" may not use "{field.name}": it is protected; where '
                    "a law demands the rule, such as a minimum age, say lawful = true in it"
                )
            if field.role == Role.TARGET or field.formula:
                raise DataError(
                    f'hard rule "{rule.name}" may not use "{field.name}": it is '
                    f"{'derived' if field.formula else field.role}; use a column as given"
                )
            if field.type == "category" and field.levels:
                rule.check_levels((*field.levels, *field.special))
            bounded = field.numeric and (field.low, field.high) != (None, None)
            if bounded and field.unseen == "missing" and rule.op != "missing":
                raise DataError(
                    f'hard rule "{rule.name}" would pass over values of "{field.name}" outside its '
                    'range, since they count as missing; set unseen = "reject", or widen the range'
                )

    def recommend(
        self, pd_: FloatArray, points: FloatArray, frame: pd.DataFrame
    ) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
        """Recommendations of model and hard rules for a batch.

        Args:
            pd_: Calibrated PD, shape (n,).
            points: Scorecard points of the same rows, shape (n,).
            frame: The accepted rows, as given; only the columns of hard rules are read.

        Returns:
            The recommendation of each row, and the names of the hard rules it hit joined by
            ";" (empty where none), both of shape (n,).

        Raises:
            DataError: A hard rule's column is missing or cannot be compared.

        Example:
            >>> policy = Policy(approve=0.05, decline=0.2)
            >>> pd_ = np.array([0.01, 0.1, 0.2])
            >>> policy.recommend(pd_, pd_, pd.DataFrame(index=range(3)))[0].tolist()
            ['approve', 'refer', 'decline']
        """
        severity, hits = self.assess(pd_, points, frame)
        by_severity = np.array([str(r) for r in RECOMMENDATIONS])
        return by_severity[severity], self.names_of(hits)

    def assess(
        self, pd_: FloatArray, points: FloatArray, frame: pd.DataFrame
    ) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
        """As `recommend`, in numbers, for whole columns.

        Returns:
            The place of each row's recommendation in `RECOMMENDATIONS`, and the hard rules it hit,
            the first of the policy as bit 0; both of shape (n,).
        """
        severity = self._severity(pd_, points)
        hits = np.zeros(len(severity), np.int64)
        for place, rule in enumerate(self.rules):
            hit = rule.hits(frame)
            severity[hit] = np.maximum(severity[hit], _severity(rule.decision))
            hits[hit] |= 1 << place
        return severity, hits

    def names_of(self, hits: NDArray[np.int64]) -> NDArray[np.str_]:
        """Names of the hard rules that were hit, joined by ";"; shape (n,) as `hits`."""
        combinations, which = np.unique(hits, return_inverse=True)
        return np.array([self._named(int(each)) for each in combinations], dtype=str)[which]

    def _named(self, hits: int) -> str:
        return ";".join(rule.name for place, rule in enumerate(self.rules) if hits >> place & 1)

    def _severity(self, pd_: FloatArray, points: FloatArray) -> NDArray[np.int8]:
        """0 approve, 1 refer, 2 decline; comparisons with NaN fail, which leaves refer."""
        if self.scale == "pd":
            approved, declined = pd_ < self.approve, pd_ >= self.decline
        else:
            approved, declined = points >= self.approve, points < self.decline
        return np.select([approved, declined], [0, 2], default=1).astype(np.int8)


def _severity(recommendation: Recommendation) -> int:
    return RECOMMENDATIONS.index(recommendation)


def _like(column: pd.Series, value: object) -> object:
    """`value` in the kind of the column: number, date, or the text of a category."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return pd.Timestamp(str(value))
    if pd.api.types.is_numeric_dtype(column):
        return float(str(value))
    return _level(value)


def _level(value: object) -> str:
    """A value as the text of a level; `:g` would cut 1234567 to six digits."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
