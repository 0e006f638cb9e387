"""The figures of a job that ended: one definition for Prometheus text and for OpenTelemetry.

All are gauges: a job is no server whose counters go on, and its next run starts anew.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Metric, write_to_textfile
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families

from pipelines.errors import Exit
from pipelines.job import JobResult, Timed
from pipelines.rejects import broken_rules

_UNITS = {"s": "_seconds", "{row}/s": "_rows_per_second"}
SUCCESS = (Exit.DONE, Exit.PARTIAL)
"""What counts as a night that was made; a deadline that came too early does not."""


class Figure(NamedTuple):
    """What is measured.

    Attributes:
        name: Its name in OpenTelemetry.
        unit: Its unit, in the code (UCUM) that OpenTelemetry asks for.
        help: What it says.
        labels: Its own labels, beside `portfolio` and `job`.
    """

    name: str
    unit: str
    help: str
    labels: tuple[str, ...] = ()

    @property
    def prometheus(self) -> str:
        """Its name in Prometheus.

        Example:
            >>> Figure("mingjian.step.duration", "s", "").prometheus
            'mingjian_step_duration_seconds'
        """
        return self.name.replace(".", "_") + _UNITS.get(self.unit, "")


EXIT = Figure("mingjian.exit_code", "1", "Exit code of the last run, 0 where all is done")
START = Figure("mingjian.start_time", "s", "When the last run began, Unix time")
FINISH = Figure("mingjian.finish_time", "s", "When the last run ended, Unix time")
LAST_SUCCESS = Figure(
    "mingjian.last_success_time", "s", "When a run last ended with exit code 0 or 10, Unix time"
)
RUN = Figure("mingjian.run_info", "1", "Key and MLflow run of the last run", ("run_key", "run_id"))
STEPS = Figure("mingjian.step.duration", "s", "What each step of the last run took", ("step",))
SPEED = Figure("mingjian.score.speed", "{row}/s", "Rows scored in a second while scoring")
ROWS = Figure("mingjian.rows", "{row}", "Rows of the input by outcome", ("outcome",))
DECISIONS = Figure("mingjian.decisions", "{row}", "Scored rows by decision", ("decision",))
REJECTS = Figure("mingjian.rejects", "{line}", "Lines of rejects.csv by rule", ("rule",))
CASES = Figure("mingjian.cases", "{case}", "Cases to be reasoned about by outcome", ("outcome",))
TOKENS = Figure("mingjian.tokens", "{token}", "Tokens that models read and wrote", ("kind",))
COST = Figure("mingjian.cost", "1", "Price of the GPU time, in the currency of gpu_hour_price")
PSI = Figure("mingjian.psi", "1", "Stability index of the scores against development")
LIGHTS = Figure("mingjian.lights", "{light}", "Lights of the last monitoring report", ("light",))
NIGHT = Figure("mingjian.night", "1", "Figures of the last night that was monitored", ("figure",))
FIGURES = (
    *(EXIT, START, FINISH, LAST_SUCCESS, RUN, STEPS, SPEED),
    *(ROWS, DECISIONS, REJECTS, CASES, TOKENS, COST, PSI, LIGHTS, NIGHT),
)

_ROWS, _DECISIONS = ("scored", "rejected"), ("approve", "refer", "decline")
_CASES = ("reasoned", "pending", "failed", "late_reasoned", "late_pending", "late_failed")
_LIGHTS = {"red": "alerts", "amber": "warnings"}
_TOKENS = {"read": "tokens_read", "written": "tokens_written"}


class Point(NamedTuple):
    """A figure's value, and the values of its own labels."""

    figure: Figure
    value: float
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ended:
    """How a job ended.

    Attributes:
        job: Its name.
        portfolio: Whose it is; empty where its config could not be read.
        exit: Its exit code.
        started: When it began, Unix time in seconds.
        finished: When it ended, likewise.
        steps: What took how long.
        result: What it did; None where it failed.
    """

    job: str
    portfolio: str
    exit: Exit
    started: float
    finished: float
    steps: Timed
    result: JobResult | None = None

    def points(self, last_success: float | None) -> list[Point]:
        """All figures; what was not measured has none, so that no old value stands for it.

        Args:
            last_success: When a run before this one last ended well, Unix time.
        """
        success = self.finished if self.exit in SUCCESS else last_success
        found = [
            Point(EXIT, self.exit),
            Point(START, self.started),
            Point(FINISH, self.finished),
            *([] if success is None else [Point(LAST_SUCCESS, success)]),
            *(Point(STEPS, spent, (step,)) for step, spent in self.steps.seconds().items()),
        ]
        speed = self.steps.rate("score")
        if speed is not None:
            found.append(Point(SPEED, speed))
        return found if self.result is None else [*found, *_counted(self.result)]


def _counted(result: JobResult) -> Iterator[Point]:
    yield Point(RUN, 1, (result.run_key, result.run_id))
    for figure, names in ((ROWS, _ROWS), (DECISIONS, _DECISIONS), (CASES, _CASES)):
        for name in names:
            if name in result.counts:
                yield Point(figure, result.counts[name], (name,))
    rules: Counter[str] = Counter()
    if "rejects" in result.files:
        for (_, rule), lines in broken_rules(Path(result.files["rejects"])).items():
            rules[rule] += lines
    yield from (Point(REJECTS, lines, (rule,)) for rule, lines in sorted(rules.items()))
    scored, asked = result.metrics.get("scored", {}), result.metrics.get("asked", {})
    yield from (Point(TOKENS, asked[key], (kind,)) for kind, key in _TOKENS.items() if key in asked)
    if "cost" in asked:
        yield Point(COST, asked["cost"])
    if "psi" in scored:
        yield Point(PSI, scored["psi"])
    for light, name in _LIGHTS.items():
        if name in result.counts:
            yield Point(LIGHTS, result.counts[name], (light,))
    for name, value in result.metrics.get("last_night", {}).items():
        yield Point(NIGHT, value, (name,))


class _Collector:
    def __init__(self, points: Iterable[Point], common: Mapping[str, str]) -> None:
        self._points, self._common = list(points), common

    def collect(self) -> Iterator[Metric]:
        for figure in FIGURES:
            mine = [point for point in self._points if point.figure is figure]
            names = (*self._common, *figure.labels)
            family = GaugeMetricFamily(figure.prometheus, figure.help, labels=names)
            for point in mine:
                family.add_metric([*self._common.values(), *point.labels], point.value)
            if mine:
                yield family


def write_text(path: Path, ended: Ended) -> None:
    """Put the figures under a name of node_exporter's textfile collector, whole or not at all.

    The last success stays from the file that stood there, so that a night that failed can be told
    from one that was never made; so does the portfolio where the config could not be read.

    Raises:
        OSError: The file cannot be written; what stood there still does.
    """
    before = _before(path, ended.job)
    common = {"portfolio": ended.portfolio or before.portfolio, "job": ended.job}
    same = before.portfolio == common["portfolio"]
    registry = CollectorRegistry()
    registry.register(_Collector(ended.points(before.success if same else None), common))
    write_to_textfile(str(path), registry)
    # Whoever collects it is another user, and a job's umask is made for applicants' data.
    path.chmod(0o644)


class _Before(NamedTuple):
    portfolio: str = ""
    success: float | None = None


def _before(path: Path, job: str) -> _Before:
    """What the file says of the runs before; nothing where it is new or no such file."""
    try:
        families = list(text_string_to_metric_families(path.read_text("utf-8")))
    except (OSError, ValueError):
        return _Before()
    samples = [s for family in families for s in family.samples if s.labels.get("job") == job]
    portfolio = next((s.labels.get("portfolio", "") for s in samples), "")
    ends = [s.value for s in samples if s.name == LAST_SUCCESS.prometheus]
    return _Before(portfolio, ends[0] if ends else None)
