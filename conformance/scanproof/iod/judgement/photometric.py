"""Whether the description of the pixels goes with the Transfer Syntax, and with the class (PS3.5 8.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanproof.iod.encoded.registry import name_of
from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement.encapsulation import RLE_LOSSLESS
from scanproof.iod.tables.knowledge import Iod
from scanproof.iod.tables.syntaxes import COLOURS, EARLIER, LATER, STANDARD, SYNTAXES, Syntax

_TAG = "PhotometricInterpretation"
_ONE_SAMPLE = ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
_LOSSY = "PS3.3 C.7.6.1.1.5 (2020)"


def photometric_findings(
    photometric: str, transfer_syntax: str, numbers: Mapping[str, int | None], iod: Iod | None = None
) -> Iterator[IodFinding]:
    """Judge what describes the pixels by the table of its Transfer Syntax.

    Parameters
    ----------
    photometric : str
        Photometric Interpretation.
    transfer_syntax : str
        Transfer Syntax UID; one that has no table here says nothing.
    numbers : mapping of str to int or None
        Bits Allocated, Bits Stored, Planar Configuration and Pixel Representation.
    iod : Iod or None
        The IOD, which may allow less.
    """
    syntax = SYNTAXES.get(transfer_syntax)
    if syntax is None:
        return
    name = name_of(transfer_syntax)
    allocated = numbers.get("BitsAllocated")
    if photometric in STANDARD - syntax.values:
        sure = syntax.sure and (photometric, transfer_syntax) not in LATER | EARLIER
        text = f"{photometric} does not go with {name}, which has {', '.join(sorted(syntax.values))}"
        yield _finding("photometric-by-syntax", sure, _TAG, text, syntax.clause)
    elif photometric == "YBR_FULL" and transfer_syntax == RLE_LOSSLESS and allocated not in (None, 8):
        text = f"YBR_FULL with {allocated} bits allocated: in RLE it has 8"
        yield _finding("photometric-by-syntax", True, _TAG, text, syntax.clause)
    elif photometric in STANDARD and photometric not in _ONE_SAMPLE and iod is not None:
        yield from _of_class(photometric, transfer_syntax, name, iod)
    yield from _encoding(photometric, syntax, name, numbers)


def _of_class(photometric: str, transfer_syntax: str, name: str, iod: Iod) -> Iterator[IodFinding]:
    """Colours of a class that says itself which of them an untransformed image has."""
    colours = next((COLOURS[key] for key in (iod.key, *_modules(iod)) if key in COLOURS), None)
    allowed = None if colours is None else colours.allowed(transfer_syntax)
    if colours is not None and allowed is not None and photometric not in allowed:
        text = f"{photometric} in {name}, where colours of this class are {' or '.join(sorted(allowed))}"
        yield _finding("photometric-by-syntax", colours.sure, _TAG, text, colours.clause)


def _modules(iod: Iod) -> Iterator[str]:
    return (module.key for module in iod.modules)


def _encoding(photometric: str, syntax: Syntax, name: str, numbers: Mapping[str, int | None]) -> Iterator[IodFinding]:
    """Planar Configuration, bits and sign: what the stream says of these counts, so most of it does no harm."""
    planar, stored = numbers.get("PlanarConfiguration"), numbers.get("BitsStored")
    if planar == 1 and photometric == "YBR_FULL_422":
        text = "1 with YBR_FULL_422, whose samples stand pixel by pixel: 0 is wanted"
        yield _finding("pixels-by-syntax", True, "PlanarConfiguration", text, "PS3.3 C.7.6.3.1.2 (2020)")
    elif planar in (0, 1) and planar not in syntax.planar:
        text = f"{planar} in {name}, which has {' or '.join(map(str, sorted(syntax.planar)))}"
        yield _finding("pixels-by-syntax", False, "PlanarConfiguration", text, syntax.clause)
    contradicted = stored is not None and stored > (
        numbers.get("BitsAllocated") or stored
    )  # which is told of by itself
    if stored is not None and stored > syntax.most_bits and not contradicted:
        text = f"{stored} bits stored in {name}, whose samples have at most {syntax.most_bits}"
        yield _finding("pixels-by-syntax", syntax.sure, "BitsStored", text, syntax.clause)
    if numbers.get("PixelRepresentation") == 1 and photometric in STANDARD and photometric not in _ONE_SAMPLE:
        text = f"signed samples of {photometric}: colours are not negative"
        yield _finding("pixels-by-syntax", False, "PixelRepresentation", text, syntax.clause)


def lossy_findings(flag: str | None, transfer_syntax: str, lost: bool, iod: Iod | None) -> Iterator[IodFinding]:
    """Judge Lossy Image Compression of an image that surely is compressed with loss.

    Parameters
    ----------
    flag : str or None
        Its value; None when it is absent.
    transfer_syntax : str
        Transfer Syntax UID.
    lost : bool
        Whether the stream itself says that it lost something.
    iod : Iod or None
        The IOD.
    """
    syntax = SYNTAXES.get(transfer_syntax)
    if not lost and not (syntax is not None and syntax.lossy):
        return
    how = name_of(transfer_syntax)
    if flag == "00":
        text = f"00, and the pixels are compressed with loss by {how}: 01 is wanted"
        yield _finding("lossy-flag", True, "LossyImageCompression", text, _LOSSY)
    elif flag is None and iod is not None:
        types = [module.attributes["LossyImageCompression"].type for module in iod.modules if _asks(module.attributes)]
        if "1C" in types:
            text = f"absent, though the pixels are compressed with loss by {how}"
            yield _finding("lossy-flag", True, "LossyImageCompression", text, _LOSSY)


def _asks(attributes: Mapping[str, object]) -> bool:
    return "LossyImageCompression" in attributes


def _finding(rule: str, sure: bool, path: str, text: str, clause: str) -> IodFinding:
    return IodFinding(rule, IodLevel.ERROR if sure else IodLevel.WARNING, path, text, clause)
