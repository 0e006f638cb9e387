"""Why two runs recommend different things on one case, as far as their records can tell.

A pure function of both records and both identities. It names what differs and could have had the
effect; where that is more than one thing, the records do not part them, and all are named.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from risk.report.reasoning.reasoned import CaseRow

Cause = Literal["score", "pending", "data", "model", "prompt", "weights", "verifier", "chance"]
"""In the order in which they are named.

`score`: the model's own recommendation, or the hard rules hit, differ; not a matter of reasoning.
`pending`: one of the two has no answer yet. `data`: the case files say other things of the
application. `model`: they give other reasons of the model. `prompt`: words, form or language of
what was asked. `weights`: what answered, and how it was set up. `verifier`: checks, policy or
ratchet. `chance`: nothing differs but the answers.
"""
CAUSES: tuple[Cause, ...] = (
    "score", "pending", "data", "model", "prompt", "weights", "verifier", "chance",
)  # fmt: skip
BACK_END = "back_end."
"""Before the key of each setting of a back end in an identity."""
_KEYS: Mapping[Cause, Callable[[str], bool]] = {
    "model": {"model_digest", "reasons"}.__contains__,
    "prompt": {"prompt", "answer_form", "language"}.__contains__,
    "weights": lambda key: key.startswith(BACK_END),
    "verifier": {"code", "commit"}.__contains__,
}
_WORDS = ("prompt", "answer_form")
_PULLS = {
    "approve": {"concern-raises", "concern-neutral"},
    "decline": {"concern-lowers", "concern-neutral"},
}
"""Opinions that the ratchet of `risk.decision` hears, by the model's own recommendation."""


def differing(a: Mapping[str, str], b: Mapping[str, str]) -> frozenset[Cause]:
    """What two runs differ in that can change an answer or what is made of it.

    Args:
        a: Identity of a run, as in `risk.report.evidence.Reasoned`.
        b: Identity of the other.

    Returns:
        Of `model`, `prompt`, `weights` and `verifier` those that differ. Where one was not
        prompted at all, its words are no other words.
    """
    keys = {key for key in a.keys() | b.keys() if a.get(key, "") != b.get(key, "")}
    keys -= {key for key in _WORDS if not (a.get(key) and b.get(key))}
    return frozenset(cause for cause, holds in _KEYS.items() if any(map(holds, keys)))


def causes(a: CaseRow, b: CaseRow, runs: frozenset[Cause]) -> tuple[Cause, ...]:
    """Why two records of one case recommend different things.

    Goes back from the recommendation: the same heard by the ratchet leaves only the ratchet; the
    same replies to the same requests leave only what read them; what is left is named whole.

    Args:
        a: The case in one run.
        b: The case in the other, with another recommendation.
        runs: What the runs differ in, as `differing` says.

    Returns:
        At least one cause; several where they cannot be told apart.
    """
    if _scored(a) != _scored(b):
        return ("score",)
    found: set[Cause] = set()
    if a.suspected != b.suspected:
        found |= _of_suspicion(a, b, runs)
    if _pulls(a) != _pulls(b):
        found |= _of_opinion(a, b, runs)
    return tuple(cause for cause in CAUSES if cause in (found or {"verifier"}))


def _scored(row: CaseRow) -> tuple[str, tuple[str, ...]]:
    rules = tuple(each for each in row.causes.split(";") if each.startswith("rule:"))
    return row.model_recommendation, rules


def _pulls(row: CaseRow) -> bool:
    return row.opinion in _PULLS.get(row.model_recommendation, ())


def _of_suspicion(a: CaseRow, b: CaseRow, runs: frozenset[Cause]) -> set[Cause]:
    """Code alone suspects instructions, in what the documents say."""
    if a.facts_digest == b.facts_digest:
        return {"verifier"}
    return {"data", *(runs & {"verifier"})}


def _of_opinion(a: CaseRow, b: CaseRow, runs: frozenset[Cause]) -> set[Cause]:
    if a.evidence_digest == b.evidence_digest:
        return {"verifier"}
    if (a.status == "pending") != (b.status == "pending"):
        return {"pending"}
    found = set(runs & {"prompt", "weights"})
    if a.facts_digest != b.facts_digest:
        found.add("data")
    # Other facts give other reasons by themselves: the model is named where it is another one.
    if a.reasons_digest != b.reasons_digest and ("model" in runs or "data" not in found):
        found.add("model")
    if "verifier" in runs and _checks_decided(a, b):
        found.add("verifier")
    return found or {"chance"}


def _checks_decided(a: CaseRow, b: CaseRow) -> bool:
    """Whether checks chose the answer: whose it is, or whether one was sent back.

    Elsewhere the opinion is that of the first answer, whatever the checks say of it.
    """
    return a.repaired or b.repaired or a.answered_by != b.answered_by
