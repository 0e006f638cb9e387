"""Tables kept on disk between runs, under a digest of all they follow from.

Where nothing can be kept, or what was kept is damaged, tables are laid out anew; that is slower by
seconds and changes nothing else.
"""

import hashlib
import logging
import os
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from risk.patterns.forest import Forest
from risk.patterns.kernels import Lookups

logger = logging.getLogger(__name__)

MOST_KEPT = 8
"""Tables that stay; of more, those that were used longest ago go."""

_SMALLEST = 1 << 20  # less is laid out in no time


def usual_folder() -> Path | None:
    """Where to keep a user's tables: `MINGJIAN_CACHE`, nowhere if it is empty; else their cache."""
    chosen = os.environ.get("MINGJIAN_CACHE")
    if chosen is not None:
        return Path(chosen) / "tables" if chosen else None
    try:
        cache_ = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # a service without a home
        return None
    return cache_ / "mingjian" / "tables"


def key(kind: str, forest: Forest, reference: NDArray[np.float64]) -> str:
    """SHA-256 of the forest, the reference and this package's own code."""
    digest = hashlib.sha256(f"{kind} {_code()} {np.__version__} {reference.shape}".encode())
    digest.update(repr((forest.features, forest.columns, forest.trees)).encode())
    for numbers in (*forest.thresholds, reference):
        digest.update(np.ascontiguousarray(numbers).tobytes())
    return digest.hexdigest()


def kept(folder: Path | None, key: str, make: Callable[[], Lookups]) -> Lookups:
    """The tables under a key: read where they are kept, else made, and kept from then on.

    Args:
        folder: Where tables are kept; None keeps none.
        key: As `key` gives it.
        make: Lays them out.
    """
    if folder is None:
        return make()
    place = folder / f"{key}.npz"
    found = _read(place)
    if found is None:
        found = make()
        if found.entries.nbytes >= _SMALLEST:
            _write(place, found)
    return found


def _read(place: Path) -> Lookups | None:
    try:
        # A ZIP file: each array is read against its checksum.
        with place.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            found = Lookups(**{name: arrays[name] for name in Lookups._fields})
        os.utime(place)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        logger.info("%s cannot be read again (%s)", place, type(error).__name__)
        return None
    return found


def _write(place: Path, tables: Lookups) -> None:
    made = place.with_suffix(f".{os.getpid()}.partial")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            with made.open("wb") as file:
                np.savez(file, **tables._asdict())
            made.replace(place)
        finally:
            made.unlink(missing_ok=True)
        for old in _longest_unused(place.parent)[:-MOST_KEPT]:
            old.unlink(missing_ok=True)
    except OSError as error:
        logger.info("tables cannot be kept in %s (%s)", place.parent, type(error).__name__)


def _longest_unused(folder: Path) -> Sequence[Path]:
    return sorted(folder.glob("*.npz"), key=lambda path: path.stat().st_mtime)


@cache
def _code() -> str:
    """Digest of this package: other code may lay out otherwise."""
    digest = hashlib.sha256()
    for file in sorted(files(__package__).iterdir(), key=lambda each: each.name):
        if file.name.endswith(".py"):
            digest.update(file.read_bytes())
    return digest.hexdigest()
