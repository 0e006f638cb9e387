"""Which reader a path to papers calls for."""

from pathlib import Path

from features.errors import DataError
from pipelines.papers.source import Papers

TABLES = (".jsonl", ".ndjson", ".parquet", ".pq")


def open_papers(path: Path) -> Papers:
    """Open a source of papers.

    Args:
        path: A folder: a sub-folder an application with its files, or files called
            `<application id>.<ext>` and `<application id>__<name>.<ext>`. Or a table in JSON
            lines or Parquet with the columns `application_id`, `document` and `text`.

    Raises:
        DataError: It is missing, of no known kind, lacks a column, or holds files that need a
            library which is not installed.
    """
    if path.is_dir():
        from pipelines.papers.folder import FolderPapers

        return FolderPapers(path)
    if not path.exists():
        raise DataError(f"{path} does not exist; give a folder of documents or a table of them")
    if path.suffix.lower() not in TABLES:
        raise DataError(
            f"{path}: documents come as a folder or as one of {', '.join(TABLES)}; convert it"
        )
    if path.suffix.lower() in (".parquet", ".pq"):
        from pipelines.papers.table import ParquetPapers

        return ParquetPapers(path)
    from pipelines.papers.table import JsonLinesPapers

    return JsonLinesPapers(path)
