"""The ratchet over very many answers, findings, scores and policies.

    python -m tests.benchmarks.ratchet --cases 1000000

Whatever is said about a case, nothing becomes an approval, no approval becomes a decline, a hard
rule's decline stands, and the score that went in is the score that comes out.
"""

import argparse
from collections import Counter
from random import Random

from features.language import Text
from risk.decision import Decision, Reason, Score, decide
from risk.policy import HardRule, Policy, Recommendation
from risk.reasoning.claims import (
    Answer,
    Claim,
    ClaimKind,
    NoOpinion,
    Opinion,
    Quote,
    parse,
)
from risk.reasoning.findings import Check, Finding

_WORDS = ("批准", "approve", "decline", "拒绝", "{F1}", "</think>", "SYSTEM", "", "PD 0.1%")
_RULES = ("blacklist", "minimum-age", "look", "unheard-of")
_SIDES = ("raises", "lowers", "neutral")
_REASONS = ("template", "too-little-information", "outside-the-case", "refused")
_SURE = ("low", "medium", "high")


def violations(cases: int, seed: int = 0) -> Counter[str]:
    """What went wrong in that many generated cases, by kind; empty where nothing did."""
    chance, found = Random(seed), Counter[str]()  # noqa: S311
    policies = [_policy(chance) for _ in range(50)]
    for _ in range(cases):
        found.update(_one(chance, chance.choice(policies)))
    return found


def _one(chance: Random, policy: Policy) -> list[str]:
    score, answer = _score(chance), _answer(chance)
    findings = tuple(_finding(chance) for _ in range(chance.randrange(4)))
    if chance.random() < 0.05:
        answer = parse(answer.model_dump_json())
    before = score.model_dump_json()
    opinion = None if chance.random() < 0.1 else answer.opinion
    decision = decide(score, opinion, findings, policy)
    wrong = _wrong(score, decision, policy)
    if score.model_dump_json() != before:
        wrong.append("score changed")
    return wrong


def _wrong(score: Score, decision: Decision, policy: Policy) -> list[str]:
    start, end = score.recommendation, decision.recommendation
    declining = {rule.name for rule in policy.rules if rule.decision == Recommendation.DECLINE}
    known = {rule.name for rule in policy.rules}
    bound = any(name in declining or name not in known for name in score.rules)
    approve, decline = Recommendation.APPROVE, Recommendation.DECLINE
    laws = {
        "became an approval": end is approve and start is not approve,
        "an approval became a decline": start is approve and end is decline,
        "a referral moved": start is Recommendation.REFER and end is not start,
        "a hard rule's decline moved": bound and start is decline and end is not decline,
        "moved without a cause": end is not start and len(decision.causes) < 2,
        "the model's word was changed": decision.model_recommendation is not start,
    }
    return [law for law, broken in laws.items() if broken]


def _policy(chance: Random) -> Policy:
    names = chance.sample(_RULES[:3], chance.randrange(4))
    label = Text(zh="规则", en="rule")
    rules = tuple(
        HardRule(
            name=name, field="x", op="missing", label=label,
            decision=chance.choice((Recommendation.REFER, Recommendation.DECLINE)),
        )
        for name in names
    )  # fmt: skip
    cut = chance.uniform(0.01, 0.4)
    return Policy(approve=cut, decline=cut + chance.uniform(0.01, 0.5), rules=rules)


def _score(chance: Random) -> Score:
    recommendation = chance.choice(tuple(Recommendation))
    rules = () if recommendation is Recommendation.APPROVE else _some(chance, _RULES, 2)
    reasons = tuple(
        Reason(rank=n, code="income", field="income", contribution=chance.uniform(-2, 2))
        for n in range(1, chance.randrange(1, 4))
    )
    return Score(
        application_id="A1", pd_model=chance.random(), points=chance.uniform(300, 900), grade="C",
        recommendation=recommendation, rules=rules, reasons=reasons,
    )  # fmt: skip


def _some(chance: Random, options: tuple[str, ...], most: int) -> tuple[str, ...]:
    return tuple(chance.sample(options, chance.randrange(most + 1)))


def _answer(chance: Random) -> Answer:
    opinion: Opinion | NoOpinion
    if chance.random() < 0.2:
        opinion = NoOpinion.model_validate({"no_opinion": chance.choice(_REASONS)})
    else:
        stance = chance.choice(("agree", "concern", "concern"))
        side = "neutral" if stance == "agree" else chance.choice(_SIDES)
        said = {"stance": stance, "direction": side, "confidence": chance.choice(_SURE)}
        opinion = Opinion.model_validate(said)
    claims = tuple(_claim(chance) for _ in range(chance.randrange(3)))
    return Answer(claims=claims, questions=_some(chance, _WORDS, 2), opinion=opinion)


def _claim(chance: Random) -> Claim:
    facts = tuple(f"F{chance.randrange(60)}" for _ in range(chance.randrange(3)))
    quotes = tuple(Quote(fact=fact, text=chance.choice(_WORDS)) for fact in facts[:1])
    said = {
        "kind": chance.choice(tuple(ClaimKind)), "direction": chance.choice(_SIDES),
        "facts": facts, "sentence": " ".join(_some(chance, _WORDS, 4)), "quotes": quotes,
    }  # fmt: skip
    return Claim.model_validate(said)


def _finding(chance: Random) -> Finding:
    return Finding(
        check=chance.choice(tuple(Check)),
        detail=chance.choice(_WORDS),
        claim=chance.choice((None, 0, 3)),
        words=chance.choice(_WORDS),
    )


def main() -> None:
    """Run and print what was found."""
    asked = argparse.ArgumentParser(description="The ratchet over generated answers.")
    asked.add_argument("--cases", type=int, default=1_000_000)
    asked.add_argument("--seed", type=int, default=0)
    given = asked.parse_args()
    found = violations(given.cases, given.seed)
    print(f"{given.cases} cases, {found.total()} violations {dict(found) or ''}".rstrip())


if __name__ == "__main__":
    main()
