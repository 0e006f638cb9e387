"""`risk doctor`: what a reasoning server can do, what it cannot, and what to change.

Asks made-up questions only. The checks themselves are `risk.reasoning.backends.examination`.
"""

from collections import Counter
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from features.language import Language, catalogue
from pipelines.errors import Exit
from pipelines.job import JobResult, Reporter
from risk.reasoning.backends.examination import CheckResult, examine
from risk.reasoning.backends.settings import ServerSettings

_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


@dataclass(frozen=True)
class Line:
    """One check, in the language asked for.

    Attributes:
        check: What was looked at.
        status: `ok`, `warn` or `fail`.
        finding: What was seen, as a code.
        seen: What was seen, in words.
        change: What to change; empty where nothing is to be.
    """

    check: str
    status: str
    finding: str
    seen: str
    change: str


@dataclass(frozen=True)
class Diagnosis(JobResult):
    """What was found; `counts` has how many checks came out which way."""

    checks: tuple[Line, ...] = ()

    @property
    def exit(self) -> Exit:
        """`BAD_INPUT` where the server will not do, `PARTIAL` where it could do better."""
        if self.counts.get("fail"):
            return Exit.BAD_INPUT
        return Exit.PARTIAL if self.counts.get("warn") else Exit.DONE


def run(
    settings: ServerSettings, api_key: str, language: Language, reporter: Reporter
) -> Diagnosis:
    """Examine a server.

    Raises:
        BackendError: The client is not installed.
    """
    with reporter.step("step.doctor"):
        results = examine(settings, api_key)
    found = Counter(str(result.status) for result in results)
    return Diagnosis(
        "doctor",
        counts={status: found[status] for status in _MARKS},
        checks=tuple(_line(result, language) for result in results),
    )


def _line(result: CheckResult, language: Language) -> Line:
    return Line(
        check=result.check,
        status=result.status,
        finding=result.finding,
        seen=result.seen(language),
        change=result.change(language),
    )


def table(diagnosis: Diagnosis, language: Language) -> Table:
    """The checks as a terminal shows them: mark, name, what was seen, what to change."""
    say = catalogue("pipelines")
    made = Table(title=say.text(language, "doctor.title"), box=None, show_header=False)
    for line in diagnosis.checks:
        mark, colour = _MARKS[line.status]
        told = Text(line.seen)
        if line.change:
            told.append(f"\n→ {line.change}", style=colour)
        name = say.text(language, f"doctor.{line.check}")
        made.add_row(Text(mark, style=colour), Text(name, style="bold"), told)
    return made
