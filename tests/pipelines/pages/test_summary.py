from pipelines.pages.summary import findings, lights
from pipelines.pages.words import Words
from risk.report.document import Section
from tests.pipelines.pages.made import report, table


def test_everything_red_or_amber_is_told_and_the_red_first() -> None:
    found = findings(report(), Words("en"))
    assert [(each.light, each.section, each.anchor) for each in found] == [
        ("red", "Discrimination", "discrimination-figure-2"),
        ("amber", "Sample flow", "flow-remark-1"),
        ("amber", "Sample flow", "flow-table-1"),
        ("amber", "Discrimination", "discrimination-figure-1"),
    ]
    assert [each.told for each in found] == [
        "52, 1,000 rows",
        "",
        "field: age",
        "0.0310 [0.0100, 0.0520], out of time, 1,002 rows, 105 bads",
    ]
    assert found[1].what.endswith("31 January 2026, the last on 30 June 2026.")


def test_many_rows_of_a_table_are_named_up_to_a_number() -> None:
    many = table(40).model_copy(update={"lights": ("red",) * 40})
    made = report(sections=(Section(key="flow", tables=(many,)),))
    told = findings(made, Words("zh"))[0].told
    assert told.startswith("字段：月收入、age、field_2、")
    assert told.endswith("field_11 等 28 项")


def test_lights_of_figures_rows_and_remarks_are_counted() -> None:
    assert lights(report()) == {"red": 1, "amber": 3, "green": 2, "none": 2}
