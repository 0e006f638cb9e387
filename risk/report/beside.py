"""What is said of one run, said of two side by side: the second alone is judged.

A comparison asks whether the second may take the place of the first, and what is wrong with the
first is no fault of the second.
"""

from collections.abc import Callable

from risk.report.document import Light, Section
from risk.report.evidence import Evidence, Pair


def beside(pair: Pair, told: Callable[[Evidence], Section]) -> Section:
    """A section on both runs, the first without lights; figures and tables name their run.

    Args:
        pair: The runs.
        told: What the section says of one of them.
    """
    first, second = (_about(side.name, told(side)) for side in pair.sides)
    first = unjudged(first)
    return Section(
        key=second.key,
        figures=(*first.figures, *second.figures),
        tables=(*first.tables, *second.tables),
        remarks=(*first.remarks, *second.remarks),
    )


def unjudged(section: Section) -> Section:
    """The same section without lights, and without what they follow from."""
    dark: Light = "none"
    figure = {"light": dark, "limits": None, "judged": None}
    return Section(
        key=section.key,
        figures=tuple(each.model_copy(update=figure) for each in section.figures),
        tables=tuple(each.model_copy(update={"lights": ()}) for each in section.tables),
        remarks=tuple(each.model_copy(update={"light": dark}) for each in section.remarks),
    )


def _about(name: str, section: Section) -> Section:
    named = {"subject": name}
    figures = tuple(each.model_copy(update=named) for each in section.figures)
    tables = tuple(each.model_copy(update=named) for each in section.tables)
    return section.model_copy(update={"figures": figures, "tables": tables})
