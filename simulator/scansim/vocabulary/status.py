"""Status codes as facts: what PS3.7 Annex C and the service classes of PS3.4 define (editions 2018 to 2024).

Codes outside a service's list are not forbidden by it; codes outside `GENERAL` are (PS3.7 Annex C).
"""

from __future__ import annotations

_COMMON_N = "0000 0110 0112 0117 0118 0119 0210 0211 0212 0213"

#: Codes that are listed for each response, as hexadecimal numbers or ranges.
_LISTED = {
    "C-ECHO-RSP": "0000 0122 0210 0211 0212",
    "C-STORE-RSP": "0000 A700-A7FF A900-A9FF C000-CFFF B000 B006 B007 0117 0122 0124 0210 0211 0212",
    "C-FIND-RSP": "0000 A700 A900 C000-CFFF FE00 FF00 FF01 0122",
    "C-MOVE-RSP": "0000 B000 A701 A702 A801 A900 C000-CFFF FE00 FF00 0122 0124 0210 0211 0212",
    "C-GET-RSP": "0000 B000 A701 A702 A900 C000-CFFF FE00 FF00 0122 0124 0210 0211 0212",
    "N-CREATE-RSP": f"{_COMMON_N} 0105 0106 0107 0111 0116 0120 0121 0124",
    # 0120H, and 0121H to an action, are in PS3.4 5.4.2.1 and not in PS3.7 10.1: the parts disagree, so they are listed
    "N-SET-RSP": f"{_COMMON_N} 0105 0106 0107 0116 0120 0121 0124",
    # 0001H is in PS3.4 F.8.2.1.4; 0106H and 0116H in 5.4.2.2, for an optional attribute that an SCP does not support
    "N-GET-RSP": f"{_COMMON_N} 0001 0106 0107 0116 0124",
    "N-ACTION-RSP": f"{_COMMON_N} 0114 0115 0120 0121 0123 0124",
    "N-EVENT-REPORT-RSP": f"{_COMMON_N} 0113 0114 0115",
}

#: The ranges that PS3.7 Annex C opens; nothing else may be used.
GENERAL = "0000 0001 0100-01FF 0200-02FF A000-AFFF B000-BFFF C000-CFFF FE00 FF00 FF01"

#: Responses that may be Pending or Cancel: those of operations with several responses.
SEVERAL_RESPONSES = ("C-FIND-RSP", "C-MOVE-RSP", "C-GET-RSP")


def within(status: int, ranges: str) -> bool:
    """Whether a status is in a list such as ``0000 C000-CFFF``."""
    for part in ranges.split():
        low, _, high = part.partition("-")
        if int(low, 16) <= status <= int(high or low, 16):
            return True
    return False


def is_listed(response: str, status: int) -> bool | None:
    """Whether a status is listed for a response; None when nothing is known of that response."""
    ranges = _LISTED.get(response)
    return None if ranges is None else within(status, ranges)


SUCCESS = 0x0000
CANCEL = 0xFE00
#: More responses follow; by the second, not every optional key was supported (PS3.4 C.4.1.1.4, K.4.1.1.4).
PENDING = (0xFF00, 0xFF01)
_GENERAL_WARNINGS = (0x0001, 0x0107, 0x0116)


def is_pending(status: int | None) -> bool:
    """Whether a status says that more responses follow."""
    return status in PENDING


def is_warning(status: int | None) -> bool:
    """Whether a status is of the class Warning (PS3.7 C.4): what was asked has been done, at least in part."""
    return status is not None and (status in _GENERAL_WARNINGS or 0xB000 <= status <= 0xBFFF)


def is_success(status: int | None) -> bool:
    """Whether a status says that what was asked has been done, with or without warning.

    The one rule of both packages for every service: an instance counts as stored (PS3.4 B.2.3), a step as created or
    set, an action as taken on.
    """
    return status == SUCCESS or is_warning(status)


def shown(status: int | None) -> str:
    """A status as people write it, such as ``A700H``; ``no Status`` for a response that has none."""
    return "no Status" if status is None else f"{status:04X}H"
