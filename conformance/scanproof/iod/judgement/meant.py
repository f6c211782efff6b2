"""What a value that breaks the grammar of its VR was probably meant to be."""

from __future__ import annotations

import re

from scanproof.standard.value_grammar import mistakes

#: What writers put between the parts of a date, a time and a number that have nothing there.
_SEPARATORS = re.compile(r"[-./ ]")


def rewritten(vr: str, value: str) -> str:
    """What to do about a value: how it is written rightly, where that is plain; else empty.

    >>> rewritten("DA", "2025-12-31"), rewritten("AS", "56Y"), rewritten("CS", "No"), rewritten("CS", "?")
    ('If 20251231 is meant, write just that.', 'If 056Y is meant, write just that.', \
'If NO is meant, write just that.', '')
    """
    other = value
    if vr == "CS":
        other = re.sub(r"[- ]", "_", value.strip()).upper() if len(value) <= 16 else value
    elif vr == "DA" and re.fullmatch(r"\d{4}([-./ ])\d\d\1\d\d", value):
        other = _SEPARATORS.sub("", value)
    elif vr == "DA" and re.fullmatch(r"\d{8}", value):
        return "Write the day of the calendar that is meant, or nothing where it is not known."
    elif vr == "IS" and re.fullmatch(r"[-+]?\d+\.0*", value):
        other = value.partition(".")[0]
    elif vr == "TM" and re.fullmatch(r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?", value):
        other = value.replace(":", "")
    elif vr == "AS" and re.fullmatch(r"\d{1,2}[DWMYdwmy]", value.strip()):
        other = value.strip().upper().zfill(4)
    elif vr == "DS" and re.fullmatch(r"[-+]?\d+,\d+", value):
        other = value.replace(",", ".")
    return f"If {other} is meant, write just that." if other != value and not any(mistakes(vr, other)) else ""
