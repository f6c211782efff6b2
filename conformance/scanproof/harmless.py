"""Text of others made harmless: what names and values hold does not steer the terminal that shows them."""

from __future__ import annotations

import json


def on_one_line(text: str) -> str:
    r"""Write each character that cannot be seen as its escape sequence, line ends included.

    >>> on_one_line("scout\x1b[2J\n.dcm")
    'scout\\x1b[2J\\n.dcm'
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def on_lines(text: str) -> str:
    """Write each character that cannot be seen as its escape sequence, but for line ends."""
    return "\n".join(map(on_one_line, text.split("\n")))


def in_json(text: str) -> str:
    r"""Write each character of encoded JSON that cannot be seen as ``\uXXXX``, which reads as the same text.

    What stands for a byte of a file name that is no UTF-8 could not be encoded otherwise.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text)


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
