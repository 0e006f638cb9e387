"""All rows of the log in a file, with their hashes, for those who keep or check them elsewhere.

JSON lines hold each row exactly. CSV is for people: a text that a spreadsheet would run has an
apostrophe in front, so who computes hashes from it needs `pipelines.spreadsheet.original`.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pipelines import disk
from pipelines.errors import ConfigError
from pipelines.job import Advance
from pipelines.spreadsheet import harmless
from pipelines.store.trail import COLUMNS, Trail

_HEARD_EVERY = 1_000


class Form(NamedTuple):
    """How rows are written.

    Attributes:
        start: What stands before the first.
        line: A row as a line, its end included.
    """

    start: str
    line: Callable[[Mapping[str, Any]], str]


def form_of(output: Path) -> Form:
    """How rows are written into a file.

    Raises:
        ConfigError: The file's name does not say, or it is there already.
    """
    if output.suffix not in _FORMS:
        raise ConfigError(f"{output} must end in {' or '.join(_FORMS)}, which says what to write")
    if output.exists():
        raise ConfigError(f"{output} is there already; give another name")
    return _FORMS[output.suffix]


def export(trail: Trail, output: Path, advance: Advance) -> int:
    """Write all rows, the oldest first; the file appears whole or not at all.

    Args:
        trail: The log.
        output: A new file that ends in `.csv` or `.jsonl`.
        advance: Hears how far it is.

    Returns:
        How many rows there are.

    Raises:
        ConfigError: The file's name ends otherwise, or it is there already.
        StoreError: The log cannot be read.
        OSError: The file cannot be written.
    """
    form, total, done = form_of(output), trail.count(), 0
    output.parent.mkdir(parents=True, exist_ok=True)
    with disk.writing(output) as file, trail.rows() as rows:
        file.write(form.start.encode())
        for done, row in enumerate(rows, 1):
            # Halves of characters, which only a damaged row holds, are told as JSON tells them.
            file.write(form.line(row.values).encode("utf-8", "backslashreplace"))
            if done % _HEARD_EVERY == 0:
                advance(done, max(done, total))
    return done


def _json(row: Mapping[str, Any]) -> str:
    return json.dumps({name: _text(row[name]) for name in COLUMNS}, ensure_ascii=False) + "\n"


def _csv(row: Mapping[str, Any]) -> str:
    return _cells(harmless(_text(row[name])) for name in COLUMNS)


def _cells(cells: Iterable[object]) -> str:
    held = io.StringIO(newline="")
    csv.writer(held).writerow(cells)
    return held.getvalue()


def _text(value: object) -> object:
    """A value as text; bytes, which only a damaged row holds, as hexadecimal."""
    return value.hex() if isinstance(value, bytes) else value


# Without the byte order mark, Excel garbles Chinese.
_FORMS = {".csv": Form("\ufeff" + _cells(COLUMNS), _csv), ".jsonl": Form("", _json)}
