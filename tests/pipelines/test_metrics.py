"""Figures as Prometheus and OpenTelemetry read them, of nights that end in all ways."""

import json
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from prometheus_client.parser import text_string_to_metric_families

from pipelines.errors import ConfigError, Exit
from pipelines.job import JobResult, Silent, Timed
from pipelines.metrics import FIGURES, Ended, write_text
from pipelines.otlp import push
from pipelines.watching import Watch
from tests.pipelines.command import risk
from tests.pipelines.conftest import Bank

Found = dict[tuple[str, str], float]


def read(path: Path) -> Found:
    """Values by name and own label, as Prometheus parses them."""
    found: Found = {}
    for family in text_string_to_metric_families(path.read_text("utf-8")):
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            own = {k: v for k, v in sample.labels.items() if k not in ("portfolio", "job")}
            found[sample.name, ",".join(own.values())] = sample.value
    return found


def timed() -> Timed:
    steps = Timed(Silent())
    with steps.step("step.score", 10) as advance:
        advance(4, 10)
        time.sleep(0.01)
        advance(10, 10)
    return steps


def ended(code: Exit, at: float, portfolio: str = "small", job: str = "nightly") -> Ended:
    asked = {"tokens_read": 100.0, "tokens_written": 20.0, "cost": 1.5}
    counts = {"scored": 9, "rejected": 1, "approve": 5, "refer": 3, "decline": 1, "pending": 2}
    result = JobResult(job, "run", "key", counts, {"scored": {"psi": 0.1}, "asked": asked})
    good = code in (Exit.DONE, Exit.PARTIAL)
    return Ended(job, portfolio, code, at - 5, at, timed(), result if good else None)


def test_every_figure_is_told_under_its_name_and_unit(tmp_path: Path) -> None:
    write_text(tmp_path / "x.prom", ended(Exit.PARTIAL, 1000.0))
    found = read(tmp_path / "x.prom")
    assert found["mingjian_exit_code", ""] == 10
    assert found["mingjian_start_time_seconds", ""] == 995
    assert found["mingjian_finish_time_seconds", ""] == 1000
    assert found["mingjian_last_success_time_seconds", ""] == 1000
    assert found["mingjian_rows", "scored"] == 9
    assert found["mingjian_rows", "rejected"] == 1
    assert found["mingjian_decisions", "refer"] == 3
    assert found["mingjian_cases", "pending"] == 2
    assert found["mingjian_tokens", "written"] == 20
    assert found["mingjian_cost", ""] == 1.5
    assert found["mingjian_psi", ""] == 0.1
    assert 0.01 <= found["mingjian_step_duration_seconds", "score"] < 5
    assert 0 < found["mingjian_score_speed_rows_per_second", ""] <= 6 / 0.01
    assert ("mingjian_run_info", "run,key") in found or ("mingjian_run_info", "key,run") in found
    assert [path.name for path in tmp_path.iterdir()] == ["x.prom"]


def test_whoever_collects_may_read_the_file_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_text(tmp_path / "x.prom", ended(Exit.DONE, 1000.0))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x.prom").stat().st_mode) == 0o644


def test_a_night_that_failed_keeps_the_last_success_and_no_other_old_figure(
    tmp_path: Path,
) -> None:
    place = tmp_path / "x.prom"
    write_text(place, ended(Exit.DONE, 1000.0))
    for code, at in ((Exit.DEADLINE, 2000.0), (Exit.INTERNAL, 3000.0)):
        write_text(place, ended(code, at))
        found = read(place)
        assert found["mingjian_exit_code", ""] == code
        assert found["mingjian_finish_time_seconds", ""] == at
        assert found["mingjian_last_success_time_seconds", ""] == 1000
        assert ("mingjian_rows", "scored") not in found
    # The config could not be read, so nobody knows whose night it was: the file does.
    write_text(place, ended(Exit.BAD_INPUT, 4000.0, portfolio=""))
    assert 'portfolio="small"' in place.read_text("utf-8")
    assert read(place)["mingjian_last_success_time_seconds", ""] == 1000
    write_text(place, ended(Exit.DONE, 5000.0))
    assert read(place)["mingjian_last_success_time_seconds", ""] == 5000


@pytest.mark.parametrize("other", [{"portfolio": "cards"}, {"job": "score"}])
def test_the_success_of_another_portfolio_or_job_is_not_taken_for_ones_own(
    tmp_path: Path, other: dict[str, str]
) -> None:
    write_text(tmp_path / "x.prom", ended(Exit.DONE, 1000.0))
    write_text(tmp_path / "x.prom", ended(Exit.INTERNAL, 2000.0, **other))
    assert ("mingjian_last_success_time_seconds", "") not in read(tmp_path / "x.prom")


@pytest.mark.parametrize("content", [b"", b"no figures {", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_gives_way(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.prom").write_bytes(content)
    write_text(tmp_path / "x.prom", ended(Exit.DONE, 1000.0))
    assert read(tmp_path / "x.prom")["mingjian_exit_code", ""] == 0


@pytest.mark.parametrize(
    ("watch", "said"),
    [
        (Watch(Path("r.toml"), Path("night.txt")), "ends in .prom"),
        (Watch(Path("r.toml"), Path("nowhere/night.prom")), "no folder"),
        (Watch(Path("r.toml"), otlp="collector:4318"), "no address"),
    ],
)
def test_what_would_fail_at_the_end_is_refused_at_the_beginning(watch: Watch, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        watch.check()


def test_a_job_that_found_another_at_work_leaves_the_figures_to_it(tmp_path: Path) -> None:
    place = tmp_path / "x.prom"
    write_text(place, ended(Exit.DONE, 1000.0))
    before = place.read_bytes()
    Watch(tmp_path / "risk.toml", place).tell("nightly", Exit.LOCKED, 1.0, timed(), None)
    assert place.read_bytes() == before


class Collector:
    """A collector's HTTP end: keeps what is posted, and answers with a status."""

    def __init__(self) -> None:
        self.status, self.took = 200, list[tuple[str, ExportMetricsServiceRequest]]()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.took.append((self.path, ExportMetricsServiceRequest.FromString(body)))
                self.send_response(collector.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def collector() -> Iterator[Collector]:
    running = Collector()
    thread = threading.Thread(target=running.server.serve_forever)
    thread.start()
    yield running
    running.server.shutdown()
    thread.join()
    running.server.server_close()


def pushed(collector: Collector) -> Found:
    ((path, request),) = collector.took
    assert path == "/v1/metrics"
    (resource,) = request.resource_metrics
    service = {a.key: a.value.string_value for a in resource.resource.attributes}
    assert service["service.name"] == "mingjian"
    found: Found = {}
    for metric in resource.scope_metrics[0].metrics:
        figure = next(f for f in FIGURES if f.name == metric.name)
        assert (metric.unit, metric.description) == (figure.unit, figure.help)
        for point in metric.gauge.data_points:
            labels = {a.key: a.value.string_value for a in point.attributes}
            own = [labels[name] for name in sorted(figure.labels)]
            value = point.as_double if point.HasField("as_double") else float(point.as_int)
            found[figure.prometheus, ",".join(own)] = value
    return found


def test_a_collector_gets_the_figures_that_prometheus_reads(
    tmp_path: Path, collector: Collector
) -> None:
    night = ended(Exit.PARTIAL, 1000.0)
    assert push(collector.url, night)
    write_text(tmp_path / "x.prom", night)
    assert pushed(collector) == read(tmp_path / "x.prom")


@pytest.mark.parametrize("status", [400, 503])
def test_a_collector_that_refuses_is_no_failure_and_soon_left(
    collector: Collector, status: int
) -> None:
    collector.status = status
    start = time.monotonic()
    assert not push(collector.url, ended(Exit.DONE, 1000.0))
    assert time.monotonic() - start < 60


def test_a_scoring_run_tells_its_rejects_by_rule_whoever_listens(
    bank: Bank, changed_night: Callable[..., Path], tmp_path: Path
) -> None:
    night = changed_night(3, monthly_income="much", loan_amount="-5")
    words = ["score", "-i", str(night), "-o", "out", "-c", str(bank.folder / "risk.toml")]
    watched = ["--metrics-file", "x.prom", "--otlp", "http://127.0.0.1:9", "--json"]
    done = risk(*words, *watched, cwd=tmp_path)
    assert done.returncode == 10, done.stderr
    found = read(tmp_path / "x.prom")
    assert found["mingjian_rows", "rejected"] == 1
    rules = {label: n for (name, label), n in found.items() if name == "mingjian_rejects"}
    assert rules == {"below-minimum": 1, "not-a-number": 1}
    assert found["mingjian_psi", ""] == json.loads(done.stdout)["metrics"]["scored"]["psi"]
    assert "did not take the figures" in done.stderr
    refused = risk(*words[:2], "nowhere.csv", *words[3:], *watched[:2], cwd=tmp_path)
    assert refused.returncode == 40
    after = read(tmp_path / "x.prom")
    assert after["mingjian_exit_code", ""] == 40
    success = "mingjian_last_success_time_seconds", ""
    assert after[success] == found[success]
