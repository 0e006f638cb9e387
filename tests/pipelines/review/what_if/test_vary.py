import pytest

from pipelines.review.what_if.percent import as_typed
from pipelines.review.what_if.rebuild import Rebuilt, typed
from pipelines.review.what_if.vary import MOST_PARTED, advice, vary
from risk.policy import RECOMMENDATIONS, Recommendation
from tests.pipelines.review.what_if.conftest import Night

DECLINE = Recommendation.DECLINE


@pytest.fixture
def declined(night: Night) -> Rebuilt:
    return night.rebuilt(night.of(DECLINE))


def test_values_as_they_stand_change_nothing(declined: Rebuilt) -> None:
    given = {f.name: as_typed(f, declined.values[f.name]) for f in declined.fields}
    assert vary(declined, given).after is None
    assert vary(declined, {}).moved == ()


def test_points_of_all_changes_add_up_to_the_whole(declined: Rebuilt) -> None:
    given = {
        "monthly_income": "60000", "existing_debt": "100", "loan_amount": "5,000",
        "housing": "own", "monthly_repayment": "10",
    }  # fmt: skip
    found = vary(declined, given)
    assert found.after is not None
    assert [each.field for each in found.moved] == [
        f.name
        for f in declined.fields
        if f.name in given and f.name in {m.field for m in found.moved}
    ]
    total = sum(each.points or 0 for each in found.moved)
    assert total == pytest.approx(found.after.points - declined.before.points, abs=1e-6)
    assert found.after.points > declined.before.points


def test_a_change_is_scored_as_the_application_would_be_that_came_with_it(
    night: Night, declined: Rebuilt
) -> None:
    found = vary(declined, {"monthly_income": "30000"})
    values = {**declined.values, "monthly_income": 30000.0}
    row, _ = typed(values, {}, declined.dictionary, declined.scorer.policy)
    assert found.after == declined.score(row)[0]


@pytest.mark.parametrize(
    ("field", "text", "rule"),
    [
        ("monthly_income", "much", "not-a-number"),
        ("monthly_income", "-5", "below-minimum"),
        ("term_months", "7.5", "not-an-integer"),
        ("term_months", "", "missing-value"),
        ("housing", "castle", "unknown-level"),
        ("monthly_income", "9" * 1_000_000, "above-maximum"),
        ("monthly_income", "\x00\u202e<script>", "not-a-number"),
    ],
)
def test_what_the_dictionary_refuses_is_not_scored(
    declined: Rebuilt, field: str, text: str, rule: str
) -> None:
    found = vary(declined, {field: text})
    assert found.after is None
    assert set(found.refused) == {field}
    if text[:1] != "9":
        assert found.refused[field] == rule


def test_fields_that_cannot_be_varied_are_passed_over(declined: Rebuilt) -> None:
    assert vary(declined, {"age": "20", "debt_to_income": "0", "nonsense": "1"}).after is None


def test_more_changes_than_are_parted_are_only_added_up(declined: Rebuilt) -> None:
    given = {
        f.name: as_typed(f, (declined.dictionary[f.name].low or 0.0) + 1.0) for f in declined.fields
        if f.numeric and f.low is not None
    }  # fmt: skip
    found = vary(declined, given)
    assert len(found.moved) > MOST_PARTED
    assert found.after is not None
    assert all(each.points is None for each in found.moved)


def test_advice_typed_into_the_form_leads_where_it_says(night: Night) -> None:
    reached = 0
    for record in night.records[:4]:
        case = night.rebuilt(record)
        for found in advice(case):
            for way in found.ways:
                again = vary(
                    case, {c.field: as_typed(case.dictionary[c.field], c.new) for c in way.changes}
                )
                assert again.after is not None
                assert again.after.points == pytest.approx(way.points, abs=1e-9)
                assert again.after.recommendation == way.recommendation
                places = map(RECOMMENDATIONS.index, (way.recommendation, found.goal))
                assert next(places) <= next(places)
                reached += 1
    assert reached


def test_an_approved_case_has_no_advice(night: Night) -> None:
    assert advice(night.rebuilt(night.of(Recommendation.APPROVE))) == ()
