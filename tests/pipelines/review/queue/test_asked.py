"""Addresses of the queue: what they ask for, and that no other is read."""

from datetime import date
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.review.queue.asked import FLAGS, TABS, Asked, Tab
from pipelines.store.desk import Cursor
from risk.desk import Person, Role, State
from risk.policy import Recommendation

ME = Person("me", Role.OFFICER)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=50)
cursors = st.builds(
    Cursor, st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 2**63 - 1)
)
some_asked = st.builds(
    Asked,
    tab=st.sampled_from(TABS),
    product=texts,
    grade=texts,
    recommendation=st.none() | st.sampled_from(Recommendation),
    night=st.none() | st.dates(),
    flag=st.none() | st.sampled_from(FLAGS),
    search=texts.map(str.strip),
    pages=st.lists(cursors, max_size=40).map(tuple),
)


@given(some_asked)
def test_an_address_says_all_that_is_asked_for(asked: Asked) -> None:
    assert Asked.read(asked.query) == asked


@given(st.text(max_size=80))
def test_any_other_address_is_refused_or_read_as_one_of_ours(query: str) -> None:
    try:
        asked = Asked.read(query)
    except ValueError:
        return
    assert Asked.read(asked.query) == asked


@pytest.mark.parametrize(
    "query",
    [
        "q=theirs",
        "recommendation=maybe",
        "night=20261127",
        "night=2026-02-30",
        "night=today",
        "flag=green",
        "grade=" + "x" * 201,
        "after=nan:1",
        "after=inf:1",
        "after=1.0:-1",
        "after=1.0:1_0",
        "after= 1.0:1",
        "after=1:1",
        "after=1.0",
        "after=1.0:99999999999999999999",
        "after=1.0:1;drop table desk",
    ],
)
def test_what_no_page_of_ours_leads_to_is_refused(query: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Asked.read(query)


def test_pages_lead_forward_and_the_same_way_back() -> None:
    first = Asked(tab="mine", grade="B2")
    second = first.older(Cursor(3.0, 7))
    third = second.older(Cursor(2.0, 5))
    assert third.wanted(ME, 50).after == Cursor(2.0, 5)
    assert (third.newer, second.newer, first.newer) == (second, first, None)
    assert third.first == first


def test_the_address_of_a_late_page_does_not_grow_without_end() -> None:
    asked = Asked()
    for n in range(500):
        asked = asked.older(Cursor(-float(n), n))
    assert len(asked.query) < 2_000
    assert asked.wanted(ME, 50).after == Cursor(-499.0, 499)


def test_each_tab_asks_the_desk_for_its_queue() -> None:
    wanted = {tab: Asked(tab=tab).wanted(ME, 10) for tab in TABS}
    assert (wanted["mine"].holder, wanted["unassigned"].holder) == ("me", "")
    assert wanted["pending"].pending
    assert {tab: each.state for tab, each in wanted.items() if each.state} == {
        "second": State.SECOND,
        "asked": State.ASKED,
        "held": State.HELD,
        "escalated": State.ESCALATED,
        "decided": State.DECIDED,
    }
    assert set(wanted) == set(get_args(Tab))


def test_another_tab_keeps_the_filters_and_begins_at_its_first_page() -> None:
    asked = Asked(grade="B2", night=date(2026, 11, 27), search="A", pages=(Cursor(1.0, 1),))
    assert asked.under("mine") == Asked(tab="mine", grade="B2", night=date(2026, 11, 27))
