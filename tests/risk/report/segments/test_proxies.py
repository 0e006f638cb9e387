from dataclasses import replace

import numpy as np
import pytest

from features.dictionary import DataDictionary
from risk.report.evidence import Evidence
from risk.report.limits import ValidationLimits
from risk.report.segments import proxies
from risk.report.segments.fairness import fairness
from risk.report.segments.proxies import Drawn
from tests.risk.report.plain import plain, with_current, with_rows
from tests.risk.report.scene import evidence


def drawn(known: Evidence) -> Drawn:
    return proxies.drawn(known, fairness(known).comparable)


def telling(known: Evidence, strength: float, seed: int = 0) -> Evidence:
    """The same evidence with an income that tells gender."""
    woman = (known.current.rows["gender"] == "woman").to_numpy()
    noise = np.random.default_rng(seed).normal(size=len(woman))
    return with_rows(known, income=strength * woman + noise)


@pytest.mark.parametrize("seed", range(3))
def test_a_proxy_is_found_and_fields_that_tell_nothing_are_not(seed: int) -> None:
    known = plain(3000, seed)
    none = list(proxies.figures(known, drawn(known)))
    assert {figure.light for figure in none} == {"green"}
    telltale = telling(known, 4.0, seed)
    _, gender = proxies.figures(telltale, drawn(telltale))
    assert gender.light == "red"
    assert gender.value > 0.95
    some = telling(known, 1.2, seed)
    assert [f.light for f in proxies.figures(some, drawn(some))] == ["green", "amber"]


def test_the_strongest_proxy_comes_first_beside_its_weight() -> None:
    known = telling(plain(3000), 2.0)
    found = drawn(known)
    table = [t for t in proxies.tables(known, found) if t.key == "proxies"][1]
    assert table.subject == known.dictionary["gender"].label
    assert table.column("field")[0] == known.dictionary["income"].label
    assert table.column("association")[0] > 0.5
    assert "importance" not in [column.key for column in table.columns]
    model = evidence()
    first = next(t for t in proxies.tables(model, drawn(model)) if t.key == "proxies")
    weights = drawn(model).found[0].fields["importance"]
    assert weights.sum() == pytest.approx(1)
    assert first.column("importance") == tuple(weights.head(10))
    assert (len(first.rows), first.left_out) == (10, len(weights) - 10)


def test_many_rows_are_drawn_from() -> None:
    known = plain(12_000)
    found = drawn(known)
    assert len(found.part) == 10_000
    assert found.found[1].members["rows"].sum() == 10_000
    again = drawn(known).part.rows["application_id"]
    assert again.equals(found.part.rows["application_id"])
    other = drawn(replace(known, seed=1)).part.rows["application_id"]
    assert not other.equals(found.part.rows["application_id"])


def test_a_group_that_is_not_drawn_is_too_small_to_tell() -> None:
    gender = np.full(30_000, "man")
    gender[0] = "woman"
    known = with_rows(plain(30_000, limits=ValidationLimits(least_rows=1)), gender=gender, age=None)
    found = [drawn(replace(known, seed=seed)) for seed in range(4)]
    assert any(each.found[0].members.empty for each in found)
    for each in found:
        assert [f.because for f in proxies.figures(known, each)] == ["too-few"]
        assert list(proxies.tables(known, each))


def test_without_protected_fields_nothing_is_looked_for() -> None:
    known = plain(500)
    fields = tuple(f for f in known.dictionary.fields if f.role != "protected")
    bare = replace(known, dictionary=DataDictionary(fields=fields))
    assert list(proxies.figures(bare, drawn(bare))) == []
    assert list(proxies.tables(bare, drawn(bare))) == []


def test_a_field_that_never_has_a_value_is_no_proxy() -> None:
    known = with_rows(plain(600), debt=np.full(600, np.nan))
    names = drawn(known).found[0].fields["field"]
    assert set(names) == {"income", "region"}
    assert len(drawn(with_current(known, y=np.full(600, np.nan))).found) == 2
