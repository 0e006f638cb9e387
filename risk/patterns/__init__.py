"""Pattern tables: exact predictions and Shapley values of tree ensembles, looked up.

A tree sees a row only through the outcomes of its comparisons. Every quantity that depends on the
row through one tree is therefore a function of a few small numbers, and can be tabulated before
the first row comes: scoring is compare, add up, look up, add.

The rooms, in the order of the work: `forest` reads LightGBM's text; `cutting` parts each tree into
pieces whose patterns are few; `leaves` knows the Shapley values one leaf gives to each pattern;
`building` lays the tables out, `keeping` keeps them for the next start; `kernels` looks rows up in
them; `checking` proves the result against LightGBM and against the formula written down directly;
`tables` is the whole, and what callers use. Nothing here knows of credit.
"""

from risk.patterns.checking import check_scores, check_values
from risk.patterns.forest import Forest, UnsupportedForestError
from risk.patterns.tables import Explained, PatternTables

__all__ = [
    "Explained",
    "Forest",
    "PatternTables",
    "UnsupportedForestError",
    "check_scores",
    "check_values",
]
