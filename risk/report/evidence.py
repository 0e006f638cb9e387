"""What a report rests on: one model's word on rows, some with their outcomes.

Where it comes from, a registered model and a table, another bank's pyfunc or a delivered night, is
no affair of those who read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.binning import IntArray
from features.dictionary import DataDictionary, Field
from features.encoding import FloatArray
from features.language import Text
from risk.model import PDModel
from risk.policy import Policy
from risk.report.limits import ValidationLimits
from risk.scorecard import Scaling
from risk.validation.calibration import testable
from risk.validation.faithfulness import Faithfulness
from risk.validation.outcomes import LEAST_OF_EACH
from risk.validation.reasoning import Comparison
from risk.validation.stability import Baseline

_TINY = 1e-12
Mask = npt.NDArray[np.bool_]
Names = npt.NDArray[np.str_]
TOO_FEW, NO_OUTCOMES, NO_MODEL = "too-few", "no-outcomes", "no-model"
NO_DEVELOPMENT, NO_ROWS = "no-development", "no-rows"
"""Why a figure has no value: keys `because.<key>` of the catalogue."""


@dataclass(frozen=True)
class Part:
    """One sample, n rows, as one model scored it.

    Attributes:
        name: The sample: `development`, `validation`, `out_of_time`, `test`, `all`.
        rows: The rows as intake accepted them: `application_id`, date, fields, protected fields.
        y: 1 for default, 0 for repaid, NaN where it is not known; shape (n,).
        pd_: Shape (n,).
        points: Shape (n,).
        grade: Name of each row's grade, shape (n,).
        decision: `approve`, `refer` or `decline` by model and policy, shape (n,).
        reasons: Reason codes, the largest first and empty where there is none, shape (n, k).
        x: The model's matrix, shape (n, p); None where the model is not ours.
        contributions: Shapley values in log-odds, shape (n, p); None as `x`.
    """

    name: str
    rows: pd.DataFrame
    y: FloatArray
    pd_: FloatArray
    points: FloatArray
    grade: Names
    decision: Names
    reasons: Names
    x: FloatArray | None = None
    contributions: FloatArray | None = None

    def __len__(self) -> int:
        """Rows of it."""
        return len(self.y)

    @property
    def approved(self) -> Mask:
        """Which rows are approved, shape (n,)."""
        return np.asarray(self.decision == "approve")

    @property
    def inside(self) -> FloatArray:
        """PDs strictly between 0 and 1, for what takes their logarithms; shape (n,)."""
        return np.clip(self.pd_, _TINY, 1 - _TINY)

    @property
    def bads(self) -> int:
        """Known defaults."""
        return int(np.nansum(self.y))

    def take(self, chosen: Mask | IntArray) -> Self:
        """Some of its rows, by a mask or by their places."""
        kept = {name: getattr(self, name) for name in _BY_ROW}
        taken: dict[str, Any] = {
            name: None if each is None else each[chosen] for name, each in kept.items()
        }
        return replace(self, rows=self.rows.iloc[chosen], **taken)

    @property
    def ended(self) -> Self:
        """The rows whose outcome is known."""
        known = ~np.isnan(self.y)
        return self if known.all() else self.take(known)

    @property
    def lacks(self) -> str:
        """Why bads and goods cannot be told apart on it by a test; empty where they can."""
        known = self.y[~np.isnan(self.y)]
        if not known.size:
            return NO_OUTCOMES
        few = min(known.sum(), len(known) - known.sum()) < LEAST_OF_EACH
        return TOO_FEW if few else ""

    @property
    def lacks_level(self) -> str:
        """Why its PDs cannot be held against its outcomes; empty where they can.

        Fewer bads than are needed to rank by them are a finding where many were expected.
        """
        ended = self.ended
        if not len(ended):
            return NO_OUTCOMES
        return "" if testable(ended.bads, len(ended), ended.pd_.mean()) else TOO_FEW


_BY_ROW = ("y", "pd_", "points", "grade", "decision", "reasons", "x", "contributions")


@dataclass(frozen=True)
class Flow:
    """What became of the rows of a labelled table.

    Attributes:
        read: Rows of it.
        rejected: Broken rules: a frame with `field`, `rule`, `rows`; a row can break several.
        by_month: `month` (text, such as "2024-03", or empty without dates), `sample`, `rows`,
            `bads`; immature rows among them, as sample `immature`, without bads.
        broken: Rows that broke a rule.
        immature: Rows whose outcome is not final yet.
        first_final: Date on which the first of them will be final; empty without any.
        last_final: The same of the last.
    """

    read: int
    rejected: pd.DataFrame
    by_month: pd.DataFrame
    broken: int = 0
    immature: int = 0
    first_final: str = ""
    last_final: str = ""


@dataclass(frozen=True)
class Reasoned:
    """A reasoning pass over some of the rows.

    Attributes:
        identity: What answered: back end, prompt, weights, language, verifier; by key.
        faithfulness: What the checks found, and what it cost.
        cases: One row a case, with the columns of `risk.report.reasoning.reasoned.CaseRow`.
        comparisons: What it adds over the model alone, from an evaluation; empty without one.
        reviews: Latest word of a person on a case: `application_id`, `action`, `recommendation`,
            `reason_code`; None where nobody was asked.
        marks: What officers said of single sentences, one row a person and sentence: `verdict`
            (`right`, `wrong`, `useless`) and `claim_kind`, what the sentence is about, or
            `elsewhere` where the run's files do not hold it; None where nobody was asked.
        cost_per_thousand: Price of a thousand cases, as that evaluation measured it.
    """

    identity: Mapping[str, str]
    faithfulness: Faithfulness
    cases: pd.DataFrame
    comparisons: tuple[Comparison, ...] = ()
    reviews: pd.DataFrame | None = None
    marks: pd.DataFrame | None = None
    cost_per_thousand: float | None = None


@dataclass(frozen=True)
class Evidence:
    """All that is known of one run.

    Attributes:
        name: What people call it, such as `portfolio version 3`.
        portfolio: Whose model it is.
        identity: What it was made from and with, by key, in the order of reading.
        params: Its parameters, settings and digests, flat; what differs is told in a comparison.
        dictionary: Describes the rows.
        policy: Approves and declines.
        scaling: Grades and points.
        limits: What is doubtful and what wrong.
        parts: Samples, the one at development first and the youngest last.
        flow: What became of the rows of the table; None for a delivered run.
        model: The model where it is ours.
        baseline: How its raw score was spread at development; None where that was not kept.
        at_development: Figures of the run on rows its trees had not seen, as logged in training:
            `auc`, `auc_low`, `auc_high`, ...; empty where there are none.
        reasoned: A reasoning pass over it; None without one.
        seed: Of whatever is drawn.
        other_table: Whether the rows are known to be of another table than that of training.
    """

    name: str
    portfolio: str
    identity: Mapping[str, Text | str]
    params: Mapping[str, str]
    dictionary: DataDictionary
    policy: Policy
    scaling: Scaling
    limits: ValidationLimits
    parts: tuple[Part, ...]
    flow: Flow | None = None
    model: PDModel | None = None
    baseline: Baseline | None = None
    at_development: Mapping[str, float] = field(default_factory=dict)
    reasoned: Reasoned | None = None
    seed: int = 0
    other_table: bool = False

    @property
    def current(self) -> Part:
        """The youngest sample: the one least seen in training."""
        return self.parts[-1]

    @property
    def development(self) -> Part | None:
        """The development sample, where the table holds it."""
        return next((part for part in self.parts if part.name == "development"), None)

    @property
    def grades(self) -> tuple[str, ...]:
        """All grades, the safest first."""
        return tuple(grade.name for grade in self.scaling.grades)

    @property
    def protected(self) -> tuple[Field, ...]:
        """Fields that no model may see, and by which decisions are compared."""
        return tuple(f for f in self.dictionary.fields if f.role == "protected")

    @property
    def dates(self) -> pd.Series | None:
        """Application dates of the current rows, where the portfolio has them."""
        named = self.dictionary.date
        if named is None or named.name not in self.current.rows:
            return None
        return self.current.rows[named.name]


@dataclass(frozen=True)
class Pair:
    """Two runs on the same rows, in the same order.

    Attributes:
        a: The first, such as the champion.
        b: The second.
        left_out: Rows that only one of them could score.
    """

    a: Evidence
    b: Evidence
    left_out: int = 0

    @property
    def sides(self) -> tuple[Evidence, Evidence]:
        """Both."""
        return self.a, self.b

    @property
    def current(self) -> tuple[Part, Part]:
        """The youngest sample as each of them scored it."""
        return self.a.current, self.b.current
