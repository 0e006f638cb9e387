"""The settings that a report names in words: how samples were drawn, the policy, days, rules."""

from datetime import date

from features.dictionary import DataDictionary
from features.language import LANGUAGES, Text
from features.samples import SampleSpec
from risk.display import day_shown, number, with_unit
from risk.policy import HardRule, Policy
from risk.report.words import worded


def samples(spec: SampleSpec, *, dated: bool) -> Text:
    """How the rows were parted.

    Args:
        spec: The settings.
        dated: Whether applications have a date, without which none can be out of time.
    """
    by_time = dated and (spec.out_of_time_from is not None or spec.out_of_time_share > 0)
    tested = spec.drawn_for_test(timed=by_time)
    parts = []
    if by_time and spec.out_of_time_from is not None:
        parts.append(worded("samples.from", day=day(spec.out_of_time_from)))
    elif by_time:
        parts.append(worded("samples.latest", share=_share(spec.out_of_time_share)))
    if tested:
        parts.append(worded("samples.test", share=_share(tested)))
    parts.append(worded("samples.validation", share=_share(spec.validation_share)))
    return worded("samples", parts=_joined(parts), seed=spec.seed)


def policy(given: Policy) -> Text:
    """Where approval ends and decline begins, and the hard rules by their labels."""
    pd_scale = given.scale == "pd"
    cuts = ((each, "ratio") if pd_scale else (each, "") for each in (given.approve, given.decline))
    approve, decline = (with_unit(value, unit, "en") for value, unit in cuts)
    rules = worded("policy.no_rules")
    if given.rules:
        rules = worded("policy.rules", rules=_joined([_rule(rule) for rule in given.rules]))
    return worded(f"policy.{given.scale}", approve=approve, decline=decline, rules=rules)


def exclusions(dictionary: DataDictionary) -> Text:
    """Rules by which rows are left out, in short."""
    ranges = sum(
        (f.low, f.high) != (None, None) and f.unseen == "reject" for f in dictionary.fields
    )
    levels = sum(bool(f.levels) and f.unseen == "reject" for f in dictionary.fields)
    required = sum(f.required for f in dictionary.fields)
    return worded("exclusions", required=required, ranges=ranges, levels=levels)


def day(given: date) -> Text:
    """A day as people write it."""
    return Text(**{language: day_shown(given, language) for language in LANGUAGES})


def _rule(rule: HardRule) -> Text:
    decision = worded(f"recommendation.{rule.decision}")
    return worded("policy.rule", label=rule.label, decision=decision)


def _share(share: float) -> str:
    return f"{number(100 * share)}%"


def _joined(parts: list[Text]) -> Text:
    between = worded("pause")
    return Text(zh=between.zh.join(p.zh for p in parts), en=between.en.join(p.en for p in parts))
