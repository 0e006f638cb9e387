"""What a reasoning pass said, what the checks found, what it moved and what it adds and costs.

Counts what deterministic checks and outcomes show; on how good a language model is, it says
nothing beyond them.
"""

from collections.abc import Iterator
from functools import partial

import pandas as pd

from risk.report.document import Chart, Figure, Kind, Remark, Section, Table
from risk.report.evidence import Evidence, Pair, Reasoned
from risk.report.limits import ValidationLimits
from risk.report.reasoning import added, changed, marked, opinions
from risk.report.reasoning.reasoned import NO_CASES, NO_REASONING, SAMPLE, share, with_outcomes
from risk.validation.faithfulness import Faithfulness

KEY = "reasoning"
NO_CLAIMS, NO_PRICE = "no-claims", "no-price"
_TOLD = ("run", "answered_by", "language", "prompt", "code", "commit")
"""What a reader asks of whatever answered; the rest stands where two runs are compared."""
_WITHOUT = (
    "unanswered", "verified", "value_agreement", "sign_agreement", "rank_agreement",
    "struck", "moved", "overridden", "marks", "opinion_auc_gain",
)  # fmt: skip
"""Figures that are missed where there is no reasoned run."""
_BESIDE = (
    "unanswered", "verified_first", "verified", "repaired", "value_agreement", "sign_agreement",
    "rank_agreement", "struck", "prompt_tokens_per_thousand", "answer_tokens_per_thousand",
    "seconds_per_thousand", *marked.FIGURES,
)  # fmt: skip
"""Figures that two passes show beside each other."""


def validated(evidence: Evidence) -> Section:
    """Faithfulness, opinions and their outcomes, people's decisions, cost, and what is gained."""
    reasoned = evidence.reasoned
    if reasoned is None:
        missing = tuple(Figure(key=key, because=NO_REASONING) for key in _WITHOUT)
        return Section(key=KEY, figures=missing)
    cases = with_outcomes(reasoned.cases, evidence.current)
    return Section(
        key=KEY,
        figures=(
            *_lit(_faithful(reasoned), evidence.limits),
            *opinions.moved(cases),
            *opinions.reviewed(cases, reasoned.reviews),
            *marked.figures(reasoned.marks),
            *added.figures(reasoned.comparisons),
        ),
        tables=(
            _identity(reasoned),
            *_checks(reasoned.faithfulness),
            *opinions.outcomes(cases),
            *opinions.reviews_table(cases, reasoned.reviews),
            *marked.tables(reasoned.marks),
            *_spreads(reasoned.faithfulness),
            *added.tables(reasoned.comparisons),
        ),
        remarks=tuple(_remarks(evidence, reasoned)),
    )


def compared(pair: Pair) -> Section:
    """Both passes side by side, paired where they reasoned about the same applications.

    Above all the cases whose recommendation differs because of reasoning, each with its cause.
    """
    a, b = (side.reasoned for side in pair.sides)
    figures = _side_by_side(pair)
    if a is None or b is None:
        missing = (Figure(key=key, because=NO_REASONING) for key in changed.FIGURES)
        return Section(key=KEY, figures=(*missing, *figures))
    found = changed.changes(a, b)
    return Section(
        key=KEY,
        figures=(*changed.figures(found), *figures),
        tables=(
            *changed.tables(found),
            *changed.outcome_tables(found, pair.b.current),
            *(
                table
                for side, passed in zip(pair.sides, (a, b), strict=True)
                for table in marked.tables(passed.marks, side.name)
            ),
        ),
        remarks=(
            *changed.remarks(found),
            *(
                remark
                for side, passed in zip(pair.sides, (a, b), strict=True)
                for remark in marked.remarks(passed.marks, side.name)
            ),
        ),
    )


def _side_by_side(pair: Pair) -> list[Figure]:
    """Each figure of both passes, one under the other, each under the name of its run."""
    sides = [
        figure.model_copy(update={"subject": side.name})
        for side in pair.sides
        if side.reasoned is not None
        for figure in (*_faithful(side.reasoned), *marked.figures(side.reasoned.marks))
        if figure.key in _BESIDE
    ]
    return sorted(sides, key=lambda figure: _BESIDE.index(figure.key))


def _faithful(reasoned: Reasoned) -> Iterator[Figure]:
    """What checks found in a pass, and what it took."""
    yield from _answers(reasoned.cases)
    yield from _claims(reasoned.faithfulness)
    yield from _cost(reasoned)


def _answers(cases: pd.DataFrame) -> Iterator[Figure]:
    """Which cases have an answer, and in which every check held."""
    status = cases["status"]
    yield share("unanswered", int((status != "answered").sum()), len(cases))
    for each in ("pending", "failed"):
        count = int((status == each).sum())
        yield Figure(key=each, value=count, kind="count", sample=SAMPLE, rows=len(cases))
    replied = cases[status != "pending"]
    first = replied["verified"] & ~replied["repaired"]
    yield share("verified_first", int(first.sum()), len(replied))
    yield share("verified", int(replied["verified"].sum()), len(replied))
    yield share("repaired", int(replied["repaired"].sum()), len(replied))
    yield share("suspected", int(cases["suspected"].sum()), len(cases))


def _lit(figures: Iterator[Figure], limits: ValidationLimits) -> Iterator[Figure]:
    lights = {"unanswered": limits.pending, "verified": limits.verified}
    for figure in figures:
        yield figure.against(lights[figure.key]) if figure.key in lights else figure


def _claims(found: Faithfulness) -> Iterator[Figure]:
    """What the checks found in claims; those of one case hang together, so without an interval."""
    told = (
        ("value_agreement", found.value_agreement, found.claims),
        ("sign_agreement", found.sign_agreement, found.claims_on_scores),
        ("rank_agreement", found.rank_agreement, found.claims_on_ranks),
        ("struck", found.struck / found.claims if found.claims else None, found.claims),
    )
    for key, value, claims in told:
        figure = partial(Figure, key=key, kind="share", sample=SAMPLE, rows=claims)
        yield figure(because=NO_CLAIMS) if value is None else figure(value=value, method="claims")
    yield Figure(
        key="contradictions",
        value=found.contradictions,
        kind="count",
        sample=SAMPLE,
        rows=found.answered,
    )


def _cost(reasoned: Reasoned) -> Iterator[Figure]:
    """What a thousand cases with a reply take."""
    found = reasoned.faithfulness
    replied = found.answered + found.failed
    means = (
        ("prompt_tokens", found.prompt_tokens.mean),
        ("answer_tokens", found.answer_tokens.mean),
        ("seconds", found.seconds.mean),
    )
    for key, mean in means:
        figure = partial(
            Figure, key=f"{key}_per_thousand", kind="count", sample=SAMPLE, rows=replied
        )
        yield figure(value=round(1_000 * mean)) if replied else figure(because=NO_CASES)
    price = found.cost_per_thousand
    price = reasoned.cost_per_thousand if price is None else price
    figure = partial(Figure, key="cost_per_thousand", kind="points", sample=SAMPLE)
    yield figure(because=NO_PRICE) if price is None else figure(value=price)


def _identity(reasoned: Reasoned) -> Table:
    told = {key: reasoned.identity[key] for key in _TOLD if reasoned.identity.get(key)}
    frame = pd.DataFrame(told.items(), columns=["what", "value"])
    frame["what"] = "reasoned." + frame["what"]
    kinds: dict[str, Kind] = {"what": "word", "value": "text"}
    return Table.of("reasoned_by", frame, kinds, sample=SAMPLE)


def _checks(found: Faithfulness) -> Iterator[Table]:
    """Struck claims and complaints at the first try by check; claims by kind."""
    names = sorted(found.struck_by_check.keys() | found.complaints_by_check.keys())
    if names:
        frame = pd.DataFrame(
            {
                "check": [f"check.{name}" for name in names],
                "struck": [found.struck_by_check.get(name, 0) for name in names],
                "complaints": [found.complaints_by_check.get(name, 0) for name in names],
            }
        ).sort_values("struck", ascending=False, kind="stable")
        kinds: dict[str, Kind] = {"check": "word", "struck": "count", "complaints": "count"}
        chart = Chart(kind="bars", label="check", values=("struck",)) if found.struck else None
        yield Table.of("struck_by_check", frame, kinds, sample=SAMPLE, chart=chart)
    if found.claims:
        frame = pd.DataFrame(found.claims_by_kind.items(), columns=["claim_kind", "claims"])
        frame["claim_kind"] = "claim." + frame["claim_kind"].astype(str)
        kinds = {"claim_kind": "word", "claims": "count"}
        yield Table.of("claims_by_kind", frame, kinds, sample=SAMPLE)


def _spreads(found: Faithfulness) -> Iterator[Table]:
    """What one case takes, and what the costly ones take."""
    spreads = {name: getattr(found, name) for name in ("prompt_tokens", "answer_tokens", "seconds")}
    if not any(spread.mean for spread in spreads.values()):
        return
    rows = [
        (f"cost.{name}", spread.mean, spread.p50, spread.p95) for name, spread in spreads.items()
    ]
    frame = pd.DataFrame(rows, columns=["what", "mean", "median", "p95"])
    kinds: dict[str, Kind] = {"what": "word", "mean": "points", "median": "points", "p95": "points"}
    yield Table.of("cost", frame, kinds, sample=SAMPLE)


def _remarks(evidence: Evidence, reasoned: Reasoned) -> Iterator[Remark]:
    yield Remark(key="checks_alone")
    if reasoned.identity.get("answered_by", "").startswith("template"):
        yield Remark(key="template_alone")
    judged, scored = (
        identity.get("model_digest") for identity in (evidence.identity, reasoned.identity)
    )
    if judged and scored and judged != scored:
        yield Remark(key="reasoned_about_another")
    yield from marked.remarks(reasoned.marks)
    yield from added.remarks(reasoned.comparisons)
