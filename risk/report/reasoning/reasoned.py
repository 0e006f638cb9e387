"""Reasoned cases as plain columns, one row a case, and what became of them."""

import hashlib
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple, Self, get_type_hints

import numpy as np
import pandas as pd

from risk.casefile import CaseFile
from risk.decision import Decision, Score
from risk.reasoning.findings import suspects_instruction
from risk.reasoning.reasoner import Rationale
from risk.report.document import Figure
from risk.report.evidence import Part
from risk.validation.calibration import jeffreys_interval
from risk.validation.faithfulness import holds, stance
from risk.validation.rates import bad_rates

SAMPLE = "reasoned"
NO_REASONING, NO_CASES = "no-reasoning", "no-cases"
"""Why a figure has no value: keys `because.<key>` of the catalogue."""


class CaseRow(NamedTuple):
    """What the sections on reasoning know of one case: the columns of `Reasoned.cases`.

    Attributes:
        application_id: The application.
        status: `answered`, `failed` or `pending`.
        pd_model: PD of the model, in [0, 1].
        pd_final: The same with the proven effect of the opinion.
        model_recommendation: Of model and hard rules.
        recommendation: After the ratchet.
        causes: Of the decision, joined by ";".
        opinion: As `risk.validation.faithfulness.stance`.
        suspected: Whether a document seems to give orders.
        claims: Claims of the answer; 0 without one.
        struck: Those struck.
        verified: Whether there is an answer in which every check held.
        repaired: Whether the answer was sent back once.
        answered_by: What answered, by its own word; empty without a reply.
        case_digest: Of the whole case file.
        facts_digest: Of what the case file says of the application.
        reasons_digest: Of what it says of the model's view: reasons, and standing of the values.
        request_digest: Of the request gone by.
        evidence_digest: Of all requests, and of all that came back.
    """

    application_id: str
    status: str
    pd_model: float
    pd_final: float
    model_recommendation: str
    recommendation: str
    causes: str
    opinion: str
    suspected: bool
    claims: int
    struck: int
    verified: bool
    repaired: bool
    answered_by: str
    case_digest: str
    facts_digest: str
    reasons_digest: str
    request_digest: str
    evidence_digest: str

    @classmethod
    def of(
        cls,
        score: Score,
        case: CaseFile,
        rationale: Rationale,
        decision: Decision,
        pd_final: float,
    ) -> Self:
        """The row of a case."""
        answered = rationale.status == "answered"
        told = rationale.narrative.sentences if answered else ()
        return cls(
            application_id=score.application_id,
            status=rationale.status,
            pd_model=score.pd_model,
            pd_final=pd_final,
            model_recommendation=str(decision.model_recommendation),
            recommendation=str(decision.recommendation),
            causes=";".join(decision.causes),
            opinion=stance(rationale.opinion),
            suspected=suspects_instruction(rationale.findings),
            claims=len(told),
            struck=sum(sentence.struck for sentence in told),
            verified=holds(rationale),
            repaired=rationale.repaired,
            answered_by=rationale.model,
            case_digest=rationale.case_digest,
            facts_digest=_facts(case),
            reasons_digest=_reasons(case),
            request_digest=rationale.request_digest,
            evidence_digest=rationale.evidence_digest,
        )


def frame(rows: Sequence[CaseRow]) -> pd.DataFrame:
    """The rows as `Reasoned.cases`; typed, even where there are none."""
    types = {name: _DTYPES.get(kind, "object") for name, kind in _TYPES.items()}
    return pd.DataFrame(rows, columns=list(CaseRow._fields)).astype(types)


_TYPES = get_type_hints(CaseRow)
_DTYPES = {float: "float64", int: "int64", bool: "bool"}


def with_outcomes(cases: pd.DataFrame, part: Part) -> pd.DataFrame:
    """Cases with `moved`, and with `y` as `outcomes` gives it."""
    moved = cases["recommendation"] != cases["model_recommendation"]
    return cases.assign(moved=moved.astype(bool), y=outcomes(cases["application_id"], part))


def outcomes(ids: pd.Series, part: Part) -> pd.Series:
    """1 for default, 0 for repaid, NaN where the part does not know an application.

    An id that stands twice in the part tells nothing, since it is not known which row it was.
    """
    known = pd.Series(part.y, index=part.rows["application_id"].astype(str))
    return ids.map(known[~known.index.duplicated(keep=False)]).astype(np.float64)


def ended(cases: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """How groups of cases ended.

    Args:
        cases: As `with_outcomes` gives them.
        by: Columns whose values part them.

    Returns:
        One row a group: the columns of `by`, `cases`, the other columns of
        `risk.validation.rates.bad_rates`, and `expected_rate`, the mean PD of the cases whose
        outcome is known, NaN without any.
    """
    grouped = cases.groupby(list(by), sort=True)
    place = grouped.ngroup().to_numpy()
    first = cases[list(by)].assign(place=place).drop_duplicates("place").sort_values("place")
    table = bad_rates(cases["y"], place, grouped.ngroups).rename(columns={"rows": "cases"})
    sums = np.bincount(
        place, np.where(cases["y"].isna(), 0.0, cases["pd_model"]), minlength=grouped.ngroups
    )
    known = table["known"].to_numpy(np.float64)
    expected = np.divide(sums, known, out=np.full(len(known), np.nan), where=known > 0)
    return pd.concat([first[list(by)].reset_index(drop=True), table], axis=1).assign(
        expected_rate=expected
    )


def share(key: str, some: int, of: int, because: str = NO_CASES) -> Figure:
    """A share of cases with its interval; without any of them, why there is none."""
    figure = partial(Figure, key=key, kind="share", sample=SAMPLE, rows=of)
    if not of:
        return figure(because=because)
    low, high = jeffreys_interval(some, of)
    return figure(value=some / of, low=float(low), high=float(high), method="jeffreys")


def _facts(case: CaseFile) -> str:
    told = [
        (f.kind, f.field, f.label.zh, f.label.en, f.value, f.display.zh, f.display.en, f.document)
        for f in case.facts
        if f.kind != "score"
    ]
    return _digest((told, case.protected))


def _reasons(case: CaseFile) -> str:
    reasons = [
        (f.field, f.code, f.direction, f.rank, f.display.zh, f.display.en)
        for f in case.of_kind("score")
    ]
    standings = [(f.field, f.below, f.above) for f in case.facts if f.below is not None]
    return _digest((reasons, standings))


def _digest(told: object) -> str:
    return hashlib.blake2b(repr(told).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
