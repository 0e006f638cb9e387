import numpy as np

from features.drafting.grouping import correlated


def test_columns_that_say_the_same_form_a_group_named_after_them():
    rng = np.random.default_rng(0)
    base, other = rng.normal(size=(2, 500))
    columns = {
        "bill_1": base,
        "age": other,
        "bill_2": base**3 + rng.normal(scale=0.01, size=500),
        "bill_3": -np.exp(base),
        "noise": rng.normal(size=500),
    }
    assert correlated(columns) == {"bill": ("bill_1", "bill_2", "bill_3")}


def test_two_groups_of_like_names_keep_apart():
    base, other = np.random.default_rng(1).normal(size=(2, 500))
    columns = {"pay_1": base, "pay_2": base, "pay_3": other, "pay_4": other}
    assert correlated(columns) == {"pay": ("pay_1", "pay_2"), "pay_3": ("pay_3", "pay_4")}


def test_columns_seldom_filled_together_and_constant_ones_form_no_group():
    base = np.random.default_rng(2).normal(size=500)
    half = np.where(np.arange(500) < 300, base, np.nan)
    rest = np.where(np.arange(500) > 200, base, np.nan)
    assert correlated({"a": half, "b": rest, "c": np.ones(500)}) == {}
    assert correlated({"a": base}) == {}
