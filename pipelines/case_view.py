"""One case as a picture for the terminal: score, reasons, narrative with its evidence."""

import html
import io
import re
from collections.abc import Iterable
from pathlib import Path

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from features.language import Language, catalogue
from pipelines.cases import CaseRecord
from risk.casefile import Fact
from risk.policy import Recommendation
from risk.reasoning.narrative import Evidence, Question, Sentence

_COLOURS = {
    Recommendation.APPROVE: "green",
    Recommendation.REFER: "yellow",
    Recommendation.DECLINE: "red",
}
_WIDTH = 100
_SOURCE_CHARACTERS = 60
_MOST_ORDERS = 5
_LENGTH = re.compile(r'textLength="(?P<length>[\d.]+)"(?P<rest>[^>]*)>(?P<text>[^<]+)<')
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def case_panel(record: CaseRecord, language: Language) -> RenderableType:
    """The whole case, at most one hundred columns wide."""
    parts = [
        _head(record, language),
        *_orders(record, language),
        Rule(_say(language, "case.reasons"), style="dim", align="left"),
        _reasons(record, language),
        Rule(Text(_narrative_title(record, language)), style="dim", align="left"),
        *_unanswered(record, language),
        *_tongue(record, language),
        _narrative(record, language),
    ]
    questions = record.rationale.narrative.questions
    if questions:
        parts.append(Rule(_say(language, "case.questions"), style="dim", align="left"))
        parts.append(_questions(questions))
    return Panel(
        Group(*parts),
        title=Text(literal(record.score.application_id), style="bold"),
        border_style=_COLOURS[record.decision.recommendation],
        box=box.ROUNDED,
        width=_WIDTH,
        padding=(0, 1),
    )


def _say(language: Language, key: str, **values: object) -> str:
    return catalogue("pipelines").text(language, key, **values)


def _head(record: CaseRecord, language: Language) -> RenderableType:
    score, decision = record.score, record.decision
    colour = _COLOURS[decision.recommendation]
    line = Text()
    line.append(
        f" {_say(language, f'decision.{decision.recommendation}')} ", style=f"bold reverse {colour}"
    )
    if decision.recommendation != decision.model_recommendation:
        before = _say(language, f"decision.{decision.model_recommendation}")
        line.append(f"  ← {before}", style="dim")
    for key, value in (
        ("case.points", f"{score.points:.0f}"),
        ("case.grade", score.grade),
        ("case.pd", f"{score.pd_model:.2%}"),
    ):
        line.append("   ").append(_say(language, key), style="dim")
        line.append(" ").append(value, style="bold")
    if record.pd_final > score.pd_model:
        line.append("   ").append(_say(language, "case.pd.final"), style="dim")
        line.append(" ").append(f"{record.pd_final:.2%}", style="bold")
    if score.rules:
        line.append(f"   {_say(language, 'case.rules')} ", style="dim")
        line.append(literal(", ".join(score.rules)), style="bold")
    return line


def _orders(record: CaseRecord, language: Language) -> Iterable[RenderableType]:
    """Sentences of the documents that seem to give orders to a reader; nothing where none do."""
    suspect = [fact for fact in record.case.of_kind("document") if fact.suspect]
    if not suspect:
        return
    yield Rule(Text(_say(language, "case.orders"), style="red"), style="dim", align="left")
    for fact in suspect[:_MOST_ORDERS]:
        span = Evidence(
            fact=fact.id,
            field=fact.field,
            document=fact.document,
            start=fact.start,
            end=fact.end,
        )
        yield Text(literal(f"! {_source(span, fact, record, language)}"), style="red")
    if len(suspect) > _MOST_ORDERS:
        more = _say(language, "case.orders.more", count=len(suspect) - _MOST_ORDERS)
        yield Text(more, style="red")


def _reasons(record: CaseRecord, language: Language) -> RenderableType:
    table = Table(box=None, show_header=False, pad_edge=False, expand=True)
    table.add_column(width=2, justify="right")
    table.add_column(ratio=1)
    table.add_column(justify="right", style="dim")
    table.add_column(width=16)
    facts = [f for f in record.case.of_kind("score") if f.direction == "raises"]
    sizes = {reason.rank: reason.contribution for reason in record.score.reasons}
    top = max(sizes.values(), default=1.0)
    for fact in facts:
        size = sizes.get(fact.rank or 0, 0.0)
        bar = "█" * max(1, round(12 * size / top))
        table.add_row(
            str(fact.rank),
            Text(literal(fact.display.in_(language))),
            f"{size:+.2f}",
            Text(bar, style="red"),
        )
    return table


def _narrative_title(record: CaseRecord, language: Language) -> str:
    """The template by its name in the language, a model by its own."""
    rationale = record.rationale
    by = f"backend.{rationale.narrative_by}"
    if by in catalogue("pipelines"):
        return _say(language, "case.narrative", backend=_say(language, by))
    model = literal(rationale.model or rationale.narrative_by)
    return _say(language, "case.narrative", backend=f" {model} " if language == "zh" else model)


def _unanswered(record: CaseRecord, language: Language) -> Iterable[RenderableType]:
    """That the model was asked and gave no answer, in the words of the record."""
    rationale = record.rationale
    if rationale.status != "answered":
        said = _say(
            language, "case.unanswered", status=rationale.status, code=literal(rationale.code)
        )
        yield Text(said, style="yellow")


def _tongue(record: CaseRecord, language: Language) -> Iterable[RenderableType]:
    """In which language the narrative is, where that is not the reader's."""
    written = record.rationale.narrative.language
    if written != language:
        yield Text(_say(language, f"case.written.{written}"), style="dim")


def _narrative(record: CaseRecord, language: Language) -> RenderableType:
    lines = [
        line
        for sentence in record.rationale.narrative.sentences
        if not sentence.left_out
        for line in _sentence(sentence, record, language)
    ]
    return Group(*lines)


def _sentence(
    sentence: Sentence, record: CaseRecord, language: Language
) -> Iterable[RenderableType]:
    if sentence.struck:
        why = "; ".join(sentence.why)
        yield Text.assemble(
            (literal(sentence.text), "strike dim"),
            (literal(f"  {_say(language, 'case.struck')}: {why}"), "red"),
        )
        return
    yield Text(literal(sentence.text))
    for evidence in sentence.evidence:
        fact = record.case.by_id[evidence.fact]
        source = literal(_source(evidence, fact, record, language))
        yield Padding(Text(f"└ {source}", style="dim cyan"), (0, 0, 0, 4))


def _source(evidence: Evidence, fact: Fact, record: CaseRecord, language: Language) -> str:
    """What a sentence rests on: a field with its value, or a span of a document."""
    if evidence.document:
        text = record.case.documents[evidence.document][evidence.start : evidence.end]
        shown = text if len(text) <= _SOURCE_CHARACTERS else text[: _SOURCE_CHARACTERS - 1] + "…"
        return f"{fact.id} {evidence.document}[{evidence.start}:{evidence.end}] “{shown}”"
    display = fact.display.in_(language)
    named = fact.kind == "score" and display.startswith(fact.field)
    return f"{fact.id} {display}" if named else f"{fact.id} {fact.field}: {display}"


def _questions(questions: Iterable[Question]) -> RenderableType:
    return Group(
        *(Text(literal(f"· {q.text}"), style="strike dim" if q.struck else "") for q in questions)
    )


def literal(text: str) -> str:
    """Text as one line a terminal shows and does not obey.

    Documents are an applicant's own: an escape sequence in one must not colour, move or hide
    what stands beside it, nor a bidirectional mark turn it round.

    Example:
        >>> literal("a\\x1b[31mb\\nc\\td")
        'a�[31mb c  d'
    """
    # Tabs part the cells of a table in a document.
    return _CONTROL.sub("�", text.replace("\n", " ").replace("\t", "  "))


def save_picture(panels: Iterable[RenderableType], path: Path) -> None:
    """Save cases as an SVG that loads nothing from anywhere."""
    console = Console(record=True, file=io.StringIO(), width=_WIDTH, force_terminal=True)
    for panel in panels:
        console.print(panel)
    drawn = console.export_svg(title="risk show", unique_id="case")
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    drawn = _LENGTH.sub(_whole_length, drawn)
    # Without this, librsvg drops the spaces a text begins or ends with, and columns shift.
    path.write_text(drawn.replace("<text ", '<text xml:space="preserve" '), "utf-8")


def _whole_length(drawn: re.Match[str]) -> str:
    """A text's length by the cells it takes: rich counts characters, and squeezes Chinese."""
    text = html.unescape(drawn["text"])
    length = float(drawn["length"]) / len(text) * cell_len(text)
    return f'textLength="{length:.2f}"{drawn["rest"]}>{drawn["text"]}<'
