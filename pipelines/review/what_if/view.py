"""What a what-if shows: a form with the values of the case, what came of others, and advice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from features.dictionary import Field
from features.language import Text
from pipelines.rejects import rule_named
from pipelines.review.what_if.percent import as_typed, unit_of
from pipelines.review.what_if.rebuild import NotRebuiltError, Rebuilt, Scored, Why
from pipelines.review.what_if.vary import MOST_PARTED, Moved, Varied, advice, vary
from risk.display import shown
from risk.policy import HardRule
from risk.recourse import Advice, Change, Outcome, Way

INPUT = "vary-"
"""What names of inputs begin with; the place of the field follows."""


@dataclass(frozen=True)
class Input:
    """One field of the form.

    Attributes:
        name: Of the input.
        label: What people call the field.
        unit: Unit of its values.
        value: What stands in it.
        was: The value of the case, as people read it.
        options: Values and their names, where one is chosen; empty where it is typed.
        date: Whether it is a date.
        refused: Why what was typed is refused.
        changed: Whether another value than that of the case stands in it.
    """

    name: str
    label: Text
    unit: Text
    value: str
    was: Text
    options: tuple[tuple[str, Text], ...]
    date: bool
    refused: Text | None
    changed: bool


@dataclass(frozen=True)
class Suggested:
    """Changes that lead to another recommendation together.

    Attributes:
        changes: Label, value before and value now of each.
        fields: The same as names and values of inputs.
        way: How the case scores with them.
    """

    changes: tuple[tuple[Text, Text, Text], ...]
    fields: Mapping[str, str]
    way: Way


@dataclass(frozen=True)
class Advised:
    """What would lead to a recommendation.

    Attributes:
        goal: The recommendation.
        outcome: As `risk.recourse.Advice.outcome`.
        rules: Labels of the hard rules that stand against it whatever changes.
        ways: The smallest changes, the smallest first.
    """

    goal: str
    outcome: Outcome
    rules: tuple[Text, ...]
    ways: tuple[Suggested, ...]


@dataclass(frozen=True)
class WhatIf:
    """What the page shows.

    Attributes:
        why: Why the case cannot be scored again; empty where it can.
        inputs: The form.
        before: How the case scores.
        after: How it scores with what was typed; None where nothing else was.
        moved: What was changed.
        advised: What would change the decision.
        kept: Labels of the hard rules that stay hit, since the file lacks their field.
        rules: All hard rules that the case may hit.
    """

    why: Why | None = None
    inputs: tuple[Input, ...] = ()
    before: Scored | None = None
    after: Scored | None = None
    moved: tuple[Moved, ...] = ()
    advised: tuple[Advised, ...] = ()
    kept: tuple[Text, ...] = ()
    rules: tuple[HardRule, ...] = ()

    def hit(self, scored: Scored) -> tuple[Text, ...]:
        """The hard rules that were hit, as people call them."""
        return tuple(rule.label for rule in self.rules if rule.name in scored.rules)

    @property
    def most_parted(self) -> int:
        """Changes up to which points are parted among them."""
        return MOST_PARTED

    @property
    def refused(self) -> bool:
        """Whether a value that was typed is refused."""
        return any(each.refused for each in self.inputs)


def what_if(case: Rebuilt, form: Mapping[str, str]) -> WhatIf:
    """A case and what was typed, as they are shown.

    Args:
        case: The rebuilt case.
        form: The inputs by name; an input that is not there stands for the value of the case.
    """
    names = {f"{INPUT}{place}": each.name for place, each in enumerate(case.fields)}
    given = {names[key]: form[key] for key in names if key in form}
    varied = vary(case, given)
    return WhatIf(
        inputs=tuple(_inputs(case, given, varied)),
        before=case.before,
        after=varied.after,
        moved=varied.moved,
        advised=tuple(_advised(case, each) for each in advice(case)),
        kept=tuple(rule.label for rule in case.kept),
        rules=(*case.scorer.policy.rules, *case.kept),
    )


def unavailable(error: NotRebuiltError) -> WhatIf:
    """Why there is nothing to show."""
    return WhatIf(why=error.why)


def _inputs(case: Rebuilt, given: Mapping[str, str], varied: Varied) -> Iterator[Input]:
    for place, field in enumerate(case.fields):
        was = as_typed(field, case.values[field.name])
        value = given.get(field.name, was)
        rule = varied.refused.get(field.name)
        yield Input(
            name=f"{INPUT}{place}",
            label=field.label,
            unit=unit_of(field),
            value=value,
            was=shown(field, case.values[field.name]),
            options=_options(field, was),
            date=field.type == "date",
            refused=rule_named(rule) if rule else None,
            changed=value.strip() != was,
        )


def _options(field: Field, was: str) -> tuple[tuple[str, Text], ...]:
    """What a category may be; a missing value only where it was missing."""
    if not field.levels:
        return ()
    levels = dict.fromkeys((*field.levels, *field.special))
    missing = () if was else (("", shown(field, None)),)
    return (*missing, *((level, shown(field, level)) for level in levels))


def _advised(case: Rebuilt, found: Advice) -> Advised:
    labels = {rule.name: rule.label for rule in (*case.kept, *case.scorer.policy.rules)}
    return Advised(
        goal=found.goal,
        outcome=found.outcome,
        rules=tuple(labels[name] for name in found.rules),
        ways=tuple(_suggested(case, way) for way in found.ways),
    )


def _suggested(case: Rebuilt, way: Way) -> Suggested:
    places = {field.name: place for place, field in enumerate(case.fields)}
    return Suggested(
        changes=tuple(_said(case.dictionary[each.field], each) for each in way.changes),
        fields={
            f"{INPUT}{places[each.field]}": as_typed(case.dictionary[each.field], each.new)
            for each in way.changes
        },
        way=way,
    )


def _said(field: Field, change: Change) -> tuple[Text, Text, Text]:
    return field.label, shown(field, change.old), shown(field, change.new)
