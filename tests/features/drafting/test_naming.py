import pytest

from features.drafting.naming import plain_words, suggests


@pytest.mark.parametrize(
    "name",
    ["sex", "Gender", "AGE", "applicantAge", "marital_status", "foreign_worker", "famges", "Alter",
     "客户年龄", "婚姻状况", "是否少数民族", "birth_date"],
)  # fmt: skip
def test_protected_attributes_are_known_in_three_languages(name):
    assert suggests(name, "protected")


@pytest.mark.parametrize(
    "name",
    ["mileage", "AgeOfOldestAccount", "credit_age", "average_balance", "package", "sexagesimal",
     "账户年龄", "车龄", "stage", "altersvorsorge"],
)  # fmt: skip
def test_words_within_words_are_not(name):
    assert not suggests(name, "protected")


@pytest.mark.parametrize(
    "name",
    ["total_pymnt", "total_rec_prncp", "recoveries", "last_payment_date", "totalPaid",
     "settlement_amount", "out_prncp", "close_date", "催收次数", "结清日期", "核销金额"],
)  # fmt: skip
def test_names_of_things_after_the_outcome(name):
    assert suggests(name, "after_outcome")


@pytest.mark.parametrize(
    "name",
    ["PAY_AMT1", "PAY_0", "BILL_AMT6", "collections_12_mths_ex_med", "chargeoff_within_12_mths",
     "mths_since_last_delinq", "NumberOfTime30-59DaysPastDueNotWorse", "total_acc", "pub_rec",
     "monthly_payment", "debt_settlements_last_5_years", "近6个月催收次数", "历史结清笔数"],
)  # fmt: skip
def test_names_of_history_before_the_application_are_not(name):
    assert not suggests(name, "after_outcome")


def test_words_are_parted_at_case_digits_and_punctuation():
    assert plain_words("NumberOfDLQIn2yrs") == "_number_of_dlq_in_2_yrs_"
    assert plain_words("  ") == "__"
