"""Values that one IOD alone narrows, or that another value narrows (PS3.3 A.8, C.8.5.6.1, C.8.4.8.1, C.8.11.3.1.1)."""

from __future__ import annotations

from dataclasses import dataclass

from scanproof.iod.tables.listed.lists import Listed, numbers, one_of
from scanproof.iod.tables.logic import ALWAYS, Expression, value_is


@dataclass(frozen=True)
class Narrowed:
    """A list of values of an attribute at the top of a data set, while an expression holds."""

    keyword: str
    listed: Listed
    when: Expression = ALWAYS


def _secondary_capture(clause: str, **lists: tuple[int, ...] | str) -> tuple[Narrowed, ...]:
    """The pixels of a kind of multi-frame Secondary Capture: numbers, or a Photometric Interpretation."""
    return tuple(
        Narrowed(name, one_of(values, clause=clause) if isinstance(values, str) else numbers(*values, clause=clause))
        for name, values in lists.items()
    )


def _colored(*values: str) -> Expression:
    return value_is("PhotometricInterpretation", *values)


_RT_BITS = "PS3.3 C.8.8.2.6.4 (2025a)"
_BYTE, _WORD, _COLOR = (f"PS3.3 A.8.{section}.4 (2020)" for section in (3, 4, 5))
_reconstructed = value_is("ImageType", "RECON TOMO", "RECON GATED TOMO", index=3)
_rotated_once = value_is("ImageType", "RECON TOMO", "GATED TOMO", "RECON GATED TOMO", index=3)
_NM_VECTORS = "PS3.3 C.8.4.8.1.{} (2020)"
#: What Frame Increment Pointer of NM names, by value 3 of Image Type (Table C.8-8): elements of group 0054.
_INCREMENTS = {
    ("STATIC", "WHOLE BODY"): ("0010", "0020"),
    ("DYNAMIC",): ("0010", "0020", "0030", "0100"),
    ("GATED",): ("0010", "0020", "0060", "0070"),
    ("TOMO",): ("0010", "0020", "0050", "0090"),
    ("GATED TOMO",): ("0010", "0020", "0050", "0060", "0070", "0090"),
    ("RECON TOMO",): ("0080",),
    ("RECON GATED TOMO",): ("0060", "0070", "0080"),
}

#: US Bits Allocated and Planar Configuration by Photometric Interpretation (Tables C.8-20 and C.8-23).
_ULTRASOUND = (
    Narrowed(
        "BitsAllocated",
        numbers(8, clause="PS3.3 C.8.5.6.1.13 (2020)"),
        _colored("MONOCHROME2", "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT", "YBR_PARTIAL_420"),
    ),
    Narrowed("BitsAllocated", numbers(8, 16, clause="PS3.3 C.8.5.6.1.13 (2020)"), _colored("PALETTE COLOR")),
    Narrowed(
        "PlanarConfiguration",
        numbers(0, clause="PS3.3 C.8.5.6.1.16 (2020)"),
        _colored("YBR_FULL_422", "YBR_RCT", "YBR_ICT", "YBR_PARTIAL_420"),
    ),
)
#: Two values mean as much as an empty third, which the text wants: it is not held against anybody.
_TYPE_OF_DX = (
    Narrowed(
        "ImageType",
        Listed(by_index={3: frozenset(("",))}, enumerated_at=frozenset(), clause="PS3.3 C.8.11.3.1.1 (2020)"),
    ),
)

NARROWED: dict[str, tuple[Narrowed, ...]] = {
    "rt-image": (
        Narrowed("PixelRepresentation", numbers(0, clause="PS3.3 C.8.8.2.6.6 (2025a)"), value_is("BitsAllocated", "8")),
        Narrowed("BitsStored", numbers(8, clause=_RT_BITS), value_is("BitsAllocated", "8")),
        Narrowed("BitsStored", numbers(12, 13, 14, 15, 16, clause=_RT_BITS), value_is("BitsAllocated", "16")),
    ),
    "multi-frame-single-bit-secondary-capture-image": _secondary_capture(
        "PS3.3 A.8.2.4 (2020)",
        SamplesPerPixel=(1,),
        PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=(1,),
        BitsStored=(1,),
        HighBit=(0,),
        PixelRepresentation=(0,),
    ),
    "multi-frame-grayscale-byte-secondary-capture-image": _secondary_capture(
        _BYTE,
        SamplesPerPixel=(1,),
        PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=(8,),
        BitsStored=(8,),
        HighBit=(7,),
        PixelRepresentation=(0,),
        RescaleIntercept=(0,),
        RescaleSlope=(1,),
        RescaleType="US",
    ),
    "multi-frame-grayscale-word-secondary-capture-image": _secondary_capture(
        _WORD,
        SamplesPerPixel=(1,),
        PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=(16,),
        BitsStored=tuple(range(9, 17)),
        PixelRepresentation=(0,),
    ),
    "multi-frame-true-color-secondary-capture-image": (
        *_secondary_capture(
            _COLOR, SamplesPerPixel=(3,), BitsAllocated=(8,), BitsStored=(8,), HighBit=(7,), PixelRepresentation=(0,)
        ),
        Narrowed(
            "PhotometricInterpretation",
            # what a later Transfer Syntax brought, of which nothing was written then, is not held against anybody
            one_of("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT", "YBR_PARTIAL_420", "XYB", clause=_COLOR),
        ),
        Narrowed("PlanarConfiguration", numbers(0, clause=_COLOR), _colored("RGB")),
    ),
    "ultrasound-image": _ULTRASOUND,
    "ultrasound-multi-frame-image": _ULTRASOUND,
    "digital-x-ray-image": _TYPE_OF_DX,
    "enhanced-mr-image": tuple(
        Narrowed(name, numbers(*values, clause="PS3.3 C.8.13.1.1.2 (2020)"), _colored("MONOCHROME2"))
        for name, values in (("SamplesPerPixel", (1,)), ("BitsAllocated", (8, 16)), ("BitsStored", (8, 12, 16)))
    ),
    "nuclear-medicine-image": (
        Narrowed("NumberOfEnergyWindows", numbers(1, clause=_NM_VECTORS.format(2)), _reconstructed),
        Narrowed("NumberOfDetectors", numbers(1, clause=_NM_VECTORS.format(3)), _reconstructed),
        Narrowed("NumberOfRotations", numbers(1, clause=_NM_VECTORS.format(5)), _rotated_once),
        *(
            Narrowed(
                "FrameIncrementPointer",
                Listed(
                    by_index={place: frozenset((f"(0054,{element})",)) for place, element in enumerate(elements, 1)},
                    enumerated_at=frozenset(range(1, len(elements) + 1)),
                    at_least=len(elements),
                    at_most=len(elements),
                    clause=_NM_VECTORS.format(1),
                ),
                value_is("ImageType", *kinds, index=3),
            )
            for kinds, elements in _INCREMENTS.items()
        ),
    ),
}

#: Attributes that an IOD says are not to be there, at the top of a data set, and where it says so.
EXCLUDED: dict[str, tuple[tuple[str, ...], str]] = {
    "multi-frame-single-bit-secondary-capture-image": (
        ("WindowCenter", "WindowWidth", "VOILUTSequence", "OverlayRows", "OverlayData"),
        "PS3.3 A.8.2.4 (2020)",
    ),
    "multi-frame-grayscale-byte-secondary-capture-image": (("OverlayRows", "OverlayData"), _BYTE),
    "multi-frame-grayscale-word-secondary-capture-image": (("OverlayRows", "OverlayData"), _WORD),
    "multi-frame-true-color-secondary-capture-image": (
        ("WindowCenter", "WindowWidth", "VOILUTSequence", "OverlayRows", "OverlayData"),
        _COLOR,
    ),
}
