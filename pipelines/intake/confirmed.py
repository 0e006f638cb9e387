"""What a person confirmed: `--confirm FIELD=VALUE`, and `confirmed.toml` in the folder itself.

[fields]
monthly_income = 8000
"""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from features.dictionary import DataDictionary
from pipelines.errors import ConfigError
from pipelines.intake.fields import Reading
from pipelines.intake.rules import FILE, PaperRules, readable
from pipelines.intake.values import FieldReader
from pipelines.papers.files import CONFIRMED

_TABLES = ("fields", "papers")


class Confirmed(NamedTuple):
    """What a person vouches for.

    Attributes:
        fields: Values as the portfolio's table has them, by field.
        papers: Kinds of papers, by the name of the paper.
    """

    fields: dict[str, str]
    papers: dict[str, str]


def confirmations(
    folder: Path, said: Sequence[str], dictionary: DataDictionary, rules: PaperRules
) -> Confirmed:
    """What was confirmed in the folder and on the command line.

    Raises:
        ConfigError: The file or an argument cannot be read, a field is none that papers can give,
            a value breaks a rule of the dictionary, two values are confirmed for one field, or a
            kind of paper is unknown.
    """
    path = folder / CONFIRMED
    written = _tables(path)
    fields = {field.name: FieldReader(field, dictionary) for field in readable(dictionary)}
    confirmed: dict[str, str] = {}
    lines = [(str(path), name, _text(path, name, v)) for name, v in written["fields"].items()]
    for where, name, value in (*lines, *_of_command(said)):
        if name not in fields:
            raise ConfigError(f'{where}: "{name}" is no field that papers can give')
        checked = fields[name].checked(value)
        if checked is None:
            raise ConfigError(f"{where}: the value of {name} breaks a rule of the dictionary")
        if confirmed.setdefault(name, checked) != checked:
            raise ConfigError(f"{where}: another value of {name} is confirmed already; keep one")
    kinds = {name: str(kind) for name, kind in written["papers"].items()}
    for kind in kinds.values():
        if kind not in rules.kinds:
            raise ConfigError(f'{path}: [papers] names "{kind}", no kind of {FILE}')
    return Confirmed(confirmed, kinds)


def check_papers(confirmed: Confirmed, names: Collection[str]) -> None:
    """See that every paper whose kind is confirmed is there.

    Raises:
        ConfigError: One is not.
    """
    for name in confirmed.papers:
        if name not in names:
            raise ConfigError(f'{CONFIRMED}: [papers] names "{name}", which is not in the folder')


def confirm(readings: Sequence[Reading], confirmed: Mapping[str, str]) -> tuple[Reading, ...]:
    """The readings with what a person confirmed in place of what the papers say."""
    return tuple(
        each._replace(state="confirmed", value=confirmed[each.field.name])
        if each.field.name in confirmed
        else each
        for each in readings
    )


def _of_command(said: Sequence[str]) -> list[tuple[str, str, str]]:
    parted = [each.partition("=") for each in said]
    if not all(name.strip() and equals for name, equals, _ in parted):
        raise ConfigError("--confirm takes FIELD=VALUE, such as --confirm monthly_income=8000")
    return [("--confirm", name.strip(), value.strip()) for name, _, value in parted]


def _tables(path: Path) -> dict[str, dict[str, object]]:
    """The two tables of the file, empty ones where there is none."""
    if path.is_symlink():
        raise ConfigError(f"{path} is a link; put the file itself into the folder")
    try:
        raw = tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raw = {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read as UTF-8 text: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    if not set(raw) <= set(_TABLES) or not all(isinstance(each, dict) for each in raw.values()):
        raise ConfigError(
            f"{path} takes the tables [fields], with lines such as income = 8000, and [papers]"
        )
    return {name: raw.get(name, {}) for name in _TABLES}


def _text(path: Path, name: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value)
    if not isinstance(value, str | int | float | date):
        raise ConfigError(f"{path}: fields.{name} is no text, number or date")
    return str(value).strip()
