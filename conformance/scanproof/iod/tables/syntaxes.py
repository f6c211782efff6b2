"""What PS3.5 8.2 lets pixels be in each Transfer Syntax, and what PS3.3 lets those of some classes be.

The tables of 2020, and of 2024d for 8.2.4, were read. Of fragmentable video and HTJ2K the later ones were not: what
these differ in is a warning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_ROOT = "1.2.840.10008.1.2."
_GRAY = frozenset(("MONOCHROME1", "MONOCHROME2"))
_PLAIN = _GRAY | {"PALETTE COLOR", "YBR_FULL", "RGB"}
#: Values that the standard has today: no other one is held against the tables, be it retired or of a maker's own.
STANDARD = _PLAIN | {"YBR_FULL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT"}
#: Not in native Pixel Data: they come of a compression.
_COMPRESSED_ONLY = frozenset(("YBR_RCT", "YBR_ICT", "YBR_PARTIAL_420"))


@dataclass(frozen=True)
class Syntax:
    """What a Transfer Syntax has.

    ``values`` are those of Photometric Interpretation, ``planar`` those of Planar Configuration, ``most_bits`` the most
    that a sample can have. ``lossy`` says that whatever is compressed by it has lost something. ``sure`` is False where
    the table was not read.
    """

    values: frozenset[str]
    clause: str
    planar: frozenset[int] = frozenset((0,))
    most_bits: int = 64
    lossy: bool = False
    sure: bool = True


_JPEG, _LS, _J2K = "PS3.5 8.2.1 (2020)", "PS3.5 8.2.3 (2020)", "PS3.5 8.2.4 (2020; 2024d)"
_NATIVE = Syntax(STANDARD - _COMPRESSED_ONLY, "PS3.5 8.2 (2020)", frozenset((0, 1)))
_LOSSLESS_JPEG = Syntax(_PLAIN, _JPEG, most_bits=16)
_REVERSIBLE = _PLAIN | {"YBR_RCT"}
_EITHER = _PLAIN - {"PALETTE COLOR"} | {"YBR_RCT", "YBR_ICT"}
_JPIP = frozenset((*_GRAY, "YBR_ICT", "YBR_RCT"))
_VIDEO = frozenset(("YBR_PARTIAL_420",))


def _video(section: str, values: frozenset[str] = _VIDEO, bits: int = 8, *, sure: bool = True) -> Syntax:
    return Syntax(values, f"PS3.5 {section} (2020)", most_bits=bits, lossy=True, sure=sure)


_HIGH_LEVEL = _VIDEO | {"MONOCHROME2"}
_VIDEOS = {"100": ("8.2.5", _VIDEO), "101": ("8.2.6", _HIGH_LEVEL), "102": ("8.2.7", _VIDEO), "103": ("8.2.7", _VIDEO)}
_VIDEOS |= {"104": ("8.2.8", _VIDEO), "105": ("8.2.8", _VIDEO), "106": ("8.2.9", _VIDEO)}
#: By Transfer Syntax UID; others have tables that were not read, or none.
SYNTAXES: Mapping[str, Syntax] = {
    **{f"{_ROOT}{last}".rstrip("."): _NATIVE for last in ("", "1", "1.98", "1.99", "2")},
    f"{_ROOT}4.50": Syntax(_GRAY | {"YBR_FULL_422", "RGB"}, _JPEG, most_bits=8, lossy=True),
    f"{_ROOT}4.51": Syntax(_GRAY, _JPEG, most_bits=12, lossy=True),
    f"{_ROOT}4.57": _LOSSLESS_JPEG,
    f"{_ROOT}4.70": _LOSSLESS_JPEG,
    f"{_ROOT}5": Syntax(_PLAIN, "PS3.5 8.2.2 (2020)", frozenset((0, 1))),
    f"{_ROOT}4.80": Syntax(_PLAIN, _LS, most_bits=16),
    f"{_ROOT}4.81": Syntax(_PLAIN - {"PALETTE COLOR"}, _LS, most_bits=16),
    f"{_ROOT}4.90": Syntax(_REVERSIBLE, _J2K, most_bits=38),
    f"{_ROOT}4.91": Syntax(_EITHER, _J2K, most_bits=38),
    f"{_ROOT}4.94": Syntax(_JPIP, "PS3.5 A.6 (2020)", most_bits=38),
    f"{_ROOT}4.95": Syntax(_JPIP, "PS3.5 A.7 (2020)", most_bits=38),
    f"{_ROOT}4.204": Syntax(_JPIP, "PS3.5 A.11 (2024e)", most_bits=38),
    **{f"{_ROOT}4.{last}": _video(*row) for last, row in _VIDEOS.items()},
    **{f"{_ROOT}4.{last}.1": _video(*row, sure=False) for last, row in _VIDEOS.items()},
    f"{_ROOT}4.107": _video("8.2.10"),
    f"{_ROOT}4.108": _video("8.2.11", bits=10),
    f"{_ROOT}4.201": Syntax(_REVERSIBLE, "PS3.5 8.2.4 (2024d), of JPEG 2000", most_bits=38, sure=False),
    f"{_ROOT}4.202": Syntax(_REVERSIBLE, "PS3.5 8.2.4 (2024d), of JPEG 2000", most_bits=38, sure=False),
    f"{_ROOT}4.203": Syntax(_EITHER, "PS3.5 8.2.4 (2024d), of JPEG 2000", most_bits=38, sure=False),
}
#: Told of as added by a later edition, which was not read: a warning.
LATER = frozenset(("YBR_FULL_422", f"{_ROOT}4.{last}") for last in (90, 91))
#: Consistent with a JPEG stream, which is all that the editions before the tables asked for (PS3.5 8.2.1, 2009), and a
#: file does not say which one it follows: a warning.
EARLIER = frozenset(
    (
        *(("YBR_FULL", f"{_ROOT}4.{last}") for last in (50, 51)),
        *((colours, f"{_ROOT}4.51") for colours in ("RGB", "YBR_FULL_422")),
    )
)

#: Syntaxes that have no transformation of colours of their own: native ones, JPEG and JPEG-LS lossless.
_AS_IT_IS = frozenset(
    (*(uid for uid, row in SYNTAXES.items() if row is _NATIVE), *(f"{_ROOT}4.{last}" for last in (57, 70, 80)))
)
_RLE = f"{_ROOT}5"


@dataclass(frozen=True)
class Colours:
    """Colours of a class where nothing transforms them, and in RLE, beside one sample per pixel.

    ``sure`` is False where editions before had more of them.
    """

    plain: frozenset[str]
    rle: frozenset[str]
    clause: str
    sure: bool = True

    def allowed(self, transfer_syntax: str) -> frozenset[str] | None:
        """Values that a Transfer Syntax leaves the class; None where nothing is said."""
        if transfer_syntax in _AS_IT_IS:
            return self.plain
        return self.rle if transfer_syntax == _RLE else None


_RGB, _BOTH = frozenset(("RGB",)), frozenset(("RGB", "YBR_FULL"))
#: By module, then by IOD.
COLOURS: Mapping[str, Colours] = {
    "vl-image": Colours(_RGB, _RGB, "PS3.3 C.8.12.1.1.1 (2020)"),
    "whole-slide-microscopy-image": Colours(_RGB, _RGB, "PS3.3 C.8.12.4.1.5 (2020)"),
    "ophthalmic-photography-image": Colours(_RGB, _RGB, "PS3.3 C.8.17.2.1.3 (2020)"),
    # C.8.5.6.1.16 has YBR_FULL uncompressed, C.8.5.6.1.2 has not
    "us-image": Colours(_BOTH, _BOTH, "PS3.3 C.8.5.6.1.2 (2020)", sure=False),
    "multi-frame-true-color-secondary-capture-image": Colours(_RGB, _BOTH, "PS3.3 A.8.5.4 (2020)"),
    "enhanced-mr-color-image": Colours(_RGB, _BOTH, "PS3.3 A.36.4.3.1 (2020)"),
}
