"""What a person sees in the terminal: progress, summaries, and a case as a picture.

Builds what is shown; printing it is the command's part.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from features.language import Language, catalogue
from pipelines.job import Advance, JobResult
from pipelines.rejects import broken_rules

_RATE_OVER_S = 600.0


class Progress:
    """Progress on a terminal as bars, with rate and time left."""

    def __init__(self, console: Console, language: Language) -> None:
        """Report on `console` in `language`."""
        self._console = console
        self._language: Language = language

    def step(self, name: str, total: int = 0) -> AbstractContextManager[Advance]:
        """Begin a step; `name` is a key of the catalogue."""
        label = catalogue("pipelines").text(self._language, name)
        return _BarStep(self._console, label, total)


class _BarStep(AbstractContextManager[Advance]):
    def __init__(self, console: Console, label: str, total: int) -> None:
        self._label, self._total = label, total
        self._bars = Bars(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            _Rate(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            # A part of a large file may take minutes, and the rate needs two of them.
            speed_estimate_period=_RATE_OVER_S,
        )
        self._task = TaskID(0)

    def __enter__(self) -> Advance:
        self._bars.start()
        self._task = self._bars.add_task(self._label, total=self._total or None)
        return self._advance

    def _advance(self, done: int, total: int) -> None:
        self._bars.update(self._task, completed=done, total=total or None)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            done = self._bars.tasks[0].completed or 1
            self._bars.update(self._task, completed=done, total=done)
        self._bars.stop()


class _Rate(ProgressColumn):
    """What is done in a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="progress.data.speed")


def summary(result: JobResult, language: Language) -> RenderableType:
    """Counts, metrics by sample, and where everything lies."""
    say = catalogue("pipelines")
    parts: list[RenderableType] = []
    counts = ("，" if language == "zh" else ", ").join(
        f"{say.text(language, f'count.{k}') if f'count.{k}' in say else k} {n:,}"
        for k, n in result.counts.items()
    )
    parts.append(Text(say.text(language, "summary.counts", counts=counts)))
    if any("auc" in values for values in result.metrics.values()):
        parts.append((_contest if "model" in result.metrics else _metrics)(result, language))
    psi = result.metrics.get("scored", {}).get("psi")
    if psi is not None:
        parts.append(Text(say.text(language, "summary.psi", psi=f"{psi:.4f}")))
    for name, place in result.files.items():
        label = say.text(language, f"file.{name}") if f"file.{name}" in say else name
        parts.append(Text(f"  {label}: {place}", style="dim"))
    if result.counts.get("rejected") and "rejects" in result.files:
        parts += _rejects(Path(result.files["rejects"]), language)
    parts += [Text(f"  · {note}") for note in result.notes]
    title = say.text(language, "summary.title", job=result.job)
    if result.run_key:
        title += say.text(language, "summary.key", run=result.run_key[:12])
    return Group(Text(title, style="bold"), *parts)


_RULES_SHOWN = 5
_COLUMNS = ("rows", "bad_rate", "auc", "ks", "observed_expected", "logistic_auc", "auc_gain")


def _metrics(result: JobResult, language: Language) -> Table:
    say = catalogue("pipelines")
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    for name in _COLUMNS:
        table.add_column(say.text(language, f"metric.{name}"), justify="right")
    for sample, values in result.metrics.items():
        if "auc" not in values:
            continue
        cells = [
            f"{values[c]:,.0f}" if c == "rows" else f"{values[c]:.4f}" if c in values else ""
            for c in _COLUMNS
        ]
        table.add_row(catalogue("features").text(language, f"sample.{sample}"), *cells)
    return table


_FIGURES = {"auc": 4, "ks": 4, "brier": 5, "log_loss": 5, "observed_expected": 3}


def _contest(result: JobResult, language: Language) -> Table:
    """Contestants of an evaluation: figures, and gains over the model alone with intervals."""
    say = catalogue("pipelines")
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    gains = {"auc": 4, "brier_at_level": 5}
    for name in _FIGURES:
        table.add_column(say.text(language, f"metric.{name}"), justify="right")
    for name in gains:
        table.add_column(say.text(language, f"evaluation.gain.{name}"), justify="right")
    for who, values in result.metrics.items():
        cells = [f"{values[name]:.{places}f}" for name, places in _FIGURES.items()]
        for name, places in gains.items() if "auc_gain" in values else ():
            low, high = (f"{values[f'{name}_gain_{end}']:+.{places}f}" for end in ("low", "high"))
            cells.append(f"{values[f'{name}_gain']:+.{places}f} [{low}, {high}]")
        table.add_row(say.text(language, f"evaluation.who.{who}"), *cells)
    return table


def _rejects(path: Path, language: Language) -> list[RenderableType]:
    """The rules that were broken most often, with their fields."""
    say = catalogue("pipelines")
    lines = []
    for (field, rule), rows in broken_rules(path).most_common(_RULES_SHOWN):
        known = catalogue("features") if f"rule.{rule}" in catalogue("features") else say
        key = f"rule.{rule}" if known is not say else f"source.{rule}"
        what = known.text(language, key)
        lines.append(say.text(language, "summary.rule", field=field or "-", what=what, rows=rows))
    return [Text(f"  × {line}", style="yellow") for line in lines]
