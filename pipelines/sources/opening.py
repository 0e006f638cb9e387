"""Where rows come from: a CSV file, a Parquet file or a database table, all read alike.

Chooses the reader by the address; the readers are `pipelines.sources.csv_source`,
`pipelines.sources.parquet_source` and `pipelines.sources.sql_source`.
"""

from pathlib import Path

from features.errors import DataError
from pipelines.sources.batches import Source

PARQUET = (".parquet", ".pq")
TEXT = (".csv", ".tsv", ".txt", ".dat", ".del")
_KNOWN = f"{', '.join((*TEXT, *PARQUET))}, any of the text ones with .gz, or a database URL"

# First bytes of files that are often handed over under a wrong name.
_MAGIC = (
    (b"PAR1", "a Parquet file", "name it .parquet"),
    (b"PK\x03\x04", "an Excel workbook or a zip archive", 'save it as "CSV UTF-8" or unpack it'),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", 'save it as "CSV UTF-8"'),
    (b"\x1f\x8b", "a gzip file", "name it .csv.gz"),
    (b"SQLite format 3\0", "an SQLite database", "give it as sqlite:///PATH#TABLE"),
)


def open_source(
    uri: str,
    *,
    table: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Source:
    """Open a source of rows.

    Args:
        uri: Path of a text file (.csv, .tsv, .txt, .dat, .del, each also with .gz) or a Parquet
            file (.parquet, .pq), or a database URL as SQLAlchemy takes it; a table may follow a
            URL after `#`, as in `sqlite:///book.db#applications`.
        table: Table or view of the database, with its schema before a dot where it needs one.
        encoding: Encoding of the text file; found out where None.
        delimiter: Separator of the text file's cells; found out where None.

    Raises:
        DataError: The source is missing, is not what its name says, or cannot be read; the
            message names it, the place and the mend.
    """
    if "://" in uri:
        _refuse("a database", encoding=encoding, delimiter=delimiter)
        from pipelines.sources.sql_source import SqlSource

        return SqlSource(uri, table)
    path = Path(uri)
    _refuse("a file", table=table)
    kind = _kind(path)
    if kind in PARQUET:
        _refuse("a Parquet file", encoding=encoding, delimiter=delimiter)
        from pipelines.sources.parquet_source import ParquetSource

        return ParquetSource(path)
    _look_inside(path)
    from pipelines.sources.csv_source import CsvSource

    return CsvSource(path, encoding=encoding, delimiter=delimiter)


def _refuse(what: str, **settings: str | None) -> None:
    """Refuse settings that would be silently ignored."""
    for name, value in settings.items():
        if value is not None:
            raise DataError(f"{what} takes no {name}; leave the setting out")


def _kind(path: Path) -> str:
    """The ending that says what a file is."""
    endings = [e.lower() for e in path.suffixes]
    if endings[-1:] == [".gz"] and endings[-2:-1] and endings[-2] in TEXT:
        return ".gz"
    kind = endings[-1] if endings else ""
    if kind in TEXT or kind in PARQUET or path.is_dir():
        return kind
    raise DataError(f'{path}: the ending "{kind}" does not say what it is; known are {_KNOWN}')


def _look_inside(path: Path) -> None:
    """Refuse a file whose first bytes are those of another format."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        head = file.read(16)
    for magic, what, mend in _MAGIC:
        if head.startswith(magic) and not (magic == b"\x1f\x8b" and path.suffix.lower() == ".gz"):
            raise DataError(f"{path} is {what} and no text file; {mend}")
