"""What text looks like when it was damaged on its way, other than when somebody corrected it.

No table of the standard: an archive may coerce a name (PS3.4 B.4.1.3), and nobody corrects one to question marks.
"""

from __future__ import annotations

import re
import unicodedata

#: What stands for a character that could not be written.
_PLACEHOLDERS = "?\ufffd_\u00bf\u25a1"
#: Codecs that text is most often written in and read by mistake.
_CODECS = (
    *("utf-8", "latin-1", "cp1252", "iso8859-2", "iso8859-5", "iso8859-7", "cp1251", "koi8-r"),
    *("shift_jis", "euc_jp", "iso2022_jp", "euc_kr", "gb18030", "big5", "tis-620"),
)


def folded(text: str) -> str:
    """Text without case and accents."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


def damage(wanted: str, got: str) -> str:
    """Say what befell a text; empty when it is another text, or the same.

    Case and accents are no damage here: many systems write names in capitals.
    """
    if unicodedata.normalize("NFC", wanted) == unicodedata.normalize("NFC", got) or not wanted:
        return ""
    if not got:
        return "emptied"
    if "\x1b" in got or "\ufffd" in got:
        return "not decoded"
    if _has_placeholders(wanted, got):
        return "letters replaced"
    if folded(wanted) == folded(got):
        return ""
    if wanted.startswith(got):
        return "cut"
    if _is_part(got, wanted):
        return "letters lost"
    if _is_misread(wanted, got):
        return "read in another character set"
    if _foreign(wanted) and not _foreign(got):
        return "letters replaced"
    return ""


def _has_placeholders(wanted: str, got: str) -> bool:
    """Whether it is the same text where no placeholders stand; a placeholder is at most four of its bytes."""
    runs = re.findall(f"[{re.escape(_PLACEHOLDERS)}]+", got)
    if not runs or any(run in wanted for run in runs):
        return False
    between = re.split(f"[{re.escape(_PLACEHOLDERS)}]+", got)
    if not any(between):
        return not any(char.isalnum() for char in got)
    return re.fullmatch(".+".join(map(re.escape, between)), wanted, re.DOTALL) is not None


def _is_part(part: str, whole: str) -> bool:
    """Whether one text is another one with characters left out."""
    rest = iter(whole)
    return len(part) < len(whole) and all(char in rest for char in part)


def _is_misread(wanted: str, got: str) -> bool:
    for written in _CODECS:
        try:
            raw = wanted.encode(written)
        except UnicodeEncodeError:
            continue
        for read in _CODECS:
            if read == written:
                continue
            try:
                if raw.decode(read) == got:
                    return True
            except UnicodeDecodeError:
                continue
    return False


def _foreign(text: str) -> bool:
    """Whether there are letters that are no accented ones of ISO 646."""
    return not folded(text).isascii()
