"""Values of elements as text: when two are equal, and how numbers are written."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation


def normal(vr: str, value: str) -> str:
    """One value in a form in which equal ones are equal.

    Padding goes; so do empty components at the end of a PN, and empty groups (PS3.5 6.2.1.1). A TM gets its seconds
    and its six digits of fraction; DS and IS are compared as numbers. What has not its VR's form stays as it is.
    """
    value = value.strip("\0 ")
    if vr == "PN":
        return re.sub(r"[\^ ]+(?==|$)", "", value).rstrip("=")
    if vr == "TM":
        whole, _, fraction = value.partition(".")
        return f"{whole.ljust(6, '0')}.{fraction.ljust(6, '0')}" if whole.isdecimal() else value
    if vr in ("DS", "IS"):
        try:
            return str(Decimal(value).normalize())
        except InvalidOperation:
            return value
    return value


def decimal(value: float, decimals: int = 6) -> str:
    """Return `value` as a DS of at most 16 characters (PS3.5 6.2), without a negative zero.

    Direction cosines take 10 decimals, which keep an oblique plane's axes perpendicular to better than 1e-6.
    """
    return f"{round(value, decimals) + 0.0:.12g}"
