"""Conditions of the macros that many modules include, by the keyword of the attribute wherever it stands.

A key is a keyword, or the keyword of the sequence around and the attribute in it. What is not here is not decidable
from a data set (PS3.3 as of 2020, where no edition is named), or decided by code (coded entries, content trees).
"""

from __future__ import annotations

from scanproof.iod.tables.logic import ALWAYS, UNKNOWN, Condition, filled, number, present, required_if, value_is

_IDENTIFIER = "PS3.3 Table 10-17 (2020)"
_CONTENT_ITEM = "PS3.3 Table 10-2 (2020)"
_PIXELS = "PS3.3 Table C.7-11c (2024e)"
_PALETTE = "PS3.3 Table C.7-11b (2026b)"
_VALUE_MAPPING = "PS3.3 Table C.7.6.16-12b (2020)"

_content_item = {
    keyword: required_if(value_is("ValueType", value), clause=_CONTENT_ITEM)
    for keyword, value in (
        ("ConceptCodeSequence", "CODE"),
        ("Date", "DATE"),
        ("DateTime", "DATETIME"),
        ("MeasurementUnitsCodeSequence", "NUMERIC"),
        ("NumericValue", "NUMERIC"),
        ("PersonName", "PNAME"),
        ("TextValue", "TEXT"),
        ("Time", "TIME"),
        ("UID", "UIDREF"),
    )
}

_in_palette = value_is("PhotometricInterpretation", "PALETTE COLOR")
_color_presentation = present("PixelPresentation") & value_is("PixelPresentation", "COLOR", "MIXED")
#: Pseudo-Color and Blending: presentation states, whose tables are whole (Table C.7-22).
_presented = value_is("SOPClassUID", "1.2.840.10008.5.1.4.1.1.11.3", "1.2.840.10008.5.1.4.1.1.11.4")
_palette = {
    f"{color}PaletteColorLookupTableDescriptor": required_if(_presented | _in_palette, _color_presentation, _PALETTE)
    for color in ("Red", "Green", "Blue")
} | {
    f"{color}PaletteColorLookupTableData": required_if(
        _presented | (_in_palette & ~present(f"Segmented{color}PaletteColorLookupTableData")),
        _in_palette | _color_presentation,
        _PALETTE,
    )
    for color in ("Red", "Green", "Blue")
}
_palette |= dict.fromkeys(
    (f"Segmented{color}PaletteColorLookupTableData" for color in ("Red", "Green", "Blue")),
    required_if(~_presented & UNKNOWN, ~_presented, _PALETTE),
)

_spaced = present("PixelSpacing") | present("ImagerPixelSpacing") | present("NominalScannedPixelSpacing")

#: Ophthalmic Thickness Map and Corneal Topography Map: their own modules want a ratio and a spacing.
_mapped = value_is("SOPClassUID", "1.2.840.10008.5.1.4.1.1.81.1", "1.2.840.10008.5.1.4.1.1.82.1")

_OTHER_RETRIEVAL = ("DICOMMediaRetrievalSequence", "WADORetrievalSequence", "XDSRetrievalSequence")
_retrieved = present("WADORSRetrievalSequence")
for _name in _OTHER_RETRIEVAL:
    _retrieved = _retrieved | present(_name)

MACROS: dict[str, Condition] = {
    **_content_item,
    **_palette,
    "ReferencedSOPSequence": required_if(value_is("ValueType", "COMPOSITE", "IMAGE"), ALWAYS, _CONTENT_ITEM),
    "RationalDenominatorValue": required_if(present("RationalNumeratorValue"), clause=_CONTENT_ITEM),
    # Of two alternatives the first alone is asked for: one fault, one finding.
    "LocalNamespaceEntityID": required_if(~present("UniversalEntityID"), ALWAYS, _IDENTIFIER),
    "UniversalEntityIDType": required_if(present("UniversalEntityID"), clause=_IDENTIFIER),
    "InstitutionName": required_if(~present("InstitutionCodeSequence"), ALWAYS, "PS3.3 Table 10-1 (2020)"),
    "DICOMRetrievalSequence": required_if(~_retrieved, ALWAYS, "PS3.3 Table 10-3b (2020)"),
    "HL7InstanceIdentifier": required_if(value_is("TypeOfInstances", "CDA"), clause="PS3.3 Table 10-3b (2020)"),
    "RealWorldValueFirstValueMapped": required_if(
        ~present("DoubleFloatRealWorldValueFirstValueMapped"), ALWAYS, _VALUE_MAPPING
    ),
    "RealWorldValueLastValueMapped": required_if(
        ~present("DoubleFloatRealWorldValueLastValueMapped"), ALWAYS, _VALUE_MAPPING
    ),
    "RealWorldValueIntercept": required_if(~present("RealWorldValueLUTData"), ALWAYS, _VALUE_MAPPING),
    "RealWorldValueSlope": required_if(present("RealWorldValueIntercept"), ALWAYS, _VALUE_MAPPING),
    "DeviceAlternateIdentifierType": required_if(present("DeviceAlternateIdentifier"), ALWAYS),
    "DeviceAlternateIdentifierFormat": required_if(present("DeviceAlternateIdentifier"), ALWAYS),
    "SelectorSequencePointerItems": required_if(present("SelectorSequencePointer"), ALWAYS, "PS3.3 Table 10-20 (2020)"),
    "CertifiedTimestampType": required_if(present("CertifiedTimestamp"), clause="PS3.3 Table C.12-1 (2020)"),
    # --- pixels, of the image or of an icon ---
    "PlanarConfiguration": required_if(
        number("SamplesPerPixel", lambda value: value > 1, "is more than 1"), clause=_PIXELS
    ),
    # Whether the ratio is 1:1 is not known; what is known is that it does not stand beside a spacing.
    # Of a scanned film both may be there: its spacing is to agree with the ratio, says the text of that.
    "PixelAspectRatio": required_if(
        ~_spaced & UNKNOWN, _mapped | present("NominalScannedPixelSpacing"), clause=_PIXELS
    ),
    "ExtendedOffsetTableLengths": required_if(present("ExtendedOffsetTable") & UNKNOWN, clause=_PIXELS),
    "PixelSpacingCalibrationDescription": required_if(
        filled("PixelSpacingCalibrationType"), clause="PS3.3 Table 10-10 (2020)"
    ),
    "WindowWidth": required_if(present("WindowCenter"), clause="PS3.3 Table C.11-2b (2026b)"),
    "WindowCenter": required_if(~present("VOILUTSequence"), ALWAYS, "PS3.3 Table C.11-2b (2026b)"),
}
