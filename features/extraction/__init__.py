"""Values read out of plain text by rule: amounts, dates, durations, rates and employers.

Chinese and English. Nothing here guesses: what can be read in two ways is not read at all.
"""

from features.extraction.amounts import Amount, amounts
from features.extraction.days import Day, days
from features.extraction.durations import Duration, durations
from features.extraction.employers import Employer, employers
from features.extraction.periods import Per
from features.extraction.rates import Rate, rates

__all__ = [
    "Amount",
    "Day",
    "Duration",
    "Employer",
    "Per",
    "Rate",
    "amounts",
    "days",
    "durations",
    "employers",
    "rates",
]
