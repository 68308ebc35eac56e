"""Reads and writes decimal integers of any size.

Python refuses to convert integers of more digits than a limit to or from text at once, so these functions convert long
ones in halves. The limit is 4,300 digits by default, and a user may set it as low as 640 (`PYTHONINTMAXSTRDIGITS`).
"""

DIGITS = 600  # digits that are converted at once; Python always converts up to 640


def read_integer(text: str) -> int:
    """The value of a string of decimal digits of any length."""
    if len(text) <= DIGITS:
        return int(text)
    low = len(text) // 2
    scale: int = 10**low
    return read_integer(text[:-low]) * scale + read_integer(text[-low:])


def write_integer(value: int) -> str:
    """The decimal digits of an integer of any size, with its sign."""
    return f"-{_digits(-value)}" if value < 0 else _digits(value)


def show_integer(value: int) -> str:
    """The integer as a message shows it.

    An integer of up to 40 characters is written in full; a longer one as its first 12 characters and its number of
    digits.
    """
    text = write_integer(value)
    return text if len(text) <= 40 else f"{text[:12]}… ({len(text.lstrip('-')):,} digits)"


def _digits(value: int) -> str:
    if value.bit_length() <= 3 * DIGITS:
        return str(value)
    low = value.bit_length() * 3 // 20  # about half of its decimal digits
    high, rest = divmod(value, 10**low)
    return _digits(high) + _digits(rest).zfill(low)
