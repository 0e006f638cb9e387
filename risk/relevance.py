"""What bears on repayment in a sentence of a document: one list of words for all who choose.

It judges no sentence and knows no negation; it says what to show or to keep first.
"""

import re

_WORDS = re.compile(
    "收入|工资|薪|流水|逾期|拖欠|欠款|负债|债务|担保|失业|离职|停产|诉讼|被执行|垫付|网贷|赌|资金用途|经营|亏损|延迟|存款|余额|社保|公积金"
    r"|\b(?:income|salar\w+|wages?|overdue|arrears|late|debts?|owe[sd]?|guarant\w+|unemploy\w+|"
    r"laid off|lawsuit|court|gambl\w+|purpose|business|loss\w*|delay\w*|deposits?|balance|savings|"
    r"employ\w+)\b",
    re.I,
)
_NUMBER = re.compile(r"\d")


def topics(text: str) -> int:
    """How many different matters of repayment a text names.

    Example:
        >>> topics("月收入8,000元，无逾期"), topics("天气很好")
        (2, 0)
    """
    return len(set(_WORDS.findall(text)))


def relevance(text: str) -> int:
    """The same, and one more where it holds a number: what can be checked against the form."""
    return topics(text) + bool(_NUMBER.search(text))
