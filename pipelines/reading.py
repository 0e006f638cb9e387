"""A source read through its dictionary: batches of accepted rows, and every row that broke."""

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from features.dictionary import DataDictionary, Role
from features.errors import DataError
from features.intake import IdLedger, Intake, Purpose, check
from pipelines.job import Advance
from pipelines.sources import Source

_OPTIONAL = (Role.PROTECTED, Role.DOCUMENT, Role.ASSOCIATION)


def checked(
    source: Source,
    dictionary: DataDictionary,
    purpose: Purpose,
    advance: Advance,
    also: Sequence[str] = (),
    *,
    once: bool = True,
) -> Iterator[Intake]:
    """Check a source batch by batch.

    Args:
        source: Where the rows come from.
        dictionary: What they may hold.
        purpose: As in `features.intake.check`.
        advance: Told how many rows are read.
        also: Fields needed beside those of the model.
        once: Whether an id may stand in one row only.

    Raises:
        DataError: A needed column is missing or an id stands twice; the message names the file.
    """
    ledger = IdLedger()
    done = 0
    for batch in source.batches(columns_for(source, dictionary, purpose, also)):
        try:
            rows = batch.frame.index
            intake = check(batch.frame, dictionary, rows=rows, purpose=purpose, binding=also)
            if once:
                ledger.add(intake.accepted["application_id"], intake.accepted.index)
        except DataError as error:
            raise DataError(f"{source.name}: {error}") from error
        done += len(batch.frame) + len(batch.rejected)
        advance(done, source.rows or 0)
        rejected = pd.concat([batch.rejected, intake.rejected], ignore_index=True)
        yield Intake(intake.accepted, rejected)


def read_all(
    source: Source,
    dictionary: DataDictionary,
    purpose: Purpose,
    advance: Advance,
    also: Sequence[str] = (),
) -> Intake:
    """The whole source in memory, as training needs it; `also` as in `checked`.

    Raises:
        DataError: As `checked`; also when no row is left.
    """
    whole = together(checked(source, dictionary, purpose, advance, also))
    if whole.accepted.empty:
        rules = ", ".join(sorted(set(whole.rejected["rule"]))) or "the file holds no rows"
        raise DataError(f"{source.name}: no row can be used ({rules}); check dictionary.toml")
    return whole


def refuse_empty(source: Source) -> None:
    """Refuse a source without a single row, broken ones included.

    Raises:
        DataError: It has none.
    """
    first = None if source.rows is not None else next(iter(source.batches(size=1)))
    if source.rows or (first is not None and len(first.frame) + len(first.rejected)):
        return
    raise DataError(
        f"{source.name} has a header and no rows; see whether its extract came through, or give "
        "--allow-empty where there may be no applications"
    )


def together(intakes: Iterable[Intake]) -> Intake:
    """Several batches as one."""
    parts = list(intakes)
    return Intake(
        pd.concat([p.accepted for p in parts]),
        pd.concat([p.rejected for p in parts], ignore_index=True),
    )


def columns_for(
    source: Source, dictionary: DataDictionary, purpose: Purpose, also: Sequence[str]
) -> list[str]:
    """Columns of a source that a job reads, in the dictionary's order; `also` as in `checked`."""
    needed = dictionary.columns_to_train() if purpose == "train" else dictionary.columns_to_score()
    welcome = {f.name for f in dictionary.with_role(*_OPTIONAL)}
    welcome |= {f.name for f in dictionary.fields if f.personal} & set(source.columns)
    return [
        f.name
        for f in dictionary.fields
        if f.name in (*needed, *also) or (f.name in welcome and f.name in source.columns)
    ]
