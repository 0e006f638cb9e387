"""Views that people save: each has their own, by name."""

from pipelines.store import Database
from pipelines.store.views import MOST, SavedView, SavedViews


def test_a_view_is_kept_for_the_person_alone(database: Database) -> None:
    mine, yours = SavedViews(database, "me"), SavedViews(database, "you")
    assert mine.save(SavedView("大额", "q=mine&grade=D1"))
    assert mine.all() == (SavedView("大额", "q=mine&grade=D1"),)
    assert yours.all() == ()
    yours.delete("大额")
    assert len(mine.all()) == 1


def test_a_view_of_the_same_name_takes_its_place(database: Database) -> None:
    views = SavedViews(database, "me")
    for query in ("grade=A1", "grade=A2"):
        assert views.save(SavedView("a", query))
    assert views.all() == (SavedView("a", "grade=A2"),)


def test_there_is_an_end_to_views_but_old_ones_can_still_be_replaced(database: Database) -> None:
    views = SavedViews(database, "me")
    assert all(views.save(SavedView(f"{n:02}", "")) for n in range(MOST))
    assert not views.save(SavedView("one more", ""))
    assert views.save(SavedView("00", "grade=A1"))
    views.delete("01")
    assert views.save(SavedView("one more", ""))
    assert len(views.all()) == MOST


def test_deleting_what_is_not_there_does_nothing(database: Database) -> None:
    SavedViews(database, "me").delete("x")
