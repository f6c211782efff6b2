"""pydicom data sets to bytes and back, for the messages that we make and the worklist items that we use.

pydicom holds the elements and writes the numbers. Text goes through :mod:`scansim.wire.charsets`: pydicom
writes wrong bytes in several character sets, and takes 3DH, 5CH and 5EH inside a multi-byte character for delimiters.
"""

from __future__ import annotations

import re
import warnings
from io import BytesIO
from struct import pack

from pydicom import config
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.filebase import DicomIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import correct_ambiguous_vr, write_data_element
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from scansim.wire import charsets
from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from scansim.wire.text import CHARSET_VRS, encodings_of, is_plain, read_text

#: What we propose for everything that is not pixels, in our order of preference.
TRANSFER_SYNTAXES = (EXPLICIT_LITTLE, IMPLICIT_LITTLE)

_ITEM = (0xFFFE, 0xE000)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROLS_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")  # all but TAB, LF, FF and CR (PS3.5 6.1.3)


def terms_of(ds: Dataset, inherited: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Values of Specific Character Set of a data set, or those of what is around it (PS3.3 C.12.1.1.2)."""
    if "SpecificCharacterSet" not in ds:
        return inherited
    value = ds.SpecificCharacterSet
    values = value if isinstance(value, MultiValue | list) else [value or ""]
    return tuple(str(one) for one in values)


def encode_text(text: str, vr: str, terms: tuple[str, ...]) -> bytes:
    """Encode one element's text, unpadded; CharacterSetError for what the sets cannot hold."""
    # Almost all text is plain, and what is plain is so under every set, even under one that is not defined.
    plain = text.encode("ascii", "replace")
    return plain if text.isascii() and is_plain(plain, terms or ("",)) else charsets.encode(text, vr, terms)


def encode(ds: Dataset, transfer_syntax: str) -> bytes:
    """Encode a data set in one of the native transfer syntaxes (PS3.5 A.1 to A.3).

    Elements that pydicom has not decoded yet keep their bytes, whatever they are.

    Raises
    ------
    CharacterSetError
        Naming the attribute and the first character that its character set cannot encode.
    """
    implicit, little = transfer_syntax == IMPLICIT_LITTLE, transfer_syntax != EXPLICIT_BIG
    return _encoded(correct_ambiguous_vr(ds, little), implicit, little, ())


def _encoded(ds: Dataset, implicit: bool, little: bool, inherited: tuple[str, ...]) -> bytes:
    terms = terms_of(ds, inherited)
    buffer = BytesIO()
    stream = DicomIO(buffer)
    stream.is_implicit_VR, stream.is_little_endian = implicit, little
    for tag in sorted(ds.keys()):
        if not tag.element and tag.group > 6:  # group lengths are retired (PS3.5 7.2)
            continue
        write_data_element(stream, _ready(ds, tag, implicit, little, terms))
    return buffer.getvalue()


def _ready(
    ds: Dataset, tag: BaseTag, implicit: bool, little: bool, terms: tuple[str, ...]
) -> DataElement | RawDataElement:
    """Return an element that pydicom writes as it is: text and sequences encoded already."""
    held = ds.get_item(tag)
    if isinstance(held, RawDataElement) and held.VR not in (None, "SQ"):
        if held.is_little_endian == little or held.VR in CHARSET_VRS:
            return held
    elif isinstance(held, RawDataElement) and (vr := _vr(held)) in CHARSET_VRS:
        return held._replace(VR=vr)
    element = ds[tag]
    if element.VR == "SQ":
        item_head = "<HHI" if little else ">HHI"
        items = [_encoded(item, implicit, little, terms) for item in element.value or ()]
        value = b"".join(pack(item_head, *_ITEM, len(item)) + item for item in items)
    elif element.VR in CHARSET_VRS:
        value = _text_value(element, terms)
    else:
        return element
    return RawDataElement(tag, element.VR, len(value), value, 0, implicit, little)


def _text_value(element: DataElement, terms: tuple[str, ...]) -> bytes:
    values = element.value if isinstance(element.value, MultiValue | list) else [element.value]
    if any(isinstance(value, bytes) for value in values):
        data = b"\\".join(values)
    else:
        text = "\\".join("" if value is None else str(value) for value in values)
        try:
            data = encode_text(text, element.VR, terms)
        except charsets.CharacterSetError as error:
            name = keyword_for_tag(element.tag) or str(element.tag)
            raise charsets.CharacterSetError(f"{name} {text!r}: {error}") from None
    return data + b" " if len(data) % 2 else data


def decode(data: bytes, transfer_syntax: str) -> Dataset:
    """Decode a data set: every element is read, text as `decoded` does.

    Raises
    ------
    ValueError
        When pydicom can make nothing of it.
    """
    try:
        with warnings.catch_warnings(), config.disable_value_validation():
            warnings.simplefilter("ignore")
            return decoded(unread(data, transfer_syntax))
    except Exception as error:  # pydicom raises a dozen kinds for malformed data sets; all mean the same here
        raise ValueError(f"the data set cannot be read: {type(error).__name__}: {error}") from None


def unread(data: bytes, transfer_syntax: str) -> Dataset:
    """Return the elements of a data set with their bytes, which `encode` writes again; pydicom's errors come through.

    Text is read out of what `decoded` makes of it.
    """
    implicit, little = transfer_syntax == IMPLICIT_LITTLE, transfer_syntax != EXPLICIT_BIG
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom does not know ISO_IR 203
        return read_dataset(BytesIO(data), implicit, little, len(data))


def decoded(ds: Dataset, inherited: tuple[str, ...] = ()) -> Dataset:
    """Return a copy of what was read from bytes, with its text decoded by the exact rules where it obeys them.

    Bytes that do not decode are U+FFFD. Control characters become blanks: a console could not show them, and nothing
    may be sent with them (PS3.5 6.1.3).
    """
    terms = terms_of(ds, inherited)
    encodings = encodings_of(terms)
    copy = Dataset()
    for tag in sorted(ds.keys()):
        held = ds.get_item(tag)
        if isinstance(held, RawDataElement) and (vr := _vr(held)) in CHARSET_VRS:
            text = shown(read_text(held.value or b"", vr, encodings), vr)
            copy[tag] = DataElement(tag, vr, text, validation_mode=config.IGNORE)
        elif (element := ds[tag]).VR == "SQ":
            items = Sequence([decoded(item, terms) for item in element.value or ()])
            copy[tag] = DataElement(tag, "SQ", items)
        else:
            copy[tag] = element
    return copy


def _vr(raw: RawDataElement) -> str:
    """VR of an element: that of the dictionary where the encoding has none, or UN."""
    if raw.VR not in (None, "UN"):
        return str(raw.VR)
    try:
        return dictionary_VR(raw.tag)
    except KeyError:
        return "UN"


def shown(text: str, vr: str) -> str:
    """Return decoded text without padding, and with a blank for each control character that the VR cannot have."""
    if vr in charsets.TEXT_VRS:
        return _CONTROLS_IN_TEXT.sub(" ", text).rstrip(" ")
    return "\\".join(value.rstrip(" ") for value in _CONTROLS.sub(" ", text).split("\\"))
