"""Text as a lenient reader takes it: never an error, and U+FFFD for what its character set does not have.

A judge has to read on behind a mistake; what the mistake is, :func:`scansim.wire.charsets.decode` says.
"""

from __future__ import annotations

from functools import lru_cache

from scansim.wire.charsets import MULTIPLE_VRS, TERMS, TEXT_VRS, CharacterSetError, Term, characters, check, decode

#: VRs that Specific Character Set (0008,0005) governs.
CHARSET_VRS = MULTIPLE_VRS | TEXT_VRS

#: What `encodings_of` gives when no character set is announced, or none that is defined: read as ISO 8859-1.
UNANNOUNCED = ("iso8859",)

_UNREADABLE = "\ufffd"
_ESC = 0x1B
_ESCAPES = {element.escape: element for term in TERMS.values() for element in term.elements}


@lru_cache(maxsize=256)
def encodings_of(terms: tuple[str, ...]) -> tuple[str, ...]:
    """Values of Specific Character Set to read by: as they are, or what was most likely meant when they are illegal.

    Undefined terms count as ISO 646; terms without code extension beside others as those with it, and the other way
    round; a multi-byte term as value 1 as if it stood behind an empty one (PS3.3 C.12.1.1.2).
    """
    try:
        return check(terms) or UNANNOUNCED
    except CharacterSetError:
        known = [term if term in TERMS else "" for term in terms]
    alone = next((term for term in known if term and TERMS[term].codec), "")
    if alone and known[0] in ("", alone):
        return (alone,)
    extending = [term for term in known if not (term and TERMS[term].codec)]
    first, *others = (term.replace("ISO_IR", "ISO 2022 IR") for term in extending)
    if first and TERMS[first].multi_byte:
        first, others = "", [first, *others]
    values = (first, *filter(None, others))
    if len(values) > 1:
        return values
    return (first.replace("ISO 2022 IR", "ISO_IR"),) if first not in ("", "ISO 2022 IR 6") else UNANNOUNCED


def is_plain(raw: bytes, encodings: tuple[str, ...]) -> bool:
    """Whether bytes are the ASCII characters that they look like: no escape sequence, and ISO-IR 14 has its own 7EH."""
    return raw.isascii() and _ESC not in raw and not encodings[0].endswith("IR 13")


def read_text(raw: bytes, vr: str, encodings: tuple[str, ...]) -> str:
    """Decode the bytes of a value of one of CHARSET_VRS; padding is kept, and so are control characters.

    Parameters
    ----------
    raw : bytes
        The value, or the values with their delimiters.
    vr : str
        Its VR, which decides on delimiters.
    encodings : tuple of str
        As `encodings_of` gives them.
    """
    if encodings == UNANNOUNCED or is_plain(raw, encodings):
        return raw.decode("latin-1")
    try:
        return decode(raw, vr, encodings)
    except CharacterSetError:
        term = TERMS[encodings[0]] if encodings[0] else TERMS["ISO 2022 IR 6"]
        return raw.decode(term.codec, "replace") if term.codec else _read_through(raw, vr, term)


def _read_through(raw: bytes, vr: str, initial: Term) -> str:
    """Follow escape sequences, declared or not, and take what is no character for one that cannot be read."""
    sets = {element.area: element for element in initial.elements}
    delimiters = b"\\^=" if vr == "PN" else b"\\" if vr in MULTIPLE_VRS else b""
    now, at = dict(sets), 0
    out: list[str] = []
    while at < len(raw):
        byte = raw[at]
        if byte == _ESC:
            element = next((known for escape, known in _ESCAPES.items() if raw.startswith(escape, at)), None)
            if element is None:
                out.append(_UNREADABLE)
                at += 1
            else:
                now[element.area] = element
                at += len(element.escape)
        elif byte <= 0x20 or byte == 0x7F or (byte in delimiters and now["G0"].width == 1):
            out.append(chr(byte))
            at += 1
            if byte != 0x20:
                now = dict(sets)
        else:
            holder = now.get("G0" if byte < 0x80 else "G1")
            char = characters(holder).get(raw[at : at + holder.width]) if holder is not None else None
            out.append(char or _UNREADABLE)
            at += holder.width if holder is not None and char else 1
    return "".join(out)
