"""A model on disk: a few files under the digests that `model.json` holds. No pickle.

What the files mean belongs to `risk.model`; nothing here is parsed but `model.json` and tables.
"""

import hashlib
import io
import os
import stat
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from features.dictionary import explain
from features.encoding import FloatArray
from risk.calibration import Calibration
from risk.errors import ModelError
from risk.scorecard import Scaling

FORMAT = 1
CARD, BOOSTER, DICTIONARY = "model.json", "booster.txt", "dictionary.toml"
REFERENCE, QUANTILES = "reference.parquet", "quantiles.parquet"
FILES = (BOOSTER, DICTIONARY, QUANTILES, REFERENCE)
BASELINE, CHARACTERISTICS = "development.json", "characteristics.json"
INTERVAL = "interval.json"
LATER = (BASELINE, CHARACTERISTICS, INTERVAL)
"""Not there in models of earlier versions; the last one neither where too few rows could tell."""
TRIAL_TIMEOUT_S = 120

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ModelCard(BaseModel):
    """What `model.json` says.

    Attributes:
        format: Version of this layout.
        columns: The model's inputs, in matrix order.
        base: Mean raw log-odds over the reference set, as a check of what was loaded.
        calibration: Raw log-odds to PD.
        scaling: PD to points and grades.
        files: SHA-256 of each other file.
        lightgbm: The version of LightGBM that trained it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format: int
    columns: tuple[str, ...]
    base: float
    calibration: Calibration
    scaling: Scaling
    files: dict[str, Sha256]
    lightgbm: str


def write(directory: Path, card: ModelCard, files: Mapping[str, bytes]) -> str:
    """Write a model so that its directory is there whole or not at all.

    Returns:
        Its digest: the SHA-256 of `model.json`.

    Raises:
        ModelError: The directory already holds something, or cannot be written.
    """
    content = card.model_dump_json(indent=1).encode()
    part = directory.with_name(f".{directory.name}.{uuid.uuid4().hex}.part")
    try:
        part.mkdir(parents=True)
        for name, data in {**files, CARD: content}.items():
            with (part / name).open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        part.rename(directory)
    except OSError as error:
        for left in part.glob("*"):
            left.unlink()
        if part.exists():
            part.rmdir()
        raise ModelError(
            f"{directory} cannot be written ({error.strerror}); name a new directory"
        ) from error
    return hashlib.sha256(content).hexdigest()


def read(directory: Path, digest: str) -> tuple[ModelCard, dict[str, bytes]]:
    """Read a model's files, each checked against its digest.

    Raises:
        ModelError: A file is missing, a link, or not the one that was saved.
    """
    content = _bytes(directory, CARD)
    if hashlib.sha256(content).hexdigest() != digest:
        raise ModelError(
            f"{directory / CARD} is not the model asked for (its SHA-256 does not begin with "
            f"{digest[:12]}); copy the model again from where it was saved"
        )
    card = _card(content, directory / CARD)
    files = {name: _bytes(directory, name) for name in sorted(card.files)}
    for name, data in files.items():
        if hashlib.sha256(data).hexdigest() != card.files[name]:
            raise ModelError(
                f"{directory / name} was changed after the model was saved (SHA-256 differs); "
                "copy the model again from where it was saved"
            )
    return card, files


def digest_of(directory: Path) -> str:
    """The digest of the model in a directory, its files not yet checked."""
    return hashlib.sha256(_bytes(directory, CARD)).hexdigest()


@cache
def try_load(directory: Path, digest: str) -> None:
    """Load the model in a process of its own first, so that a hostile file cannot end this one.

    Raises:
        ModelError: The other process refused the model, died, or took too long.
    """
    code = (
        "import os, sys; sys.path[:] = sys.argv[3:]\n"
        "from pathlib import Path; from risk.errors import ModelError\n"
        "from risk.model import PDModel\n"
        "try: PDModel.load(Path(sys.argv[1]), sys.argv[2])\n"
        "except ModelError as error: print(error, file=sys.stderr, flush=True); os._exit(1)\n"
        # Libraries that stumble over the end of an interpreter must not count against a model.
        "os._exit(0)\n"
    )
    command = [sys.executable, "-c", code, str(directory), digest, *sys.path]
    try:
        trial = subprocess.run(  # noqa: S603 -- our own interpreter and code, nothing of the file
            command, capture_output=True, timeout=TRIAL_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(
            f"{directory} took over {TRIAL_TIMEOUT_S} s to load; it cannot be trusted"
        ) from error
    said = trial.stderr.decode("utf-8", "replace").strip().split("\n")[-1]
    if trial.returncode == 1 and said:
        raise ModelError(said)
    if trial.returncode != 0:
        raise ModelError(
            f"{directory} ends the process that loads it (code {trial.returncode}); "
            "copy the model again from where it was saved"
        )


def table_bytes(columns: Sequence[str], values: FloatArray) -> bytes:
    """A float64 matrix as Parquet, one named column each; NaN stays NaN."""
    arrays = [pa.array(np.ascontiguousarray(column)) for column in values.T]
    buffer = io.BytesIO()
    pq.write_table(pa.table(arrays, names=list(columns)), buffer, compression="zstd")
    return buffer.getvalue()


def table(data: bytes, columns: Sequence[str], name: str) -> FloatArray:
    """The matrix back from Parquet.

    Raises:
        ModelError: It is no Parquet, or its columns are not the given ones in float64.
    """
    try:
        read_back = pq.read_table(pa.BufferReader(data))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ModelError(f"{name} cannot be read as Parquet") from error
    if read_back.column_names != list(columns) or set(read_back.schema.types) != {pa.float64()}:
        raise ModelError(f"{name} does not hold the model's columns as float64")
    return np.column_stack([column.to_numpy() for column in read_back.columns])


def _card(content: bytes, path: Path) -> ModelCard:
    try:
        card = ModelCard.model_validate_json(content)
    except ValidationError as error:
        raise ModelError(explain(error, str(path))) from error
    if card.format != FORMAT:
        raise ModelError(
            f"{path} has format {card.format}, this version reads {FORMAT}; train again"
        )
    if set(card.files) - set(LATER) != set(FILES):
        raise ModelError(
            f"{path} must list exactly {', '.join(FILES)} and, from later versions, "
            f"{', '.join(LATER)}"
        )
    return card


def _bytes(directory: Path, name: str) -> bytes:
    """A regular file of the directory itself; a link could lead anywhere."""
    path = directory / name
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise ModelError(f"{path} is not a plain file; copy the model itself, not links to it")
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror})") from error
