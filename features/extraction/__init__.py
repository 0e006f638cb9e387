"""Values read out of plain text by rule: amounts, dates, durations, rates, employers and people.

Chinese and English. Nothing here guesses: what can be read in two ways is not read at all.
"""

from features.extraction.amounts import Amount, amounts
from features.extraction.days import Day, days
from features.extraction.durations import Duration, durations
from features.extraction.employers import Employer, employers
from features.extraction.people import Person, people
from features.extraction.periods import Per
from features.extraction.rates import Rate, rates

__all__ = [
    "Amount",
    "Day",
    "Duration",
    "Employer",
    "Per",
    "Person",
    "Rate",
    "amounts",
    "days",
    "durations",
    "employers",
    "people",
    "rates",
]
