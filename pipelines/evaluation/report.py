"""An evaluation of the reasoning pass in words, for a person who decides on its use.

States figures and what they cannot say; what to do about it is the reader's.
"""

from collections.abc import Iterator

from features.language import Language, catalogue
from pipelines.evaluation.findings import Evaluation, Part
from risk.validation.paired import Gain
from risk.validation.reasoning import Comparison, Gains, Standing

# Above this share without an answer, or of applicants like trained-on ones, the reader is told.
_UNANSWERED, _ALIKE = 0.02, 0.0
# So far may a sample's defaults lie from the expected before the level is a story of its own.
_LEVEL = (0.9, 1.1)


def markdown(found: Evaluation, language: Language) -> str:
    """The report, every figure with its interval and the rows it rests on."""
    say = _Words(language)
    parts = [
        f"# {say('title')}",
        headline(found, language),
        say("setting", model=found.model, backend=found.backend, by=_by(found, say)),
        "\n".join(_rows(found, say)),
        f"## {say('standing')}",
        *_standing(found, say),
        f"## {say('subsets')}",
        _subsets(found, say),
        f"## {say('sayings')}",
        _sayings(found, say),
        f"## {say('cost')}",
        _cost(found, say),
        f"## {say('limits')}",
        "\n".join(f"- {line}" for line in (*notes(found, language), say("limit.seen"))),
    ]
    return "\n\n".join(parts) + "\n"


def headline(found: Evaluation, language: Language) -> str:
    """The verdict in one or two sentences."""
    say, overlay = _Words(language), found.overlay
    verdict = say(f"verdict.{overlay.verdict}")
    if overlay.evidence is None:
        return verdict
    gains = overlay.evidence
    measured = say(
        "measured",
        rows=f"{gains.rows:,}",
        bads=f"{gains.bads:,}",
        auc=_gain(gains.auc, 4),
        brier=_gain(gains.brier, 5),
        level=_gain(gains.brier_at_level, 5),
    )
    return f"{verdict}{measured}"


def notes(found: Evaluation, language: Language) -> tuple[str, ...]:
    """What the figures rest on and cannot say; first the verdict."""
    say = _Words(language)
    return (say(f"verdict.{found.overlay.verdict}").strip(), *_limits(found, say))


def _limits(found: Evaluation, say: "_Words") -> Iterator[str]:
    later = found.on("later")
    alone = later.of("model") if later else None
    opinion = later.of("opinion") if later else None
    if opinion and opinion.gains and opinion.gains.auc.detectable > 0:
        yield say("limit.detectable", auc=f"{opinion.gains.auc.detectable:.4f}")
    if alone and not _LEVEL[0] <= alone.figures["observed_expected"] <= _LEVEL[1]:
        yield say("limit.level", ratio=f"{alone.figures['observed_expected']:.2f}")
    if not (found.earlier.last and found.later.first and found.earlier.last < found.later.first):
        yield say("limit.chance")
    asked = found.cost.cases
    unanswered = asked - found.statuses["answered"]
    if unanswered > _UNANSWERED * asked:
        codes = ", ".join(f"{code} {n:,}" for code, n in found.codes.items())
        yield say("limit.unanswered", cases=f"{unanswered:,}", asked=f"{asked:,}", codes=codes)
    if found.alike > _ALIKE:
        yield say("limit.alike", share=f"{found.alike:.1%}")
    if not found.text_rows:
        yield say("limit.documents")


class _Words:
    """The report's words in one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def __call__(self, key: str, **values: object) -> str:
        return catalogue("pipelines").text(self.language, f"evaluation.{key}", **values)


def _by(found: Evaluation, say: _Words) -> str:
    return ", ".join(found.answered_by) or say("nobody")


def _rows(found: Evaluation, say: _Words) -> Iterator[str]:
    yield "- " + say("rows.unseen", rows=f"{found.unseen:,}")
    yield "- " + say("rows.earlier", **_part(found.earlier, say))
    yield "- " + say("rows.later", **_part(found.later, say))
    if found.text_rows:
        yield "- " + say("rows.text", rows=f"{found.text_rows:,}")


def _part(part: Part, say: _Words) -> dict[str, str]:
    dates = say("dates", first=part.first, last=part.last) if part.first else ""
    return {"rows": f"{part.rows:,}", "bads": f"{part.bads:,}", "dates": dates}


def _standing(found: Evaluation, say: _Words) -> Iterator[str]:
    """The later rows: figures of every contestant, and what it gains over the model alone."""
    later = found.on("later")
    if later is None or not later.standings:
        yield say("too-few")
        return
    named = ("auc", "ks", "brier", "log_loss", "observed_expected")
    head = ["", *(catalogue("pipelines").text(say.language, f"metric.{name}") for name in named)]
    rows = [[say(f"who.{one.contestant}"), *_figures(one)] for one in later.standings]
    yield _table(head, rows)
    yield _gains_table([(say(f"who.{o.contestant}"), o.gains) for o in later.standings], say)
    weights = found.overlay.found
    yield say(
        "weights",
        low=f"{weights.low:.3f}",
        medium=f"{weights.medium:.3f}",
        high=f"{weights.high:.3f}",
        bound=f"{found.overlay.bound:g}",
    )


def _figures(one: Standing) -> list[str]:
    figures = one.figures
    area = f"{figures['auc']:.4f} [{figures['auc_low']:.4f}, {figures['auc_high']:.4f}]"
    rest = [("ks", 4), ("brier", 5), ("log_loss", 5), ("observed_expected", 3)]
    return [area, *(f"{figures[name]:.{places}f}" for name, places in rest)]


def _gains_table(rows: list[tuple[str, Gains | None]], say: _Words) -> str:
    head = ["", *(say(f"gain.{name}") for name in Gains.model_fields)]
    return _table(
        head,
        [
            [name, *(_gain(gain, 4 if key == "auc" else 5) for key, gain in gains.each().items())]
            for name, gains in rows
            if gains
        ],
    )


def _subsets(found: Evaluation, say: _Words) -> str:
    """Gains on parts of the later rows, and out of fold on the earlier ones."""
    lines = []
    for compared in found.comparisons:
        if compared.subset == "later":
            continue
        size = say("size", rows=f"{compared.rows:,}", bads=f"{compared.bads:,}")
        title = f"{say(f'subset.{compared.subset}')} ({size})"
        lines.append(f"**{title}**\n\n{_subset(compared, say)}")
    return "\n\n".join(lines)


def _subset(compared: Comparison, say: _Words) -> str:
    if not compared.standings:
        return say("too-few")
    rows = [(say(f"who.{one.contestant}"), one.gains) for one in compared.standings]
    return _gains_table(rows, say)


def _sayings(found: Evaluation, say: _Words) -> str:
    head = [say(f"said.{name}") for name in ("what", "rows", "bads", "expected", "ratio")]
    rows = [
        [
            say(f"saying.{one.saying}"),
            f"{one.rows:,}",
            f"{one.bads:,}",
            f"{one.expected:,.1f}",
            f"{one.bads / one.expected:.2f}" if one.expected else "-",
        ]
        for one in found.said
    ]
    return _table(head, rows)


def _cost(found: Evaluation, say: _Words) -> str:
    cost = found.cost
    per_case = max(cost.cases, 1)
    said = say(
        "cost.measured",
        cases=f"{cost.cases:,}",
        read=f"{cost.prompt_tokens:,}",
        written=f"{cost.answer_tokens:,}",
        read_each=f"{cost.prompt_tokens / per_case:,.0f}",
        written_each=f"{cost.answer_tokens / per_case:,.0f}",
        seconds=f"{cost.seconds / per_case:,.2f}",
    )
    if cost.price is None or cost.per_thousand_cases is None:
        return said + say("cost.unpriced")
    return said + say(
        "cost.priced",
        each=f"{cost.per_thousand_cases:,.2f}",
        currency=cost.price.currency,
        hour=f"{cost.price.per_hour:g}",
        gpus=cost.price.gpus,
        at_once=cost.price.at_once,
    )


def _gain(gain: Gain, places: int) -> str:
    inside = f"{gain.low:+.{places}f}, {gain.high:+.{places}f}"
    return f"{gain.difference:+.{places}f} [{inside}], p {gain.p_value:.2g}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
