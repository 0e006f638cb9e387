"""What a PD model is made of, and those parts as files; nothing here needs LightGBM.

A model that predicts is `risk.model`; bytes and digests on disk are `risk.model_files`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import TypeAdapter, ValidationError

from features.dictionary import DataDictionary
from features.encoding import FloatArray
from features.errors import DataError
from features.rendering import render
from risk import model_files
from risk.calibration import Calibration
from risk.errors import ModelError
from risk.model_files import ModelCard
from risk.scorecard import Scaling
from risk.uncertainty import PdInterval
from risk.validation.stability import Baseline

QUANTILES: Final = 101
_CHARACTERISTICS = TypeAdapter(tuple[Baseline, ...])


@dataclass(frozen=True)
class Parts:
    """What a model is made of.

    Attributes:
        booster: LightGBM's text, as `risk.booster_text.prepare` leaves it.
        dictionary: The data dictionary with the model's p features.
        calibration: Raw log-odds to PD.
        scaling: PD to points and grades.
        reference: Frozen approved applicants, shape (m, p), NaN where missing.
        quantiles: The 101 percentiles of each feature at development, shape (p, 101).
        baseline: How the raw log-odds were spread at development; None in models of versions that
            did not keep it.
        characteristics: The same of each feature, in matrix order; None likewise.
        interval: How sure a PD is; None likewise, and where too few rows could tell.
    """

    booster: str
    dictionary: DataDictionary
    calibration: Calibration
    scaling: Scaling
    reference: FloatArray
    quantiles: FloatArray
    baseline: Baseline | None = None
    characteristics: tuple[Baseline, ...] | None = None
    interval: PdInterval | None = None


def parts_files(parts: Parts) -> dict[str, bytes]:
    """The parts as files, by name; `model.json` holds the rest."""
    columns = [field.name for field in parts.dictionary.features]
    files = {
        model_files.BOOSTER: parts.booster.encode(),
        model_files.DICTIONARY: render(parts.dictionary).encode(),
        model_files.QUANTILES: model_files.table_bytes(columns, parts.quantiles.T),
        model_files.REFERENCE: model_files.table_bytes(columns, parts.reference),
    }
    if parts.baseline is not None:
        files[model_files.BASELINE] = parts.baseline.model_dump_json(indent=1).encode()
    if parts.characteristics is not None:
        files[model_files.CHARACTERISTICS] = _CHARACTERISTICS.dump_json(parts.characteristics)
    if parts.interval is not None:
        files[model_files.INTERVAL] = parts.interval.model_dump_json().encode()
    return files


def parts_of(card: ModelCard, files: dict[str, bytes]) -> Parts:
    """The parts back from `model.json` and the files beside it.

    Raises:
        ModelError: A file cannot be read.
    """
    try:
        text = files[model_files.DICTIONARY].decode()
        booster = files[model_files.BOOSTER].decode()
        dictionary = DataDictionary.parse(text, model_files.DICTIONARY)
        spread = files.get(model_files.BASELINE)
        baseline = None if spread is None else Baseline.model_validate_json(spread)
        fields = files.get(model_files.CHARACTERISTICS)
        characteristics = None if fields is None else _CHARACTERISTICS.validate_json(fields)
        interval = _interval(files)
    except (DataError, UnicodeDecodeError, ValidationError) as error:
        raise ModelError(f"the model's files cannot be read: {error}") from error
    columns = [field.name for field in dictionary.features]
    reference = files[model_files.REFERENCE]
    quantiles = files[model_files.QUANTILES]
    return Parts(
        booster=booster,
        dictionary=dictionary,
        calibration=card.calibration,
        scaling=card.scaling,
        reference=model_files.table(reference, columns, model_files.REFERENCE),
        quantiles=model_files.table(quantiles, columns, model_files.QUANTILES).T,
        baseline=baseline,
        characteristics=characteristics,
        interval=interval,
    )


class ModelFacts(NamedTuple):
    """What explains a model's scores and is read without the model.

    Attributes:
        calibration: Raw log-odds to PD.
        scaling: PD to points and grades.
        interval: How sure a PD is; None where the model cannot tell.
    """

    calibration: Calibration
    scaling: Scaling
    interval: PdInterval | None


def read_facts(directory: Path, digest: str) -> ModelFacts:
    """What explains the scores of a saved model.

    Args:
        directory: Where it was saved.
        digest: What `PDModel.save` returned.

    Raises:
        ModelError: A file is missing, damaged, changed, or not of this kind.
    """
    card, files = model_files.read(directory.absolute(), digest)
    try:
        return ModelFacts(card.calibration, card.scaling, _interval(files))
    except ValidationError as error:
        raise ModelError(f"{directory / model_files.INTERVAL} cannot be read: {error}") from error


def _interval(files: dict[str, bytes]) -> PdInterval | None:
    text = files.get(model_files.INTERVAL)
    return None if text is None else PdInterval.model_validate_json(text)
