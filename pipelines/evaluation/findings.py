"""The record of an evaluation of the reasoning pass: every figure, and what it rests on.

Running one is `pipelines.evaluation.job`; its words are `pipelines.evaluation.report`.
"""

from collections import Counter
from datetime import date
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Described

from features.language import Language
from risk.overlay import Overlay
from risk.validation.reasoning import Comparison

# What an answer may say, the riskiest first.
SAYINGS = ("high", "medium", "low", "agree", "other-side", "no-opinion", "no-answer")
Saying = Literal["high", "medium", "low", "agree", "other-side", "no-opinion", "no-answer"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GpuPrice(_Strict):
    """What an hour of the hardware costs.

    Attributes:
        per_hour: Price of one GPU for one hour.
        gpus: GPUs that answer together.
        at_once: Cases they answer at the same time; seconds per case are shared by these.
        currency: What the price is in.
    """

    per_hour: float = Described(ge=0)
    gpus: int = Described(default=1, ge=1)
    at_once: int = Described(default=1, ge=1)
    currency: str = ""


class Cost(_Strict):
    """What the answers cost.

    Attributes:
        cases: Cases asked about.
        prompt_tokens: Tokens read, repairs included.
        answer_tokens: Tokens written, thinking and repairs included.
        seconds: From asking to answering, summed over cases.
        price: What an hour costs; None where nobody said.
        per_thousand_cases: In the price's currency.
    """

    cases: int
    prompt_tokens: int
    answer_tokens: int
    seconds: float
    price: GpuPrice | None = None
    per_thousand_cases: float | None = None


class Part(_Strict):
    """A part of the sample."""

    rows: int
    bads: int
    first: date | None = None
    last: date | None = None


class Said(_Strict):
    """The cases that were told the same.

    Attributes:
        saying: Confidence of a concern on the risky side, or what else was said.
        rows: Cases.
        bads: Defaults among them.
        expected: Defaults that the model expected among them.
    """

    saying: Saying
    rows: int
    bads: int
    expected: float


class Evaluation(_Strict):
    """Everything that was measured.

    Attributes:
        language: Language the cases were reasoned in.
        model: The PD model, name and version.
        backend: What was asked.
        answered_by: Names of what answered.
        unseen: Labelled rows that the model was not trained on.
        alike: Share of the model's reference applicants who are also among them.
        earlier: The part that fits.
        later: The part that judges.
        text_rows: Rows that the text score was fitted on; 0 where there are no documents.
        statuses: Cases by what became of them: answered, failed, pending.
        codes: Failures by type.
        said: What was said, and what came of these cases.
        overlay: The effect of opinions, as it ships.
        comparisons: On the later rows, on parts of them, and out of fold on the earlier ones.
        cost: What it cost.
    """

    language: Language
    model: str
    backend: str
    answered_by: tuple[str, ...]
    unseen: int
    alike: float
    earlier: Part
    later: Part
    text_rows: int
    statuses: dict[str, int]
    codes: dict[str, int]
    said: tuple[Said, ...]
    overlay: Overlay
    comparisons: tuple[Comparison, ...]
    cost: Cost

    def on(self, subset: str) -> Comparison | None:
        """One of the comparisons, where it was made."""
        return next((one for one in self.comparisons if one.subset == subset), None)

    def to_json(self) -> str:
        """The record as it stands on disk."""
        return self.model_dump_json(indent=2) + "\n"

    def metrics(self) -> dict[str, dict[str, float]]:
        """Figures and gains of each contestant on the later rows, flat."""
        compared = self.on("later")
        flat: dict[str, dict[str, float]] = {}
        for one in compared.standings if compared else ():
            flat[one.contestant] = dict(one.figures)
            for name, gain in one.gains.each().items() if one.gains else ():
                flat[one.contestant] |= {
                    f"{name}_gain": gain.difference,
                    f"{name}_gain_low": gain.low,
                    f"{name}_gain_high": gain.high,
                    f"{name}_gain_p": gain.p_value,
                }
        return flat


def cost(cases: pd.DataFrame, price: GpuPrice | None) -> Cost:
    """Add up `prompt_tokens`, `answer_tokens` and `seconds` of the cases."""
    seconds = float(cases["seconds"].sum())
    each = None
    if price is not None:
        hours = seconds / price.at_once / 3600
        each = price.per_hour * price.gpus * hours / max(len(cases), 1) * 1000
    return Cost(
        cases=len(cases),
        prompt_tokens=int(cases["prompt_tokens"].sum()),
        answer_tokens=int(cases["answer_tokens"].sum()),
        seconds=seconds,
        price=price,
        per_thousand_cases=each,
    )


def part(rows: pd.DataFrame, dates: pd.Series | None) -> Part:
    """Size and dates of a part of the cases."""
    size = {"rows": len(rows), "bads": int(rows["default_flag"].sum())}
    if dates is None or not len(rows):
        return Part.model_validate(size)
    known = dates.loc[rows.index]
    return Part.model_validate({**size, "first": known.min().date(), "last": known.max().date()})


def said(cases: pd.DataFrame) -> tuple[Said, ...]:
    """Cases by what was said of them, with their defaults beside those the model expected."""
    found = []
    for saying in SAYINGS:
        rows = cases[cases["saying"] == saying]
        if len(rows):
            bads, expected = int(rows["default_flag"].sum()), float(rows["pd_model"].sum())
            found.append(Said(saying=saying, rows=len(rows), bads=bads, expected=expected))
    return tuple(found)


def statuses(cases: pd.DataFrame) -> tuple[dict[str, int], dict[str, int]]:
    """Cases by status, and those without an answer by type of failure; none is left out."""
    counted = Counter({"answered": 0, "failed": 0, "pending": 0})
    counted.update(cases["status"])
    codes = Counter(code for code in cases["code"] if code)
    return dict(counted), dict(sorted(codes.items()))
