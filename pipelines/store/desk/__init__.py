"""The desk in the store: the cases of delivered nights, and what people do about them."""

from pipelines.store.desk.desk import Desk
from pipelines.store.desk.queue import COUNTED, Choices, Cursor, Page, Wanted
from pipelines.store.desk.rows import DeskRow

__all__ = ["COUNTED", "Choices", "Cursor", "Desk", "DeskRow", "Page", "Wanted"]
