"""Reports made by hand, with one of everything a page can show."""

from features.language import Text
from risk.report.document import (
    Cell,
    Chart,
    Column,
    Figure,
    Limits,
    Remark,
    Report,
    Section,
    Table,
)

HOSTILE = "<script>alert('x')</script> & \"{rows}\" {0} \x00\x1b\u202e]]>"
INCOME = Text(zh="月收入", en="monthly income")


def figures() -> tuple[Figure, ...]:
    """A figure with everything, one judged by something else, and one without a value."""
    full = Figure(
        key="auc_fall",
        value=0.031,
        sample="out_of_time",
        rows=1002,
        bads=105,
        low=0.01,
        high=0.052,
        method="delong-unpaired",
        p_value=0.00001,
    )
    read = Figure(key="rows_rejected", value=52, kind="count", rows=1000)
    return (
        full.against(Limits(amber=0.02, red=0.05)),
        read.against(Limits(amber=0.01, red=0.05), 0.052),
        Figure(key="gini", sample="test", rows=12, bads=1, because="too-few", subject="A1"),
        Figure(key="bad_rate", value=0.1048, kind="share", sample="test", rows=12),
    )


def table(rows: int = 3, **changes: object) -> Table:
    """A table by field with a chart of bars, its second row amber."""
    names: tuple[Cell, ...] = (INCOME, "age", *(f"field_{n}" for n in range(2, rows)))
    made = Table(
        key="rejected",
        columns=(Column(key="field"), Column(key="rows", kind="count")),
        rows=tuple((name, 100 * n) for n, name in enumerate(names[:rows])),
        lights=tuple("amber" if n == 1 else "green" for n in range(rows)),
        sample="out_of_time",
        chart=Chart(kind="bars", label="field", values=("rows",), line=50),
    )
    return made.model_copy(update=changes)


def roc(*lines: str) -> Table:
    """Curves that share their x."""
    kinds = (("line", "word"), ("goods_refused", "share"), ("bads_refused", "share"))
    return Table(
        key="roc",
        columns=tuple(Column(key=key, kind=kind) for key, kind in kinds),
        rows=tuple((line, x / 4, (x / 4) ** 0.5) for line in lines for x in range(5)),
        chart=Chart(
            kind="curve",
            label="goods_refused",
            values=("bads_refused",),
            by="line",
            diagonal=True,
        ),
    )


def report(**changes: object) -> Report:
    """A small report."""
    immature = Remark(
        key="immature",
        values={"rows": 1200, "first": "2026-01-31", "last": "2026-06-30"},
        kinds={"rows": "count", "first": "date", "last": "date"},
        light="amber",
    )
    roles = Table(
        key="sign_off",
        columns=(Column(key="role", kind="word"), Column(key="name")),
        rows=(("role.owner", ""),),
    )
    made = Report(
        kind="validation",
        portfolio="small loans",
        subjects=("small version 1",),
        sections=(
            Section(key="identity"),
            Section(key="flow", tables=(table(),), remarks=(immature,)),
            Section(
                key="discrimination",
                figures=figures(),
                tables=(roc("sample.test", "sample.out_of_time"),),
            ),
            Section(key="limitations", tables=(roles,)),
        ),
    )
    return made.model_copy(update=changes)
