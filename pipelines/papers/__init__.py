"""Documents that are no columns of the application table: a folder of files, or a table."""

from pipelines.papers.opening import open_papers
from pipelines.papers.source import Gathered, Papers

__all__ = ["Gathered", "Papers", "open_papers"]
