"""The commands, a file for each kind; importing this registers them."""

from pipelines.commands import building, nights, showing, validating, writing

__all__ = ["building", "nights", "showing", "validating", "writing"]
