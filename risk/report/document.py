"""What a report says, in no language: sections of figures, tables and remarks.

Whatever a person reads of it, page, PDF or the workbench, is drawn from this record alone. Keys
name texts of the catalogue: `figure.<key>`, `table.<key>`, `column.<key>`, `remark.<key>`, ...
"""

from collections.abc import Iterator, Mapping
from typing import Literal, Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, computed_field, model_validator

from features.language import Text

Light = Literal["green", "amber", "red", "none"]
"""`none`: nothing to judge, or nothing to judge it by."""

Kind = Literal["text", "word", "count", "share", "number", "index", "points", "p", "date", "light"]
"""How a cell is written: `text` as it stands or by its language, `word` by its key in the
catalogue, `share` in percent, `number` with four places, `index` with three, `p` as a p-value."""

Cell = Text | str | int | float | None
_ORDER: tuple[Light, ...] = ("none", "green", "amber", "red")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(_Strict):
    """Where a light changes; which side is bad follows from which limit is larger.

    Attributes:
        amber: From here on a person should look.
        red: From here on something is wrong.

    Example:
        >>> Limits(amber=0.1, red=0.25).light(0.3), Limits(amber=0.9, red=0.8).light(0.85)
        ('red', 'amber')
    """

    amber: float
    red: float

    def light(self, value: float | None) -> Light:
        """The light of a value; a value on a limit is past it; `none` where there is no value."""
        if value is None or np.isnan(value):
            return "none"
        sign = 1 if self.red >= self.amber else -1
        if sign * value >= sign * self.red:
            return "red"
        return "amber" if sign * value >= sign * self.amber else "green"


class Figure(_Strict):
    """One figure, and everything that has to be known to read it.

    Attributes:
        key: What it is.
        value: Its value; None where there is none, and `because` says why.
        kind: How it is written.
        sample: Which rows: `development`, `out_of_time`, ...
        rows: How many.
        bads: Bads among them.
        low: Lower bound of its interval.
        high: Upper bound.
        method: How interval or test came about.
        p_value: Of its test.
        subject: What it is about where that is not the whole sample: a grade, a field, a group.
        light: Traffic light.
        limits: What the light follows from, where that is two limits.
        judged: What was held against the limits, where that is not the value.
        because: Why there is no value.
    """

    # No bads where some were expected are infinitely far off; null would read as nothing at all.
    model_config = ConfigDict(ser_json_inf_nan="strings")

    key: str
    value: float | None = None
    kind: Kind = "number"
    sample: str = ""
    rows: int | None = None
    bads: int | None = None
    low: float | None = None
    high: float | None = None
    method: str = ""
    p_value: float | None = None
    subject: Text | str = ""
    light: Light = "none"
    limits: Limits | None = None
    judged: float | None = None
    because: str = ""

    def against(self, limits: Limits, judged: float | None = None) -> Self:
        """The figure with its light: by `judged`, or else by its value."""
        light = limits.light(self.value if judged is None else judged)
        if self.value is None:
            light = "none"
        return self.model_copy(update={"light": light, "limits": limits, "judged": judged})


class Column(_Strict):
    """A column of a table."""

    key: str
    kind: Kind = "text"


class Chart(_Strict):
    """How a table is drawn; it names columns, and holds no figures of its own.

    Attributes:
        kind: `bars`: one group of bars a row. `lines`: a line a column over the rows in order.
            `intervals`: a dot with its interval a row. `curve`: a line through x and y.
            `heat`: a matrix, its first column the names of its rows.
        label: Column of the labels, or of x where `kind` is `curve`.
        values: Columns that are drawn.
        low: Column of the lower bounds of the first of them.
        high: Column of the upper bounds.
        line: A value to draw a line at.
        diagonal: Whether to draw x = y.
        by: Column by which rows belong to different lines of a `curve`.
    """

    kind: Literal["bars", "lines", "intervals", "curve", "heat"]
    label: str
    values: tuple[str, ...]
    low: str = ""
    high: str = ""
    line: float | None = None
    diagonal: bool = False
    by: str = ""


class Table(_Strict):
    """Rows of cells; `lights` has one a row, or none at all.

    Attributes:
        key: What it shows.
        columns: Its columns.
        rows: Its cells, row by row; None where there is nothing to say.
        sample: Which rows it rests on.
        lights: Traffic light of each row.
        chart: How it is drawn; None for a table alone.
        subject: What it is about where that is not the whole sample.
        left_out: Rows that would be too many to show.
    """

    key: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sample: str = ""
    lights: tuple[Light, ...] = ()
    chart: Chart | None = None
    subject: Text | str = ""
    left_out: int = 0

    @classmethod
    def of(cls, key: str, frame: pd.DataFrame, kinds: Mapping[str, Kind], **more: object) -> Self:
        """A table of some columns of a frame, in the order of `kinds`; NaN is nothing to say.

        Args:
            key: What it shows.
            frame: Where the cells come from; `lights`, if it is a column, gives those of the rows.
            kinds: How each column is written, by its name, which is also its key.
            more: Other attributes.
        """
        columns = tuple(Column(key=name, kind=kind) for name, kind in kinds.items())
        series = [_cells(frame[name]) for name in kinds]
        lights = tuple(frame["lights"]) if "lights" in frame else ()
        rows = tuple(zip(*series, strict=True))
        given = {"key": key, "columns": columns, "rows": rows, "lights": lights, **more}
        return cls.model_validate(given)

    def column(self, key: str) -> tuple[Cell, ...]:
        """The cells of one column."""
        place = [column.key for column in self.columns].index(key)
        return tuple(row[place] for row in self.rows)


class Remark(_Strict):
    """A sentence: its key, and what is filled in. `light` where it judges."""

    key: str
    values: dict[str, Cell] = {}
    kinds: dict[str, Kind] = {}
    light: Light = "none"


class _Judged(_Strict):
    """A record that tells its light as well, for readers of the JSON, and does not believe it."""

    @model_validator(mode="before")
    @classmethod
    def _light_follows(cls, given: object) -> object:
        if isinstance(given, Mapping):
            return {key: value for key, value in given.items() if key != "light"}
        return given


class Section(_Judged):
    """One question of a validator, and what is known of it."""

    key: str
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def lights(self) -> tuple[Light, ...]:
        """All of its lights."""
        return (
            *(figure.light for figure in self.figures),
            *(light for table in self.tables for light in table.lights),
            *(remark.light for remark in self.remarks),
        )

    @computed_field  # type: ignore[prop-decorator]
    @property
    def light(self) -> Light:
        """The worst of its lights."""
        return worst(*self.lights)


class Report(_Judged):
    """A whole report.

    Attributes:
        kind: What it is.
        portfolio: Whose model.
        subjects: The runs it speaks of, one or two.
        sections: In the order in which they are read.
        format: Version of this record.
    """

    kind: Literal["validation", "comparison", "monitoring"]
    portfolio: str
    subjects: tuple[str, ...]
    sections: tuple[Section, ...]
    format: Literal[1] = 1

    @computed_field  # type: ignore[prop-decorator]
    @property
    def light(self) -> Light:
        """The worst of its lights."""
        return worst(*(section.light for section in self.sections))

    def section(self, key: str) -> Section:
        """One of its sections.

        Raises:
            KeyError: It has none of this key.
        """
        return {section.key: section for section in self.sections}[key]

    def to_json(self) -> str:
        """The record as it stands on disk."""
        return self.model_dump_json(indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The record that `to_json` wrote.

        Raises:
            pydantic.ValidationError: It is none.
        """
        return cls.model_validate_json(text)

    def metrics(self) -> dict[str, float]:
        """Every figure about a whole sample, flat: `section.figure.sample`, for a run tracker."""
        return dict(self._flat())

    def _flat(self) -> Iterator[tuple[str, float]]:
        for section in self.sections:
            for figure in section.figures:
                if figure.value is None or figure.subject or not np.isfinite(figure.value):
                    continue
                name = ".".join(part for part in (section.key, figure.key, figure.sample) if part)
                yield name, figure.value


def worst(*lights: Light) -> Light:
    """The worst of some lights; `none` of none.

    Example:
        >>> worst("green", "amber", "none")
        'amber'
    """
    return max(lights, key=_ORDER.index, default="none")


def _cells(column: pd.Series) -> list[Cell]:
    return [_cell(value) for value in column.tolist()]


def _cell(value: object) -> Cell:
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NaT:
        return None
    if isinstance(value, Text | str | int | float):
        return value
    return str(value)
