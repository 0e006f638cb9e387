"""The page of the accounts, where whoever keeps them begins."""

from collections.abc import Callable

from tests.pipelines.review.conftest import Browser


def test_who_keeps_the_accounts_begins_at_them_and_sees_no_case(
    browser: Callable[[], Browser],
) -> None:
    keeper = browser().log_in("administrator")
    assert keeper.get("/").headers["location"] == "/people"
    page = keeper.get("/people")
    assert page.status_code == 200
    for role in ("officer", "senior", "validator", "administrator"):
        assert f'<th scope="row">{role}</th>' in page.text
    assert keeper.get("/queue").status_code == 403
