import pytest

from features.dictionary import Role
from pipelines.cases import CaseRecord
from pipelines.review.what_if.rebuild import SAME, NotRebuiltError, rebuild
from risk.policy import HardRule, Policy, Recommendation
from tests.pipelines.review.what_if.conftest import Night


def without(record: CaseRecord, field: str) -> CaseRecord:
    facts = tuple(f for f in record.case.facts if (f.kind, f.field) != ("form", field))
    return record.model_copy(update={"case": record.case.model_copy(update={"facts": facts})})


def test_every_case_of_a_night_comes_out_as_it_was(night: Night) -> None:
    for record in night.records[:16]:
        before = night.rebuilt(record).before
        assert abs(before.pd_model - record.score.pd_model) <= SAME
        assert before.grade == record.score.grade
        assert before.recommendation == record.score.recommendation
        assert set(before.rules) == set(record.score.rules)


def test_nothing_protected_personal_or_derived_can_be_varied(night: Night) -> None:
    case = night.rebuilt(night.records[0])
    assert {f.role for f in case.fields} == {Role.FEATURE}
    assert not any(f.formula or f.personal for f in case.fields)
    assert "monthly_income" in {f.name for f in case.fields}


def test_what_the_portfolio_protects_today_cannot_be_varied(night: Night) -> None:
    dictionary = night.config.read_dictionary()
    fields = tuple(
        f.model_copy(update={"role": Role.PROTECTED}) if f.name == "education" else f
        for f in dictionary.fields
    )
    today = dictionary.model_copy(update={"fields": fields})
    case = rebuild(night.records[0], night.model, night.config.policy, today)
    assert "education" not in {f.name for f in case.fields}


def test_what_is_changeable_is_what_the_portfolio_says_today(night: Night) -> None:
    dictionary = night.config.read_dictionary()
    fields = tuple(
        f.model_copy(update={"changeable": "any" if f.name == "housing" else ""})
        for f in dictionary.fields
    )
    today = dictionary.model_copy(update={"fields": fields})
    case = rebuild(night.records[0], night.model, night.config.policy, today)
    assert [f.name for f in case.dictionary.fields if f.changeable] == ["housing"]


def test_a_case_that_comes_out_otherwise_is_not_shown(night: Night) -> None:
    record = night.records[0]
    score = record.score.model_copy(update={"pd_model": record.score.pd_model + 1e-8})
    with pytest.raises(NotRebuiltError) as raised:
        night.rebuilt(record.model_copy(update={"score": score}))
    assert raised.value.why == "score"


def test_a_value_that_is_not_on_file_is_never_guessed(night: Night) -> None:
    answers = set()
    for record in night.records[:8]:
        missing = next(f for f in record.case.of_kind("form") if f.field == "credit_inquiries_3m")
        try:
            case = night.rebuilt(without(record, missing.field))
        except NotRebuiltError as error:
            answers.add(error.why)
        else:
            assert abs(case.before.pd_model - record.score.pd_model) <= SAME
    assert answers <= {"score"}
    required = without(night.records[0], "loan_amount")
    with pytest.raises(NotRebuiltError) as raised:
        night.rebuilt(required)
    assert raised.value.why == "values"


def test_a_hard_rule_on_what_is_not_on_file_stays_as_it_was(night: Night) -> None:
    minimum = HardRule(
        name="minimum-age", field="age", op="<", value=200, decision=Recommendation.DECLINE,
        label="Below the minimum age", lawful=True,
    )  # fmt: skip
    config = night.config
    policy = Policy.model_validate({**config.policy.model_dump(), "rules": (minimum,)})
    record = night.of(Recommendation.APPROVE)
    declined = {"rules": ("minimum-age",), "recommendation": Recommendation.DECLINE}
    record = record.model_copy(update={"score": record.score.model_copy(update=declined)})
    case = rebuild(record, night.model, policy, config.read_dictionary())
    assert case.kept == (minimum,)
    assert case.before.rules == ("minimum-age",)
    assert case.before.recommendation == Recommendation.DECLINE
