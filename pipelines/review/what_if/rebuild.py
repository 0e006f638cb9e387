"""The row that a case was scored from, put together again from the facts of its file.

The file holds what the model read, but no personal data and nothing protected. Where that is not
enough, nothing is shown: a row counts as rebuilt when it comes out at the case's own score.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import pandas as pd

from features.dictionary import DataDictionary, Field, Role
from features.errors import ScorerError
from features.intake import VALUE_LENGTH, check
from pipelines.cases import CaseRecord
from risk.model import PDModel
from risk.policy import RECOMMENDATIONS, HardRule, Policy, Recommendation
from risk.scoring import Scorer
from risk.tied import is_tie

SAME = 1e-9
"""PDs that differ by no more are the same: one was written to JSON and read back."""

Why = Literal["manifest", "model", "values", "score"]
Value = float | str | None


class NotRebuiltError(ScorerError):
    """A case cannot be scored again as it was.

    Attributes:
        why: `manifest`: nobody knows which model scored it; `model`: that model is not
            registered; `values`: its file lacks values, or the dictionary refuses them; `score`:
            it comes out otherwise.
    """

    def __init__(self, why: Why) -> None:
        super().__init__(f"the case cannot be scored again as it was ({why})")
        self.why = why


@dataclass(frozen=True)
class Scored:
    """How an application scores.

    Attributes:
        pd_model: Calibrated PD.
        points: Scorecard points.
        grade: Grade of the master scale.
        recommendation: Of model and hard rules.
        rules: Names of the hard rules that were hit.
    """

    pd_model: float
    points: float
    grade: str
    recommendation: Recommendation
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Rebuilt:
    """A case that can be scored again.

    Attributes:
        values: What stands in its file, and its ties, by field; None where a value was missing.
        dictionary: The model's, with what applicants can change by the portfolio's own.
        scorer: The model, and those hard rules of the run whose field stands in the file.
        kept: Hard rules that were hit on fields that do not: they stay hit whatever changes.
        fields: What can be varied, in dictionary order.
        before: How it scores as it is.
    """

    values: Mapping[str, Value]
    dictionary: DataDictionary
    scorer: Scorer
    kept: tuple[HardRule, ...]
    fields: tuple[Field, ...]
    before: Scored

    def score(self, rows: pd.DataFrame) -> tuple[Scored, ...]:
        """How accepted rows score."""
        return _scored(rows, self.scorer, self.kept)


def rebuild(
    record: CaseRecord,
    model: PDModel,
    policy: Policy,
    portfolio: DataDictionary,
    ties: Mapping[str, Value] = MappingProxyType({}),
) -> Rebuilt:
    """A case as the model read it.

    Args:
        record: The case.
        model: The model that scored it.
        policy: As it stood in that run.
        portfolio: The portfolio's fields today: what is protected is not varied.
        ties: What the night told the application of its ties, by column; nobody can vary them.

    Raises:
        NotRebuiltError: Values are missing, or it comes out otherwise than in the record.
    """
    dictionary = _dictionary(model.dictionary, portfolio)
    form = {fact.field: fact.value for fact in record.case.of_kind("form")}
    read = (field.name for field in dictionary.features if is_tie(field))
    values = {**{name: ties[name] for name in read if name in ties}, **form}
    known = tuple(rule for rule in policy.rules if rule.field in form)
    kept = tuple(
        rule for rule in policy.rules if rule.field not in form and rule.name in record.score.rules
    )
    scorer = Scorer(model, policy.model_copy(update={"rules": known}), reasons_for="none")
    row, refused = typed(values, {}, dictionary, scorer.policy)
    if refused:
        raise NotRebuiltError("values")
    before = _scored(row, scorer, kept)[0]
    if not _is_same(before, record):
        raise NotRebuiltError("score")
    fields = tuple(field for field in dictionary.fields if _can_vary(field, values, portfolio))
    return Rebuilt(values, dictionary, scorer, kept, fields, before)


def typed(
    values: Mapping[str, Value],
    changed: Mapping[str, str],
    dictionary: DataDictionary,
    policy: Policy,
) -> tuple[pd.DataFrame, dict[str, str]]:
    """One row as intake reads it, and what is wrong with it.

    Args:
        values: As they were.
        changed: What was typed instead, by field.
        dictionary: Reads them.
        policy: Values that its hard rules look at must be readable.

    Returns:
        The accepted row, empty where a value is refused; and the broken rule of each such field.
    """
    cut = {name: text[: VALUE_LENGTH + 1] for name, text in changed.items()}
    read = set(dictionary.columns_to_score())
    cells = {name: [value] for name, value in {**dict.fromkeys(read), **values, **cut}.items()}
    if dictionary.id is not None:
        cells[dictionary.id.name] = ["what-if"]
    frame = pd.DataFrame(cells, dtype=object)
    binding = {*changed, *(rule.field for rule in policy.rules)}
    accepted, rejected = check(frame, dictionary, binding=binding)
    return accepted, dict(zip(rejected["field"], rejected["rule"], strict=True))


def _dictionary(then: DataDictionary, now: DataDictionary) -> DataDictionary:
    """The model's fields; what applicants can change is what the portfolio says today."""
    today = {(f.name, f.role, f.type, f.levels): f.changeable for f in now.fields}
    fields = tuple(
        f.model_copy(update={"changeable": today.get((f.name, f.role, f.type, f.levels), "")})
        for f in then.fields
    )
    return then.model_copy(update={"fields": fields})


def _can_vary(field: Field, values: Mapping[str, Value], portfolio: DataDictionary) -> bool:
    protected = {each.name for each in portfolio.protected} | {""}
    given = field.formula is None and field.name in values and not field.personal
    given = given and not is_tie(field)
    return given and field.role in (Role.FEATURE, Role.IGNORED) and field.name not in protected


def _scored(rows: pd.DataFrame, scorer: Scorer, kept: tuple[HardRule, ...]) -> tuple[Scored, ...]:
    least = max((RECOMMENDATIONS.index(rule.decision) for rule in kept), default=0)
    return tuple(
        Scored(
            pd_model=float(row["pd"]),
            points=float(row["points"]),
            grade=str(row["grade"]),
            recommendation=max(
                Recommendation(str(row["decision"])),
                RECOMMENDATIONS[least],
                key=RECOMMENDATIONS.index,
            ),
            rules=(*(n for n in str(row["rules"]).split(";") if n), *(rule.name for rule in kept)),
        )
        for _, row in scorer.score(rows).iterrows()
    )


def _is_same(before: Scored, record: CaseRecord) -> bool:
    score = record.score
    return (
        abs(before.pd_model - score.pd_model) <= SAME
        and before.recommendation == score.recommendation
        and set(before.rules) == set(score.rules)
    )
