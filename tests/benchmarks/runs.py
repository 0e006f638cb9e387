"""One data set through the product's own steps: read, check, encode, train, predict."""

import time
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.dictionary import DataDictionary, Role
from features.encoding import FloatArray, encode
from features.intake import check
from features.samples import Sample, SampleSpec, assign
from risk.logistic import LogisticScorecard
from risk.scorecard import Scaling
from risk.training import Labelled, train
from risk.training_spec import TrainingSpec
from risk.tuning import tune
from tests.benchmarks.protocols import Protocol, Table, dictionary_of, path_of

Rows = npt.NDArray[np.intp]
ROWS_A_THREAD = 10_000  # below this, threads wait for each other longer than they work
FEW_REFERENCES = 20  # reasons are not measured here, and the reference set only serves reasons


class Outcome(NamedTuple):
    """Test rows of one fold: outcomes and both PDs; and how the model came about."""

    y: FloatArray
    pd_model: FloatArray
    pd_scorecard: FloatArray
    trees: int
    seconds: float


def read(protocol: Protocol) -> Table:
    """The rows the protocol keeps, checked and encoded.

    Raises:
        ValueError: Intake refused a row: the figure would no longer be that of the protocol.
    """
    dictionary = _adapted(dictionary_of(protocol.name), protocol)
    frame = protocol.keep(pd.read_parquet(path_of(protocol.name)))
    intake = check(frame, dictionary, purpose="train")
    if len(intake.rejected):
        raise ValueError(f"{protocol.name}: {len(intake.rejected)} value(s) were refused")
    accepted, target = intake.accepted, dictionary.target
    if target is None:
        raise ValueError(f"{protocol.name}: the dictionary has no target")
    y = accepted[target.name].to_numpy(np.float64)
    return Table(dictionary, accepted, encode(accepted, dictionary), y)


def learn(table: Table, protocol: Protocol, rows: Rows, test: Rows) -> Outcome:
    """Train model and scorecard on `rows`, of which a fifth validates, and predict `test`."""
    began = time.perf_counter()
    target = pd.Series(table.y[rows])
    parts = assign(target, None, SampleSpec(test_share=0.0)).to_numpy()
    development, validation = (
        Labelled(table.x[rows[parts == part]], table.y[rows[parts == part]])
        for part in (Sample.DEVELOPMENT, Sample.VALIDATION)
    )
    spec = TrainingSpec(
        parameters=protocol.parameters,
        trials=protocol.trials,
        threads=1 if len(rows) < ROWS_A_THREAD else 2,
        references=FEW_REFERENCES,
    )
    if spec.trials:
        best = tune(development, table.dictionary, spec).best.parameters
        spec = spec.model_copy(update={"parameters": best})
    fitted = train(*development, *validation, table.dictionary, spec, Scaling())
    pd_model = fitted.model.predict(table.x[test])
    seconds = time.perf_counter() - began
    scorecard = LogisticScorecard.fit(table.x[rows], table.y[rows], table.dictionary)
    return Outcome(
        table.y[test], pd_model, scorecard.predict(table.x[test]), fitted.rounds, seconds
    )


def _adapted(dictionary: DataDictionary, protocol: Protocol) -> DataDictionary:
    """The dictionary with what the protocol leaves out protected, and its directions."""
    fields = []
    for field in dictionary.fields:
        role = Role.PROTECTED if field.name in protocol.leave_out else field.role
        direction = protocol.directions.get(field.name, field.direction)
        fields.append(field.model_copy(update={"role": role, "direction": direction}))
    return dictionary.model_copy(update={"fields": tuple(fields)})
