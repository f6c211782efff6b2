"""How bad the findings of a rule are: error where nothing else is said."""

from __future__ import annotations

from scanproof.iod.finding import IodLevel

_E, _W, _I = IodLevel.ERROR, IodLevel.WARNING, IodLevel.INFO
_OTHERS: dict[str, tuple[IodLevel, ...]] = {
    "attribute-retired": (_W,),
    "attribute-unknown": (_I,),
    "charset-term": (_E, _W),
    "checker-limit": (_I,),
    "condition-missing": (_E, _W),
    "conditions-not-checked": (_I,),
    "dates": (_W,),
    "defined-term": (_W,),
    "directory-file": (_E, _W),
    "directory-file-id": (_W,),
    "directory-record-type": (_E, _W),
    "directory-unnamed": (_I,),
    "edition-newer": (_I,),
    "encapsulation": (_E, _W),
    "file-copies": (_I,),
    "geometry-orientation": (_E, _W),
    "geometry-slice-order": (_W,),
    "geometry-spacing": (_E, _W),
    "group-length": (_I,),
    "header-only": (_I,),
    "instance-number": (_W,),
    "instance-recoded": (_I,),
    "iod-not-checked": (_I,),
    "item-empty": (_E, _W),
    "mixed-matrix": (_W,),
    "modality-sop-class": (_E, _W),
    "no-part10": (_I,),
    "overlay-length": (_E, _W),
    "photometric-by-stream": (_E, _W),
    "photometric-by-syntax": (_E, _W),
    "photometric-jfif": (_W, _I),
    "pixels-by-syntax": (_E, _W),
    "point-count": (_E, _W),
    "private-creator-twice": (_W,),
    "private-creator-vr": (_E, _W),
    "profile-forbidden": (_E, _W, _I),
    "profile-required": (_E, _W, _I),
    "profile-value": (_E, _W, _I),
    "sequence-no-item": (_W,),
    "single-slices": (_W,),
    "sop-class-retired": (_W,),
    "sop-class-unknown": (_E, _I),
    "sr-coordinates": (_E, _W),
    "sr-template-missing": (_E, _W),
    "sr-template-unit": (_E, _W),
    "sr-value-extra": (_W,),
    "standard-extended": (_I,),
    "stream-disagrees": (_E, _W),
    "transfer-syntax-unknown": (_E, _I),
    "truncated": (_E, _I),
    "type1-empty": (_E, _W),
    "type1-missing": (_E, _W),
    "type2-missing": (_E, _W),
    "uid-grammar": (_E, _W),
    "vr-grammar-dt": (_E, _W),
    "vr-grammar-sh": (_E, _W),
    "vr-grammar-ui": (_E, _W),
}


def levels_of(rule: str) -> tuple[IodLevel, ...]:
    """Levels that findings of a rule may have, the worst first."""
    return _OTHERS.get(rule, (_E,))
