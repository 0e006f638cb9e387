"""What a job says of itself: params, metrics, curves, texts, tables, figures, data and model.

Does not decide what is worth saying; each job fills its own `RunLog`.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import features
import risk
from pipelines.tracking.registry import MODEL_FOLDER
from pipelines.tracking.store import Store, quiet

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

OUTPUT_TAG = "mingjian.output"
"""Where a run was delivered."""
_LONGEST_PARAM = 6_000
_BATCH = 90  # of the 100 params that MLflow takes in one call
_SERVED = Path(__file__).parents[1] / "served_model.py"


@dataclass(frozen=True)
class ServedSpec:
    """What the plain MLflow model needs beside the model files."""

    policy: str
    reasons: int
    columns: tuple[str, ...]
    example: "pd.DataFrame"
    requirements: tuple[str, ...]


@dataclass
class RunLog:
    """Everything one job says of itself; logged in one go when the job is done."""

    name: str
    job: str
    params: dict[str, object] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    curves: dict[str, list[float]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    tables: dict[str, "pd.DataFrame"] = field(default_factory=dict)
    figures: dict[str, "Figure"] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


class OpenRun:
    """A run being written.

    Args:
        store: Where.
        run_id: The run.
        at_ms: When its metrics were measured, in milliseconds since 1970; of two values of a
            metric the later is the last, and of two at the same time the larger.
    """

    def __init__(self, store: Store, run_id: str, at_ms: int = 0) -> None:
        self._store = store
        self._at_ms = at_ms
        self.run_id = run_id

    def log(self, log: RunLog) -> Self:
        """Log params, metrics, curves, texts, tables and figures."""
        from mlflow.entities import Metric, Param, RunTag

        params = [Param(k, str(v)[:_LONGEST_PARAM]) for k, v in log.params.items()]
        tags = [RunTag(k, v) for k, v in log.tags.items()]
        metrics = [Metric(k, float(v), self._at_ms, 0) for k, v in log.metrics.items()]
        for name, values in log.curves.items():
            steps = enumerate(values, 1)
            # A step without a value has no point; the others keep their places.
            known = ((step, float(v)) for step, v in steps if not math.isnan(v))
            metrics += [Metric(name, value, self._at_ms, step) for step, value in known]
        client = self._store.client
        for at in range(0, max(len(metrics), len(params), 1), _BATCH):
            to = at + _BATCH
            client.log_batch(self.run_id, metrics[at:to], params[at:to], [] if at else tags)
        for name, text in log.texts.items():
            client.log_text(self.run_id, text, name)
        for name, table in log.tables.items():
            client.log_text(self.run_id, table.to_csv(index=False), name)
        for name, figure in log.figures.items():
            client.log_figure(self.run_id, figure, name)
        return self

    def dataset(self, frame: "pd.DataFrame", name: str, digest: str) -> None:
        """Log the training data as an input, under the digest of the source itself."""
        from mlflow.entities import DatasetInput, InputTag

        with quiet():
            data = self._store.mlflow.data
            described = data.from_pandas(frame, name=name, digest=digest[:36])
            entity = described._to_mlflow_entity()
        entry = DatasetInput(entity, tags=[InputTag("mlflow.data.context", "training")])
        self._store.client.log_inputs(self.run_id, datasets=[entry])

    def model(self, files: Path, digest: str, spec: ServedSpec) -> str:
        """Log the folder `MODEL_FOLDER` as a plain MLflow model; returns its URI."""
        from mlflow.models import ModelSignature
        from mlflow.types import ColSpec, Schema
        from mlflow.types.schema import AnyType

        # MLflow refuses an int64 column where the signature says double, so types stay open:
        # the dictionary inside the model checks them, and names field and rule.
        inputs = Schema([ColSpec(AnyType(), name, required=False) for name in spec.columns])
        outputs = [ColSpec("double", "pd"), ColSpec("double", "points"), ColSpec("string", "grade")]
        texts = ["decision", *(f"reason_{n + 1}" for n in range(spec.reasons)), "error"]
        schema = Schema(outputs + [ColSpec("string", name) for name in texts])
        # The run stack is used here only: MLflow offers no other way to log a model.
        with quiet(), self._store.mlflow.start_run(run_id=self.run_id):
            logged = self._store.mlflow.pyfunc.log_model(
                name="model",
                python_model=str(_SERVED),
                artifacts={MODEL_FOLDER: str(files)},
                code_paths=[str(Path(str(p.__file__)).parent) for p in (features, risk)],
                pip_requirements=list(spec.requirements),
                model_config={"digest": digest, "policy": spec.policy, "reasons": spec.reasons},
                signature=ModelSignature(inputs, schema),
                input_example=spec.example,
            )
        return str(logged.model_uri)


@contextmanager
def opened(store: Store, name: str, job: str) -> Iterator[OpenRun]:
    """A run that ends FINISHED, or FAILED when the block raises.

    Raises:
        TrackingError: The store cannot be opened or written to.
    """
    with store.explained():
        started = store.client.create_run(
            store.experiment_id, run_name=name, tags={"mingjian.job": job}
        )
        run = OpenRun(store, started.info.run_id)
        try:
            yield run
        except BaseException:
            with suppress(Exception):
                store.client.set_terminated(run.run_id, "FAILED")
            raise
        store.client.set_terminated(run.run_id, "FINISHED")
