"""What is remembered of ties, in a folder of arrays."""

from pathlib import Path

import numpy as np

from features.associations.batch import Key
from features.associations.packing import packed, unpacked
from features.associations.state import Ties
from features.errors import DataError


def write(ties: Ties, folder: Path) -> None:
    """Put the arrays into a folder, one file each.

    Raises:
        OSError: They could not be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in packed(ties).items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def read(keys: tuple[Key, ...], folder: Path) -> Ties:
    """What `write` put there, for the same keys.

    Raises:
        DataError: An array is missing or cannot be read.
    """
    try:
        arrays = {file.stem: np.load(file, allow_pickle=False) for file in folder.glob("*.npy")}
        return unpacked(keys, arrays)
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            f"{folder} cannot be read ({error}); build the ties anew in another folder"
        ) from error
