"""The smallest changes that would change a decision, among fields that an applicant can change.

What comes out has been scored: a change that is named here leads where it says, by the same model
and the same hard rules. It says nothing of what a person would decide, and promises nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary, Field
from risk.display import special_meaning
from risk.moves import Ground, Moves, level_moves, number_moves, rule_cuts, score_cuts
from risk.policy import RECOMMENDATIONS, Recommendation
from risk.recourse_search import Search
from risk.scoring import Scorer

Outcome = Literal["reached", "already", "rule", "unchangeable", "none"]


class Change(NamedTuple):
    """One field at another value.

    Attributes:
        field: The field.
        old: Its value now.
        new: The other value.
        cost: As `risk.moves.Moves.cost`.
    """

    field: str
    old: float | str
    new: float | str
    cost: float


class Way(NamedTuple):
    """Changes that lead to another decision together, and how the application scores with them.

    Attributes:
        changes: One to three, the largest first.
        pd_model: Calibrated PD with them.
        points: Points with them.
        grade: Grade with them.
        recommendation: Of model and hard rules with them.
    """

    changes: tuple[Change, ...]
    pd_model: float
    points: float
    grade: str
    recommendation: Recommendation

    @property
    def cost(self) -> float:
        """The costs of the changes, added up."""
        return sum(change.cost for change in self.changes)


class Advice(NamedTuple):
    """What would change a decision.

    Attributes:
        outcome: `reached`: there are ways. `already`: the goal is reached without any. `rule`:
            a hard rule stands against it that no change lifts. `unchangeable`: the dictionary
            names no field that could move. `none`: no change of up to three fields that was tried
            reaches the goal.
        goal: The recommendation that was sought, or a safer one.
        ways: The cheapest first; all with the same number of changes, of different fields.
        rules: Names of the hard rules that stand against the goal and cannot be lifted.
    """

    outcome: Outcome
    goal: Recommendation
    ways: tuple[Way, ...] = ()
    rules: tuple[str, ...] = ()


class Adviser:
    """Finds the smallest changes for one application after the other.

    Args:
        scorer: Model and policy.
        dictionary: Says what is changeable; its features are the model's.
        most: Most ways to name.
    """

    def __init__(self, scorer: Scorer, dictionary: DataDictionary, most: int = 5) -> None:
        """Read the model's thresholds."""
        # Reasons are not asked for, and laying out their tables takes seconds.
        self._scorer = Scorer(scorer.model, scorer.policy, reasons_for="none")
        self._dictionary, self._most = dictionary, most
        model = scorer.model
        self._thresholds = dict(zip(model.columns, model.thresholds, strict=True))
        self._quantiles = {
            name: each[~np.isnan(each)]
            for name, each in zip(model.columns, model.quantiles, strict=True)
        }
        self._changeable = [field for field in dictionary.fields if field.changeable]

    def advise(self, accepted: pd.DataFrame, goal: Recommendation) -> Advice:
        """What would lead to a recommendation, or to a safer one.

        Args:
            accepted: One row of the accepted frame of `features.intake.check`.
            goal: The recommendation to reach.

        Raises:
            DataError: A column is missing.
        """
        wanted = RECOMMENDATIONS.index(goal)
        search = Search(self._scorer, accepted, [m for m in self._moves(accepted) if len(m.new)])
        if search.start <= wanted:
            return Advice("already", goal)
        if stuck := search.stuck(wanted):
            return Advice("rule", goal, rules=stuck)
        if not search.moves:
            return Advice("unchangeable", goal)
        ways = self._ways(accepted, search, wanted)
        return Advice("reached" if ways else "none", goal, ways)

    def _moves(self, accepted: pd.DataFrame) -> Iterator[Moves]:
        row = accepted.iloc[0]
        numbers = self._numbers(row)
        for field in self._changeable:
            value = row.get(field.name)
            if field.name not in row or pd.isna(value) or special_meaning(field, value):
                continue
            if field.type == "category":
                yield level_moves(field, str(value))
            else:
                yield number_moves(field, float(value), self._ground(field, numbers))

    def _numbers(self, row: pd.Series) -> dict[str, float]:
        return {
            field.name: np.nan
            if pd.isna(row[field.name]) or special_meaning(field, row[field.name])
            else float(row[field.name])
            for field in self._dictionary.fields
            if field.numeric and field.name in row
        }

    def _ground(self, field: Field, numbers: Mapping[str, float]) -> Ground:
        scored = score_cuts(field.name, numbers, self._thresholds, self._dictionary)
        ruled = rule_cuts(field.name, self._scorer.policy)
        quantiles = self._quantiles.get(field.name, np.empty(0))
        return Ground(np.union1d(scored, ruled), quantiles)

    def _ways(self, accepted: pd.DataFrame, search: Search, wanted: int) -> tuple[Way, ...]:
        """The ways found, each scored as any application is."""
        found = search.cheapest(wanted, self._most)
        if not found:
            return ()
        scores = self._scorer.score(search.frame(found))
        ways = (
            _way([_change(search.moves[f], k) for f, k in each], score)
            for each, (_, score) in zip(found, scores.iterrows(), strict=True)
        )
        return tuple(w for w in ways if RECOMMENDATIONS.index(w.recommendation) <= wanted)


def _change(moves: Moves, place: int) -> Change:
    new = moves.new[place]
    said = new if isinstance(new, str) else float(new)
    return Change(moves.field.name, moves.old, said, float(moves.cost[place]))


def _way(changes: list[Change], score: pd.Series) -> Way:
    return Way(
        changes=tuple(sorted(changes, key=lambda change: -change.cost)),
        pd_model=float(score["pd"]),
        points=float(score["points"]),
        grade=str(score["grade"]),
        recommendation=Recommendation(str(score["decision"])),
    )
