"""What a model is: purpose, target, data, inputs, training, scale, reasons, use."""

from collections.abc import Iterator, Mapping

from features.dictionary import Direction, Field
from features.samples import Sample
from pipelines.card.known import Known
from pipelines.card.words import CardWords
from pipelines.config import ReasoningSettings
from risk.display import unit_shown
from risk.report.document import Kind
from risk.sheet import Block, Grid, Heading, Pairs, Paragraph, Points

_MOST_RULES_SHOWN = 10
_NOT_HYPER = {
    "rounds",
    "calibration",
    "references",
    "reference_rule",
    "interval_rows",
    "interval_bads",
    "digest",
    "policy",
    "reasons",
}


def described(known: Known, say: CardWords) -> Iterator[Block]:
    """All sections on what the model is, in the order of reading."""
    for section in (_purpose, _target, _data, _inputs, _training, _scale, _reasons, _use):
        yield from section(known, say)


def _purpose(known: Known, say: CardWords) -> Iterator[Block]:
    told = known.config.card
    yield Heading(say("card.purpose"))
    rows = [
        ("card.purpose.purpose", say.stated(told.purpose, "purpose")),
        ("card.purpose.intended", say.stated(told.intended_use, "intended_use")),
        ("card.purpose.out_of_scope", say.stated(told.out_of_scope, "out_of_scope")),
        ("card.purpose.owner", say.stated(told.owner, "owner")),
        ("card.purpose.contact", say.stated(told.contact, "contact")),
    ]
    yield _pairs(rows, say)


def _target(known: Known, say: CardWords) -> Iterator[Block]:
    target, samples = known.model.dictionary.target, known.trained_with("samples")
    yield Heading(say("card.target"))
    if target is not None:
        label = _named(target, say)
        yield Paragraph(
            say(
                "card.target.is",
                label=label,
                bad=", ".join(target.bad),
                good=", ".join(target.good),
            )
        )
    rows = [
        ("card.target.maturity", say.known(samples.get("maturity_months"))),
        ("card.target.observed", say.known(samples.get("observed_until"))),
    ]
    yield _pairs(rows, say)


def _data(known: Known, say: CardWords) -> Iterator[Block]:
    by_time = f"{Sample.OUT_OF_TIME}.rows" in known.told.metrics
    yield Heading(say("card.data"))
    yield Paragraph(say("card.data.by_time" if by_time else "card.data.by_chance"))
    yield _pairs(list(_samples(known.trained_with("samples"), say, by_time=by_time)), say)
    yield Paragraph(say("card.data.excluded", rows=say.number(_refused(known), "count")))
    if known.rejected:
        worst = sorted(known.rejected.items(), key=lambda each: -each[1])[:_MOST_RULES_SHOWN]
        columns = tuple(say(f"card.column.{name}") for name in ("field", "rule", "rows"))
        told = tuple((field, rule, say.number(n, "count")) for (field, rule), n in worst)
        yield Grid(columns, told)


def _refused(known: Known) -> int:
    return sum(known.rejected.values())


def _samples(
    samples: Mapping[str, object], say: CardWords, *, by_time: bool
) -> Iterator[tuple[str, str]]:
    """How rows were parted, as far as it was said."""
    if by_time and samples.get("out_of_time_from"):
        yield "card.data.from", say.known(samples["out_of_time_from"])
    elif by_time:
        yield "card.data.share", _share(samples.get("out_of_time_share"), say)
    yield "card.data.validation", _share(samples.get("validation_share"), say)
    if samples.get("test_share") is not None:
        yield "card.data.test", _share(samples["test_share"], say)


def _share(value: object, say: CardWords) -> str:
    return say.number(float(value), "share") if isinstance(value, float | int) else say.known(None)


def _inputs(known: Known, say: CardWords) -> Iterator[Block]:
    dictionary = known.model.dictionary
    yield Heading(say("card.inputs"))
    yield Paragraph(say("card.inputs.monotone", fields=len(dictionary.features)))
    columns = tuple(say(f"card.column.{name}") for name in ("input", "unit", "risk", "group"))
    yield Grid(columns, tuple(_input(each, known, say) for each in dictionary.features))
    protected = [_named(field, say) for field in dictionary.protected]
    yield Paragraph(say("card.inputs.protected" if protected else "card.inputs.no_protected"))
    if protected:
        yield Points(tuple(protected))


def _input(field: Field, known: Known, say: CardWords) -> tuple[str, ...]:
    group = known.model.dictionary.groups.get(field.group)
    return (
        _named(field, say),
        unit_shown(field.unit, say.language) if field.unit else say(f"card.type.{field.type}"),
        say(f"card.risk.{_risk(field)}"),
        group.label.in_(say.language) if group else "",
    )


def _named(field: Field, say: CardWords) -> str:
    """What people call a field, and its column where that is another word."""
    label = field.label.in_(say.language)
    return label if label == field.name else f"{label} ({field.name})"


def _risk(field: Field) -> str:
    """How risk moves; a category has an order and no size."""
    direction: Direction = field.direction
    return f"along_{direction}" if field.type == "category" and direction != "none" else direction


def _training(known: Known, say: CardWords) -> Iterator[Block]:
    params, training = known.told.params, known.trained_with("training")
    yield Heading(say("card.training"))
    yield Paragraph(say("card.training.method", trees=known.model.trees))
    trials = known.manifest.config.get("trials") if known.manifest else None
    rows = [
        ("card.training.refit", _yes_or_no(training.get("refit"), say)),
        ("card.training.trials", say.known(trials)),
        ("card.training.seed", say.known(training.get("seed"))),
    ]
    hyper = [f"{key} {value}" for key, value in params.items() if key not in _NOT_HYPER]
    yield _pairs([*rows, ("card.training.parameters", ", ".join(hyper))], say)


def _yes_or_no(value: object, say: CardWords) -> str:
    return say("card.yes" if value else "card.no") if isinstance(value, bool) else say.known(None)


def _scale(known: Known, say: CardWords) -> Iterator[Block]:
    scaling, method = known.model.scaling, known.model.calibration.method
    yield Heading(say("card.scale"))
    yield Paragraph(say(f"card.calibration.{method}"))
    yield Paragraph(
        say(
            "card.scale.points",
            points=say.number(scaling.base_points, "points"),
            odds=say.number(scaling.base_odds, "points"),
            pdo=say.number(scaling.pdo, "points"),
        )
    )
    columns = (say("card.column.grade"), say("card.column.up_to"))
    rows = tuple((grade.name, say.number(grade.pd_up_to, "share")) for grade in scaling.grades)
    yield Grid(columns, rows)


def _reasons(known: Known, say: CardWords) -> Iterator[Block]:
    rule = known.told.params.get("reference_rule", "approved-and-repaid")
    yield Heading(say("card.reasons"))
    yield Paragraph(
        say(
            "card.reasons.method",
            rows=say.number(len(known.model.reference), "count"),
            rule=say(f"card.reference.{rule}"),
            count=known.config.reasons.count,
        )
    )


def _use(known: Known, say: CardWords) -> Iterator[Block]:
    policy = known.config.policy
    yield Heading(say("card.use"))
    kind: Kind = "share" if policy.scale == "pd" else "points"
    cuts = (say.number(policy.approve, kind), say.number(policy.decline, kind))
    yield Paragraph(say(f"card.use.{policy.scale}", approve=cuts[0], decline=cuts[1]))
    yield Paragraph(say("card.use.rules" if policy.rules else "card.use.no_rules"))
    if policy.rules:
        columns = (say("card.column.hard_rule"), say("card.column.leads_to"))
        rules = (
            (r.label.in_(say.language), say(f"card.decision.{r.decision}")) for r in policy.rules
        )
        yield Grid(columns, tuple(rules))
    models = ", ".join(_models(known.config.reasoning))
    yield Paragraph(say("card.use.model", models=models) if models else say("card.use.template"))
    yield Paragraph(say("card.use.person"))


def _models(reasoning: ReasoningSettings) -> Iterator[str]:
    """The language models that are asked, by name."""
    if reasoning.backend != "template" and reasoning.light:
        yield reasoning.light.model
    if reasoning.backend == "server" and reasoning.server:
        yield reasoning.server.model
    if reasoning.backend == "engine" and reasoning.engine:
        yield reasoning.engine.model.name


def _pairs(rows: list[tuple[str, str]], say: CardWords) -> Pairs:
    return Pairs(tuple((say(name), value) for name, value in rows))
