"""Conditions of the softcopy presentation states (PS3.3 C.8.19.4, C.10.4 to C.10.7, C.11.6, C.11.13 to C.11.18)."""

from __future__ import annotations

from scanproof.iod.tables.conditions.shorthand import of
from scanproof.iod.tables.logic import (
    ALWAYS,
    Condition,
    Expression,
    Scope,
    Truth,
    in_item,
    present,
    required_if,
    value_is,
)
from scansim.wire.dataset import tag_of

_GRAYSCALE = "1.2.840.10008.5.1.4.1.1.11.1"
_WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
_text = "GraphicAnnotationSequence>TextObjectSequence"
_graphic = "GraphicAnnotationSequence>GraphicObjectSequence"
_compound = "GraphicAnnotationSequence>CompoundGraphicSequence"
_area = "DisplayedAreaSelectionSequence"
_box, _anchor = present("BoundingBoxTopLeftHandCorner"), present("AnchorPoint")
_corner = present("BoundingBoxBottomRightHandCorner")


def _closed(scope: Scope) -> Truth:
    """Whether a graphic ends where it begins."""
    kind, points = scope[0].text("GraphicType"), scope[0].values("GraphicData")
    if kind in ("CIRCLE", "ELLIPSE"):
        return True
    if kind in ("POLYLINE", "INTERPOLATED") and len(points) >= 6:
        return points[:2] == points[-2:]
    return None


_tags = frozenset(map(tag_of, ("GraphicType", "GraphicData")))
_is_closed = Expression(_closed, _tags, "the graphic is closed")


def _masked(operation: str, *operations: str) -> Condition:
    return required_if(value_is("MaskOperation", operation, *operations), ALWAYS)


#: What tells of a Display Shutter or Bitmap Display Shutter Module.
_shutter = present("ShutterShape")
for _name in (
    *("CenterOfCircularShutter", "RadiusOfCircularShutter", "VerticesOfThePolygonalShutter", "ShutterOverlayGroup"),
    *("ShutterLeftVerticalEdge", "ShutterRightVerticalEdge", "ShutterUpperHorizontalEdge"),
    "ShutterLowerHorizontalEdge",
):
    _shutter = _shutter | present(_name)
_scaled = ("RULER", "AXIS", "CROSSHAIR")
_mask = "MaskSubtractionSequence"

PRESENTATION: dict[tuple[str, str], Condition] = {
    **of("presentation-state-shutter", required_if(_shutter, ALWAYS), "ShutterPresentationValue"),
    **of(
        "presentation-state-shutter",
        required_if(present("ShutterShape") & ~value_is("SOPClassUID", _GRAYSCALE), ALWAYS),
        "ShutterPresentationColorCIELabValue",
    ),
    **of("presentation-state-mask", required_if(present(_mask), ALWAYS), "RecommendedViewingMode"),
    **of("xa-xrf-presentation-state-mask", _masked("AVG_SUB"), f"{_mask}>MaskFrameNumbers"),
    **of("xa-xrf-presentation-state-mask", _masked("TID", "REV_TID"), f"{_mask}>TIDOffset"),
    # --- displayed area ---
    **of(
        "displayed-area",
        required_if(value_is("PresentationSizeMode", "TRUE SIZE"), ALWAYS),
        f"{_area}>PresentationPixelSpacing",
    ),
    **of("displayed-area", required_if(~present("PresentationPixelSpacing")), f"{_area}>PresentationPixelAspectRatio"),
    **of(
        "displayed-area",
        required_if(value_is("PresentationSizeMode", "MAGNIFY")),
        f"{_area}>PresentationPixelMagnificationRatio",
    ),
    **of(
        "displayed-area",
        required_if(in_item(("ReferencedImageSequence",), value_is("ReferencedSOPClassUID", _WHOLE_SLIDE)), ALWAYS),
        f"{_area}>PixelOriginInterpretation",
    ),
    # --- annotations ---
    **of("graphic-annotation", required_if(_box | _corner), f"{_text}>BoundingBoxAnnotationUnits"),
    # of alternatives the first alone is asked for: one fault, one finding
    **of("graphic-annotation", required_if(~_anchor | _corner, ALWAYS), f"{_text}>BoundingBoxTopLeftHandCorner"),
    **of("graphic-annotation", required_if(_box, ALWAYS), f"{_text}>BoundingBoxBottomRightHandCorner"),
    **of("graphic-annotation", required_if(_box), f"{_text}>BoundingBoxTextHorizontalJustification"),
    **of("graphic-annotation", required_if(_anchor), f"{_text}>AnchorPointAnnotationUnits"),
    **of("graphic-annotation", required_if(_anchor), f"{_text}>AnchorPointVisibility"),
    **of("graphic-annotation", required_if(_is_closed, ALWAYS), f"{_graphic}>GraphicFilled"),
    **of(
        "graphic-annotation",
        required_if(value_is("CompoundGraphicType", *_scaled), ALWAYS),
        *(f"{_compound}>{keyword}" for keyword in ("TickAlignment", "TickLabelAlignment", "ShowTickLabel")),
    ),
    **of(
        "graphic-annotation",
        required_if(value_is("CompoundGraphicType", "RECTANGLE", "ELLIPSE"), ALWAYS),
        f"{_compound}>GraphicFilled",
    ),
    **of(
        "graphic-annotation",
        required_if(value_is("CompoundGraphicType", "AXIS"), ALWAYS),
        f"{_compound}>MajorTicksSequence",
    ),
    **of(
        "graphic-annotation",
        required_if(present("RotationAngle") | value_is("CompoundGraphicType", "CUTLINE", "INFINITELINE"), ALWAYS),
        f"{_compound}>RotationPoint",
    ),
    # --- gray levels ---
    **of("softcopy-presentation-lut", required_if(~present("PresentationLUTSequence")), "PresentationLUTShape"),
    **of(
        "presentation-state-blending", required_if(~present("ModalityLUTSequence")), "BlendingSequence>RescaleIntercept"
    ),
    **of(
        "presentation-state-blending",
        required_if(present("RescaleIntercept"), ALWAYS),
        "BlendingSequence>RescaleSlope",
        "BlendingSequence>RescaleType",
    ),
    # --- XA and XRF ---
    **of(
        "xa-xrf-presentation-state-presentation",
        required_if(value_is("RecommendedViewingMode", "SUB"), ALWAYS),
        "MultiFramePresentationSequence>FrameDisplaySequence>MaskVisibilityPercentage",
    ),
    **{
        ("xa-xrf-presentation-state-shutter", f"FrameDisplayShutterSequence>{keyword}"): required_if(
            value_is("ShutterShape", shape)
        )
        for shape, keywords in (
            ("RECTANGULAR", ("ShutterLeftVerticalEdge", "ShutterRightVerticalEdge")),
            ("RECTANGULAR", ("ShutterUpperHorizontalEdge", "ShutterLowerHorizontalEdge")),
            ("CIRCULAR", ("CenterOfCircularShutter", "RadiusOfCircularShutter")),
            ("POLYGONAL", ("VerticesOfThePolygonalShutter",)),
        )
        for keyword in keywords
    },
}

#: Styles of text, lines and filling, by the sequence around.
STYLES: dict[str, Condition] = {
    "TextStyleSequence>FontNameType": required_if(present("FontName"), ALWAYS),
    "LineStyleSequence>LinePattern": required_if(value_is("LineDashingStyle", "DASHED"), ALWAYS),
    "FillStyleSequence>FillPattern": required_if(value_is("FillMode", "STIPPELED"), ALWAYS),
}

_STATES = ("grayscale", "color", "pseudo-color", "blending", "xa-xrf-grayscale", "variable-modality-lut")
#: Modules of usage C, by IOD.
PRESENTATION_MODULES: dict[tuple[str, str], Condition] = {
    **{
        (f"{state}-softcopy-presentation-state", "graphic-layer"): required_if(
            present("GraphicAnnotationSequence"), ALWAYS
        )
        for state in _STATES
    },
    **{
        (f"{state}-softcopy-presentation-state", "mask"): required_if(present(_mask), ALWAYS)
        for state in ("grayscale", "pseudo-color", "variable-modality-lut")
    },
}
