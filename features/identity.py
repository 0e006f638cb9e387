"""Check digits of numbers that name a person or a card."""


def id_check_character(first: str) -> str:
    """Check character of a mainland identity number from its first 17 digits.

    Source:
        GB 11643-1999, ISO 7064 MOD 11-2.

    Example:
        >>> id_check_character("11010519491231002")
        'X'
    """
    total = sum(int(digit) * pow(2, 17 - i, 11) for i, digit in enumerate(first))
    return "10X98765432"[total % 11]


def luhn(digits: str) -> bool:
    """Whether the check digit of a card number holds.

    Source:
        ISO/IEC 7812-1.

    Example:
        >>> luhn("4111111111111111"), luhn("4111111111111112")
        (True, False)
    """
    total = 0
    for i, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + i % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0 and int(digits) > 0
