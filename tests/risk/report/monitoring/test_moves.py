import pytest

from risk.report.monitoring import FieldMove, NightFigures
from risk.report.monitoring.moves import section
from risk.validation.stability import shift
from tests.risk.report.monitoring.nights import (
    DEVELOPMENT,
    EVEN,
    LABELS,
    TILTED,
    figure,
    keys,
    night,
    nights,
    table,
)


def tilted(n: int, times: int) -> NightFigures:
    return night(n, psi=shift(DEVELOPMENT * times, TILTED * times))


def test_a_shift_is_red_where_it_is_large_and_no_chance() -> None:
    few, many = (section(nights(night(0), tilted(1, times))) for times in (1, 20))
    psi = [figure(each, "psi") for each in (few, many)]
    assert psi[0].value == pytest.approx(psi[1].value)
    assert psi[1].value is not None
    assert 0.1 < psi[1].value < 0.25
    assert psi[1].light == "amber"
    assert table(many, "night_psi").lights == ("green", "amber")


def test_a_shift_of_few_rows_is_no_proof() -> None:
    one = night(0, psi=shift(DEVELOPMENT, TILTED // 8), scored=12)
    told = figure(section(nights(one)), "psi")
    assert told.value is not None
    assert told.value > 0.1
    assert told.p_value is not None
    assert told.p_value > 0.05
    assert told.light == "green"


def test_the_field_that_is_named_is_the_one_proven_to_have_moved() -> None:
    fields = (
        FieldMove("income", 9, shift(DEVELOPMENT, EVEN // 10 * 3)),
        FieldMove("debt", 2_000, shift(DEVELOPMENT * 20, TILTED * 20)),
    )
    told = section(nights(night(0, fields=fields)))
    largest = figure(told, "csi_largest")
    assert largest.subject == LABELS["debt"]
    assert largest.light == "amber"
    assert table(told, "night_csi").column("rows") == (2_000, 9)
    assert table(told, "night_csi").lights == ("amber", "green")


def test_the_worst_night_of_a_field_stands_beside_its_last() -> None:
    moved = (FieldMove("debt", 2_000, shift(DEVELOPMENT * 20, TILTED * 20)),)
    still = (FieldMove("debt", 2_000, shift(DEVELOPMENT * 20, EVEN * 20)),)
    told = section(nights(night(0, fields=moved), night(1, fields=still)))
    shown = table(told, "night_csi")
    assert shown.column("csi") == (0,)
    assert shown.column("csi_highest") == (pytest.approx(moved[0].moved.psi),)
    assert table(told, "night_csi_lines").column("day") == ("2026-11-01", "2026-11-02")


def test_a_model_that_kept_no_development_says_so() -> None:
    told = section(nights(night(0, psi=None, fields=()), night(1, psi=None, fields=())))
    assert {figure(told, key).because for key in ("psi", "csi_largest")} == {"no-development"}
    assert keys(told) == {"night_pd", "night_points"}


def test_another_model_or_policy_is_told_on_the_night_it_begins() -> None:
    other = {"model": "n", "policy": "p", "dictionary": "d"}
    told = section(nights(night(0), night(1, made_with=other), night(2, made_with=other))).remarks
    assert [dict(each.values) for each in told] == [
        {"day": "2026-11-02", "what": "made_with.model"}
    ]


def test_hundreds_of_fields_are_cut_and_counted() -> None:
    fields = tuple(FieldMove(f"x{n}", 100, shift(DEVELOPMENT, EVEN)) for n in range(300))
    shown = table(section(nights(night(0, fields=fields))), "night_csi")
    assert len(shown.rows) + shown.left_out == 300
