"""The people whom the texts of a case name, so that none of them is told.

Their names stand in no field: employers' clerks, payees, guarantors, whoever signs.
"""

from collections import Counter
from collections.abc import Iterable

from features.extraction import people
from risk.redaction import clean

MOST_PEOPLE = 300  # each is looked for in every text


def named(texts: Iterable[str]) -> list[str]:
    """Names that a title, a label or a signature says are people's, most often named first.

    Args:
        texts: All documents of one applicant, as they came.

    Example:
        >>> named(["申请人：王小明", "Account holder: John Smith; paid to Mr. Brown"])
        ['王小明', 'John Smith', 'Mr. Brown']
    """
    mentions = Counter(person.name for text in texts for person in people(clean(text)))
    return [name for name, _ in mentions.most_common(MOST_PEOPLE)]
