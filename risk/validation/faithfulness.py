"""How faithful a reasoning pass was to its case files, and what it cost.

Counts what the deterministic checks found and what the ratchet did; it judges no sentence itself,
and says nothing on whether an opinion was right.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Described

from risk.casefile import CaseFile
from risk.decision import Decision
from risk.reasoning.claims import ClaimKind, NoOpinion, Opinion
from risk.reasoning.findings import Check, Finding, suspects_instruction
from risk.reasoning.narrative import Sentence
from risk.reasoning.reasoner import Rationale

VALUE_CHECKS = frozenset((Check.SLOTS, Check.DIGITS, Check.UNIT))
"""A claim on which one of these failed states a value that no fact stands behind."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Running(_Strict):
    """What a pass took, as whoever pays for the GPUs counts it.

    Attributes:
        wall_seconds: From the first request to the last answer. Not the sum of the latencies:
            requests run beside each other.
        gpus: GPUs that were held for it, busy or not.
        gpu_hour_price: Price of one of them for an hour, in any currency.
    """

    wall_seconds: float = Described(gt=0)
    gpus: int = Described(default=1, ge=1)
    gpu_hour_price: float = Described(ge=0)

    @property
    def gpu_seconds(self) -> float:
        """Wall seconds times GPUs."""
        return self.wall_seconds * self.gpus

    def per_thousand(self, cases: int) -> float:
        """Price of a thousand cases, if `cases` of them came out of the pass.

        Example:
            >>> Running(wall_seconds=1_800, gpus=8, gpu_hour_price=20.0).per_thousand(4_000)
            20.0
        """
        return self.gpu_seconds / 3_600 * self.gpu_hour_price / cases * 1_000


class Spread(_Strict):
    """Mean, median and 95th percentile; all 0 where there is nothing."""

    mean: float = 0.0
    p50: float = 0.0
    p95: float = 0.0


class Faithfulness(_Strict):
    """One pass in figures; shares are in [0, 1], and None where nothing was there to share.

    Attributes:
        cases: Cases reasoned about.
        answered: Those with an answer that could be read.
        failed: Those whose reply was no answer, or a refusal.
        pending: Those without a reply.
        verified_first: Share of the replies in which every check held at the first try.
        verified: The same after the one repair.
        repaired: Share of the replies that were sent back.
        claims: Claims in the answers as they stand in the end.
        claims_by_kind: The same by what they are about.
        claims_on_scores: Those that cite a score fact.
        claims_on_ranks: Those that cite a score fact with a rank.
        value_agreement: Share of the claims that state values by slots alone, all of which
            resolve.
        sign_agreement: Share, of the claims that cite a score fact, whose direction agrees with
            that of the contribution.
        rank_agreement: Share, of the claims that cite a ranked score fact, whose words agree with
            the order of the contributions.
        struck: Claims struck.
        struck_by_check: Struck claims by the check that failed; one may count under several.
        complaints_by_check: Findings at the first try, of the answers that were sent back.
        contradictions: Contradictions found in case files that held up to the checks.
        opinions: Cases by opinion: `agree`, `concern-raises`, ..., or `none-` and why.
        moved: Cases that are recommended otherwise than by the model.
        moved_by: The same by cause; one may count under several.
        suspected_instructions: Cases with a document that seems to give orders.
        prompt_tokens: Tokens read per replied case, over both tries.
        answer_tokens: Tokens written per replied case, thinking included, over both tries.
        seconds: Time of the model per replied case, over both tries.
        streams: Requests under way at a time, on average: all seconds over the wall's.
        cost_per_thousand: Price of a thousand replied cases; GPU time that brought no reply is
            paid all the same. Replayed answers cost nothing, so a repeated pass looks cheap.
    """

    cases: int
    answered: int
    failed: int
    pending: int
    verified_first: float | None
    verified: float | None
    repaired: float | None
    claims: int
    claims_by_kind: dict[str, int]
    claims_on_scores: int
    claims_on_ranks: int
    value_agreement: float | None
    sign_agreement: float | None
    rank_agreement: float | None
    struck: int
    struck_by_check: dict[str, int]
    complaints_by_check: dict[str, int]
    contradictions: int
    opinions: dict[str, int]
    moved: int
    moved_by: dict[str, int]
    suspected_instructions: int
    prompt_tokens: Spread
    answer_tokens: Spread
    seconds: Spread
    streams: float | None = None
    cost_per_thousand: float | None = None

    def metrics(self) -> dict[str, float]:
        """The same flat, for a run tracker: `struck_by_check.digits`, `seconds.p95`, ..."""
        flat: dict[str, float] = {}
        for name, value in self.model_dump(mode="json").items():
            inner = value if isinstance(value, dict) else {"": value}
            for key, number in inner.items():
                if number is not None:
                    flat[f"{name}.{key}" if key else name] = float(number)
        return flat


class FaithfulnessTally:
    """Takes a pass case by case; its memory does not grow with the number of cases."""

    def __init__(self) -> None:
        self._count: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        self._struck: Counter[str] = Counter()
        self._complaints: Counter[str] = Counter()
        self._opinions: Counter[str] = Counter()
        self._moved: Counter[str] = Counter()
        self._prompt, self._answer, self._seconds = _Values(), _Values(), _Values()

    def add(self, case: CaseFile, rationale: Rationale, decision: Decision) -> Self:
        """Count one case."""
        self._count.update(("cases", rationale.status))
        self._count["suspected"] += suspects_instruction(case.findings)
        self._add_decision(decision)
        if rationale.status != "pending":
            self._add_reply(rationale)
        if rationale.status == "answered":
            self._add_answer(case, rationale)
        return self

    def result(self, running: Running | None = None) -> Faithfulness:
        """The figures so far; with a price where it is told what the pass took."""
        n = self._count
        replied = n["answered"] + n["failed"]
        return Faithfulness(
            cases=n["cases"],
            answered=n["answered"],
            failed=n["failed"],
            pending=n["pending"],
            verified_first=_share(n["verified_first"], replied),
            verified=_share(n["verified"], replied),
            repaired=_share(n["repaired"], replied),
            claims=n["claims"],
            claims_by_kind={kind: self._kinds[kind] for kind in ClaimKind},
            claims_on_scores=n["scored"],
            claims_on_ranks=n["ranked"],
            value_agreement=_share(n["values"], n["claims"]),
            sign_agreement=_share(n["signs"], n["scored"]),
            rank_agreement=_share(n["ranks"], n["ranked"]),
            struck=n["struck"],
            struck_by_check=_sorted(self._struck),
            complaints_by_check=_sorted(self._complaints),
            contradictions=n["contradictions"],
            opinions=_sorted(self._opinions),
            moved=n["moved"],
            moved_by=_sorted(self._moved),
            suspected_instructions=n["suspected"],
            prompt_tokens=self._prompt.spread(),
            answer_tokens=self._answer.spread(),
            seconds=self._seconds.spread(),
            streams=self._seconds.total / running.wall_seconds if running else None,
            cost_per_thousand=running.per_thousand(replied) if running and replied else None,
        )

    def _add_decision(self, decision: Decision) -> None:
        if decision.recommendation == decision.model_recommendation:
            return
        self._count["moved"] += 1
        # A score and a hard rule make the model's recommendation; the rest moves it.
        self._moved.update(
            cause for cause in decision.causes if cause != "score" and not cause.startswith("rule:")
        )

    def _add_reply(self, rationale: Rationale) -> None:
        held = holds(rationale)
        self._count["verified"] += held
        self._count["verified_first"] += held and not rationale.repaired
        self._count["repaired"] += rationale.repaired
        self._complaints.update(finding.check for finding in _against(rationale.first_findings))
        self._prompt.add(rationale.prompt_tokens)
        self._answer.add(rationale.answer_tokens)
        self._seconds.add(rationale.seconds)

    def _add_answer(self, case: CaseFile, rationale: Rationale) -> None:
        self._opinions[stance(rationale.opinion)] += 1
        for sentence in rationale.narrative.sentences:
            failed = {f.check for f in rationale.findings if f.claim == sentence.claim}
            self._add_claim(case, sentence, failed)

    def _add_claim(self, case: CaseFile, sentence: Sentence, failed: set[Check]) -> None:
        cited = [case.by_id[each.fact] for each in sentence.evidence if each.fact in case.by_id]
        scored = any(fact.kind == "score" for fact in cited)
        ranked = any(fact.rank is not None for fact in cited)
        kept = not sentence.struck
        self._kinds[sentence.kind] += 1
        self._struck.update(failed)
        self._count.update(
            claims=1,
            struck=not kept,
            values=not failed & VALUE_CHECKS,
            scored=scored,
            signs=scored and Check.DIRECTION not in failed,
            ranked=ranked,
            ranks=ranked and Check.RANK not in failed,
            contradictions=kept and sentence.kind is ClaimKind.CONTRADICTION,
        )


class _Values:
    """Values by three significant digits: percentiles to half a percent, in bounded memory."""

    def __init__(self) -> None:
        self.total = 0.0
        self._seen: Counter[float] = Counter()

    def add(self, value: float) -> None:
        self.total += value
        self._seen[float(f"{value:.3g}")] += 1

    def spread(self) -> Spread:
        n = self._seen.total()
        if not n:
            return Spread()
        return Spread(mean=self.total / n, p50=self._at(0.50 * n), p95=self._at(0.95 * n))

    def _at(self, rank: float) -> float:
        """The smallest value that at least `rank` values do not exceed."""
        reached = 0
        for value in sorted(self._seen):
            reached += self._seen[value]
            if reached >= rank:
                break
        return value


def holds(rationale: Rationale) -> bool:
    """Whether there is an answer in which every check held."""
    return rationale.status == "answered" and not _against(rationale.findings)


def stance(opinion: Opinion | NoOpinion | None) -> str:
    """An opinion in a word: `agree`, `concern-raises`, ..., `none-` and why, or `none`."""
    if isinstance(opinion, Opinion):
        return "agree" if opinion.stance == "agree" else f"concern-{opinion.direction}"
    return f"none-{opinion.no_opinion}" if opinion else "none"


def _against(findings: Sequence[Finding]) -> list[Finding]:
    """What speaks against an answer; a suspected instruction speaks against a document."""
    return [finding for finding in findings if finding.check is not Check.INSTRUCTION]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _sorted(counted: Counter[str]) -> dict[str, int]:
    return {str(key): counted[key] for key in sorted(counted)}
