"""Where rows come from: CSV, Parquet and database tables, all read alike in batches."""

from pipelines.sources.batches import BATCH_ROWS, REJECT_COLUMNS, Batch, Broken, Source
from pipelines.sources.opening import open_source

__all__ = ["BATCH_ROWS", "REJECT_COLUMNS", "Batch", "Broken", "Source", "open_source"]
