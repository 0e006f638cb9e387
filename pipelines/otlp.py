"""The figures of a job pushed to an OpenTelemetry collector, over HTTP."""

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricExportResult
from opentelemetry.sdk.resources import Resource

from pipelines.manifest import code_version
from pipelines.metrics import Ended

TIMEOUT_S = 5.0
_PATH = "/v1/metrics"


def push(url: str, ended: Ended) -> bool:
    """Push all figures once; returns whether the collector took them.

    Args:
        url: Address of the collector, such as `http://127.0.0.1:4318`; `/v1/metrics` is added.
        ended: How the job ended.
    """
    reader = InMemoryMetricReader()
    resource = Resource({"service.name": "mingjian", "service.version": code_version()})
    provider = MeterProvider([reader], resource, shutdown_on_exit=False)
    meter = provider.get_meter("mingjian")
    gauges = {}
    for point in ended.points(None):
        figure = point.figure
        if figure not in gauges:
            gauges[figure] = meter.create_gauge(figure.name, figure.unit, figure.help)
        own = dict(zip(figure.labels, point.labels, strict=True))
        gauges[figure].set(point.value, {"portfolio": ended.portfolio, "job": ended.job, **own})
    figures = reader.get_metrics_data()
    endpoint = url if url.endswith(_PATH) else url.rstrip("/") + _PATH
    exporter = OTLPMetricExporter(endpoint=endpoint, timeout=TIMEOUT_S)
    try:
        taken = figures is not None and exporter.export(figures, timeout_millis=TIMEOUT_S * 1_000)
        return taken is MetricExportResult.SUCCESS
    finally:
        exporter.shutdown()
        provider.shutdown()
