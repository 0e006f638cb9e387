"""Keys of other programs, on both databases."""

import pytest

from pipelines.store import Database
from pipelines.store.keys import ApiKeys, KeyNameError, Scope, digest_of


def test_a_key_opens_what_it_was_made_for_until_it_is_revoked(database: Database) -> None:
    keys = ApiKeys(database)
    key = keys.make("core system", frozenset({Scope.READ, Scope.DECIDE}))
    found = keys.find(key)
    assert found is not None
    assert (found.name, found.scopes) == ("core system", {Scope.READ, Scope.DECIDE})
    assert keys.find(key + "x") is keys.find("") is keys.find("\x00\ud800") is None
    assert keys.revoke(digest_of(key))
    assert not keys.revoke(digest_of(key))
    assert keys.find(key) is None
    assert [each.revoked_at is None for each in keys.all()] == [False]


def test_the_key_itself_is_kept_nowhere(database: Database) -> None:
    key = ApiKeys(database).make("x", frozenset({Scope.SCORE}))
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM api_keys").all()
    assert key not in str(rows)
    assert len(key) > 40


def test_two_valid_keys_never_share_a_name(database: Database) -> None:
    keys = ApiKeys(database)
    first = keys.make("core", frozenset({Scope.READ}))
    with pytest.raises(KeyNameError):
        keys.make("core", frozenset({Scope.QUEUE}))
    keys.revoke(digest_of(first))
    keys.make("core", frozenset({Scope.QUEUE}))
    assert [each.revoked_at is None for each in keys.all()] == [False, True]
