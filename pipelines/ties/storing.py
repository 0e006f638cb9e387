"""What is remembered of ties, in a folder of arrays."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.associations.batch import Key
from features.associations.packing import packed, unpacked
from features.associations.state import Ties
from features.errors import DataError
from pipelines import disk

_LARGE = 1 << 20
_THREADS = 4
"""Files that are written at once; the disk and the kernel wait for each other otherwise."""


def write(ties: Ties, folder: Path, before: Ties, there: Path) -> list[str]:
    """Put the arrays into a folder, one file each.

    Args:
        ties: What is remembered now.
        folder: Where to.
        before: What was read from another folder, and gone on from.
        there: That folder; an array that is still the same one is linked to its file there.

    Returns:
        Names of the files that were linked.

    Raises:
        OSError: They could not be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    was = packed(before)

    def save(item: tuple[str, NDArray[Any]]) -> str:
        name, array = f"{item[0]}.npy", item[1]
        if was.get(item[0]) is array and (there / name).is_file():
            disk.link(there / name, folder / name)
            return name
        np.save(folder / name, array, allow_pickle=False)
        return ""

    with ThreadPoolExecutor(_THREADS) as pool:
        return [name for name in pool.map(save, packed(ties).items()) if name]


def read(keys: tuple[Key, ...], folder: Path) -> Ties:
    """What `write` put there, for the same keys; arrays are read from their files as they are used.

    Raises:
        DataError: An array is missing or cannot be read.
    """
    try:
        arrays = {file.stem: _array(file) for file in folder.glob("*.npy")}
        return unpacked(keys, arrays)
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            f"{folder} cannot be read ({error}); build the ties anew in another folder"
        ) from error


def _array(file: Path) -> NDArray[Any]:
    """An array of a file; what is small is read at once, and nothing can be mapped of nothing."""
    mapped = file.stat().st_size > _LARGE
    return np.asarray(np.load(file, mmap_mode="r" if mapped else None, allow_pickle=False))
