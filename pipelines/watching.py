"""Where a job's figures go when it has ended, well or badly; that never changes how it ended."""

import importlib.util
import logging
import time
from dataclasses import dataclass
from pathlib import Path

from features.errors import ScorerError
from pipelines.errors import ConfigError, Exit
from pipelines.job import JobResult, Timed

logger = logging.getLogger(__name__)

_ENDING = ".prom"


@dataclass(frozen=True)
class Watch:
    """Who is told the figures.

    Attributes:
        config: The config; it names the portfolio.
        file: A file of node_exporter's textfile collector.
        otlp: Address of an OpenTelemetry collector; empty for none.
    """

    config: Path
    file: Path | None = None
    otlp: str = ""

    def check(self) -> None:
        """Refuse before the work what would fail after it.

        Raises:
            ConfigError: The file's name or folder will not do, or OTLP is not installed.
        """
        if self.file is not None and self.file.suffix != _ENDING:
            raise ConfigError(
                f"{self.file}: node_exporter reads only files whose name ends in {_ENDING}; "
                "name it so"
            )
        if self.file is not None and not self.file.parent.is_dir():
            raise ConfigError(f"{self.file.parent} is no folder; make it, or give another one")
        if self.otlp and not self.otlp.startswith(("http://", "https://")):
            raise ConfigError(f"{self.otlp} is no address; give one such as http://127.0.0.1:4318")
        if self.otlp and not _installed():
            raise ConfigError('--otlp needs more than is installed; pip install "mingjian[otlp]"')

    def tell(
        self, job: str, code: Exit, started: float, steps: Timed, result: JobResult | None
    ) -> None:
        """Hand over the figures; a job that found another at work leaves them to that one."""
        if code is Exit.LOCKED or not (self.file or self.otlp):
            return
        from pipelines.metrics import Ended, write_text

        ended = Ended(job, self._portfolio(), code, started, time.time(), steps, result)
        try:
            if self.file is not None and self.file.suffix == _ENDING:
                write_text(self.file, ended)
        except OSError as error:
            why = error.strerror or error
            logger.error("%s cannot be written (%s); figures are lost", self.file, why)
        if self.otlp and _installed():
            from pipelines.otlp import push

            if not push(self.otlp, ended):
                logger.warning("the collector at %s did not take the figures", self.otlp)

    def _portfolio(self) -> str:
        from pipelines.config import RunConfig

        try:
            return RunConfig.read(self.config).name
        except ScorerError:
            return ""


def _installed() -> bool:
    try:
        return importlib.util.find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:
        return False
