"""One column's dictionary entry, guessed: the rules by which `features.drafting.draft` goes.

Rules are tried in order and the first that speaks decides the role; each leaves a note.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.associations.keys import PREFIX
from features.dictionary import Direction, Field, Role
from features.drafting import evidence
from features.drafting.naming import spaced, suggests
from features.drafting.personal import key_of
from features.drafting.profile import MOST_LEVELS, Profile, level_order
from features.encoding import FloatArray
from features.errors import DataError
from features.language import Language, Text, catalogue

_NEAR_CONSTANT = 0.995
_FEW_ROWS = 50
_FEW_CODES = 12
_AFTER_APPLICATION = 0.02


@dataclass
class Survey:
    """What is known of the sample as a whole, and the notes written so far.

    Attributes:
        language: Language of the notes.
        outcome: 1 is bad, 0 is good, NaN is undetermined, shape (n,).
        id: Column of the application id, or None.
        date: Column of the application date, or None.
        typed: Whether some column came as numbers, so that numbers as text are unusual.
        applied: The application dates, or None.
        notes: Notes of each field.
    """

    language: Language
    outcome: FloatArray
    id: str | None
    date: str | None
    typed: bool
    applied: npt.NDArray[np.datetime64] | None = None
    notes: dict[str, list[str]] = field(default_factory=dict)

    def note(self, field: str, key: str, **slots: object) -> None:
        """Leave a note about a field, worded by the message under `draft.<key>`."""
        text = catalogue("features").text(self.language, f"draft.{key}", **slots)
        self.notes.setdefault(field, []).append(text)


def guess_field(found: Profile, survey: Survey) -> Field:
    """The field of any column but the target: its role by the first rule that speaks."""
    if found.name == survey.id:
        return _plain(found, Role.ID, type="text")
    if found.name == survey.date:
        return _plain(found, Role.DATE, type="date")
    if found.stray:
        survey.note(found.name, "stray", tokens=quoted(found.stray))
    for rule in (_useless, _personal, _identifier, _protected, _leak, _unreadable):
        field = rule(found, survey)
        if field is not None:
            return field
    if found.number is not None:
        return _number(found, survey)
    if found.kind == "date":
        return _date(found, survey)
    return _category(found, survey) if found.kind == "category" else _text(found, survey)


def _plain(found: Profile, role: Role, **values: object) -> Field:
    """A field of the column's own type and levels, with whatever else is given."""
    given: dict[str, object] = {
        "name": found.name,
        "role": role,
        "type": found.kind,
        "label": spaced(found.name),
    }
    if found.kind == "category" and role != Role.IGNORED:
        given["levels"] = tuple(sorted(found.counts.index.astype(str), key=level_order))
    return Field.model_validate({**given, **values})


def _useless(found: Profile, survey: Survey) -> Field | None:
    if not found.filled:
        survey.note(found.name, "empty")
        return _plain(found, Role.IGNORED)
    sizes = np.append(found.counts.to_numpy(), found.rows - found.filled)
    most, differ = int(sizes.max()), int(found.rows - sizes.max())
    if len(found.counts) == 1:
        # One value and blanks is a flag that was only ever set, not a constant.
        if differ and differ >= _FEW_ROWS and found.filled < _NEAR_CONSTANT * found.rows:
            return None
        survey.note(found.name, "constant")
        return _plain(found, Role.IGNORED)
    if most >= _NEAR_CONSTANT * found.rows and differ < _FEW_ROWS:
        survey.note(found.name, "near_constant", share=most / found.rows, rows=differ)
        return _plain(found, Role.IGNORED)
    return None


def _personal(found: Profile, survey: Survey) -> Field | None:
    if found.name.startswith(PREFIX) and found.kind == "text":
        # What `risk ties` told: it names other applications, by ids that tie nothing.
        survey.note(found.name, "association")
        return _plain(found, Role.ASSOCIATION)
    kind = found.personal
    varied = len(found.counts) > max(MOST_LEVELS, 0.1 * found.filled)
    if not kind and varied and found.kind == "text":
        for topic in ("mobile", "address", "name"):
            if suggests(found.name, topic):
                kind = topic
                break
    if kind:
        # Namesakes are many and an e-mail address is one person's: neither ties applications.
        key = key_of(found.name, kind)
        survey.note(found.name, "personal", kind=kind)
        if key:
            survey.note(found.name, "association")
        role = Role.ASSOCIATION if key else Role.IGNORED
        return _plain(found, role, type="text", personal=kind, key=key)
    if found.kind == "text" and varied and suggests(found.name, "association"):
        survey.note(found.name, "association")
        return _plain(found, Role.ASSOCIATION, key=key_of(found.name, kind))
    return None


def _identifier(found: Profile, survey: Survey) -> Field | None:
    if not found.unique or found.rows < 20 or found.kind == "date" or fractional(found):
        return None
    if found.counter:
        survey.note(found.name, "row_counter")
        return _plain(found, Role.IGNORED)
    coded = found.kind == "text" and not found.long_text
    if coded or suggests(found.name, "identifier"):
        survey.note(found.name, "identifier")
        return _plain(found, Role.IGNORED, type="text")
    return None


def _protected(found: Profile, survey: Survey) -> Field | None:
    if not suggests(found.name, "protected"):
        return None
    survey.note(found.name, "protected")
    return _plain(found, Role.PROTECTED, **_range(found, survey))


def _leak(found: Profile, survey: Survey) -> Field | None:
    late = _share_after(found, survey)
    if late > _AFTER_APPLICATION:
        survey.note(found.name, "leak_date", share=late)
    elif evidence.knows_outcome(found, survey.outcome):
        survey.note(found.name, "leak_data")
    elif suggests(found.name, "after_outcome"):
        survey.note(found.name, "leak_name")
    elif suggests(found.name, "after_decision"):
        survey.note(found.name, "after_decision")
    else:
        return None
    return _plain(found, Role.IGNORED)


def _share_after(found: Profile, survey: Survey) -> float:
    """Share of a date column's dates that lie after the application."""
    if found.moment is None or survey.applied is None:
        return 0.0
    both = ~np.isnat(found.moment) & ~np.isnat(survey.applied)
    later = (found.moment - survey.applied)[both] > np.timedelta64(1, "D")
    return float(later.mean()) if later.size else 0.0


def _unreadable(found: Profile, survey: Survey) -> Field | None:
    if found.notation:
        survey.note(found.name, "notation", example=found.notation)
        return _plain(found, Role.IGNORED)
    if found.unit is None:
        return None
    survey.note(found.name, "unit", unit=found.unit.text, example=found.unit.example)
    if found.kind == "category":
        return None  # few enough values to serve as levels until the unit is taken off
    return _plain(found, Role.IGNORED)


def _number(found: Profile, survey: Survey) -> Field:
    _note_feature(found, survey)
    if found.stored_as_text and survey.typed:
        survey.note(found.name, "stored_as_text")
    measured = np.asarray(found.measured)
    direction = evidence.trend(measured, survey.outcome)
    _note_direction(found, direction, "direction", survey)
    if direction == "none":
        _note_codes(found, measured, survey)
    return _plain(found, Role.FEATURE, direction=direction, **_range(found, survey))


def _range(found: Profile, survey: Survey) -> dict[str, object]:
    """Lower bound and special codes of a number; nothing of other columns."""
    if found.measured is None:
        return {}
    given: dict[str, object] = {}
    measured = found.measured[~np.isnan(found.measured)]
    if found.special:
        codes = [f"{code:g}" if abs(code) < 1e5 else str(int(code)) for code in found.special]
        survey.note(found.name, "special", codes=", ".join(codes))
        given["special"] = dict.fromkeys(codes, in_both("special_meaning"))
    if measured.size and measured.min() >= 0:
        given["low"] = 0.0
    usual = float(np.quantile(measured, 0.99)) if measured.size else 0.0
    if measured.size >= 1000 and usual > 0 and measured.max() > 20 * usual:
        survey.note(found.name, "outlier", most=float(measured.max()), usual=usual)
    return given


def _note_codes(found: Profile, measured: FloatArray, survey: Survey) -> None:
    values = np.unique(measured[~np.isnan(measured)])
    if not 2 < len(values) <= _FEW_CODES or (values != np.floor(values)).any():
        return
    index = np.where(np.isnan(measured), -1, np.searchsorted(values, measured))
    if evidence.shape(evidence.cells(index, survey.outcome)):
        survey.note(found.name, "codes", levels=len(values))


def _date(found: Profile, survey: Survey) -> Field:
    if survey.applied is None:
        survey.note(found.name, "date_without_application")
        return _plain(found, Role.IGNORED)
    days = (survey.applied - moments(found)).astype("timedelta64[D]")
    elapsed = np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(np.float64))
    direction = evidence.trend(elapsed, survey.outcome)
    _note_direction(found, direction, "direction_date", survey)
    return _plain(found, Role.FEATURE, direction=direction)


def _category(found: Profile, survey: Survey) -> Field:
    _note_feature(found, survey)
    field = _plain(found, Role.FEATURE)
    if _ordered(field.levels):
        # Only proposed: codes such as A11 to A14 look ordered and often are not.
        index = pd.Index(field.levels).get_indexer(pd.Index(found.text)).astype(np.int64)
        direction = evidence.cell_trend(evidence.cells(index, survey.outcome))
        _note_direction(found, direction, "direction_levels", survey)
    return field


def _ordered(levels: Sequence[str]) -> bool:
    """Whether names carry an order: letters A to G, or four numbers and more after one word."""
    if len(levels) < 4:
        return False
    keys = [level_order(level) for level in levels]
    letters = all(len(level) == 1 and level.isascii() and level.isalpha() for level in levels)
    steps = {(key[1], key[2]) for key in keys}
    numbered = all(key[1] >= 0 for key in keys) and len(steps) == len(levels)
    ranked = all(len(key[0]) == 1 and key[1] >= 0 for key in keys)
    return letters or ranked or (numbered and len({key[0] for key in keys}) == 1)


def _text(found: Profile, survey: Survey) -> Field:
    if found.long_text:
        survey.note(found.name, "document")
        return _plain(found, Role.DOCUMENT)
    _note_feature(found, survey)
    levels = len(found.counts)
    employer = key_of(found.name, found.personal) == "employer"
    message = "high_cardinality_employer" if employer else "high_cardinality"
    survey.note(found.name, message, levels=levels, most=MOST_LEVELS)
    return _plain(found, Role.IGNORED)


def _note_feature(found: Profile, survey: Survey) -> None:
    most = max(int(found.counts.iloc[0]), found.rows - found.filled)
    if most >= _NEAR_CONSTANT * found.rows:
        survey.note(found.name, "mostly_one", share=most / found.rows)
    for topic in ("proxy", "lender"):
        if suggests(found.name, topic):
            survey.note(found.name, topic)


def _note_direction(found: Profile, direction: Direction, key: str, survey: Survey) -> None:
    if direction != "none":
        way = catalogue("features").text(survey.language, f"draft.{direction}")
        survey.note(found.name, key, way=way)


def moments(found: Profile) -> npt.NDArray[np.datetime64]:
    """The dates of a column.

    Raises:
        DataError: They cannot be read as dates.
    """
    if found.moment is None:
        raise DataError(
            f'"{found.name}" cannot be read as dates; write them as 2024-01-31, or name another '
            "column as the application date"
        )
    return found.moment


def in_both(message: str, **slots: object) -> Text:
    """A message in both languages."""
    texts, place = catalogue("features"), f"draft.{message}"
    return Text(zh=texts.text("zh", place, **slots), en=texts.text("en", place, **slots))


def quoted(values: Sequence[str]) -> str:
    """Values in quotation marks, for a note."""
    return ", ".join(f'"{value}"' for value in values)


def fractional(found: Profile) -> bool:
    """Whether a number has values that are not whole."""
    number = found.number
    return number is not None and bool((number != np.floor(number))[~np.isnan(number)].any())
