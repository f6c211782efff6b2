"""Where the table of a module stands in PS3.3, for the clause of a finding."""

from __future__ import annotations

#: Module to table, as numbered in the edition of 2020.
_TABLES = {
    "patient": "C.7-1", "clinical-trial-subject": "C.7-2b", "general-study": "C.7-3", "patient-study": "C.7-4a",
    "clinical-trial-study": "C.7-4b", "general-series": "C.7-5a", "clinical-trial-series": "C.7-5b",
    "frame-of-reference": "C.7-6", "synchronization": "C.7-7", "general-equipment": "C.7-8",
    "enhanced-general-equipment": "C.7-8b", "general-image": "C.7-9", "image-plane": "C.7-10",
    "image-pixel": "C.7-11a", "contrast-bolus": "C.7-12", "enhanced-contrast-bolus": "C.7-12b", "cine": "C.7-13",
    "multi-frame": "C.7-14", "frame-pointers": "C.7-15", "display-shutter": "C.7-17", "device": "C.7-18",
    "intervention": "C.7-19", "acquisition-context": "C.7.6.14-1", "multi-frame-dimension": "C.7.6.17-1",
    "cardiac-synchronization": "C.7.6.18-1", "respiratory-synchronization": "C.7.6.18-2",
    "bulk-motion-synchronization": "C.7.6.18-3", "supplemental-palette-color-lookup-table": "C.7.6.19-1",
    "specimen": "C.7.6.22-1", "palette-color-lookup-table": "C.7-22", "cr-series": "C.8-1", "cr-image": "C.8-2",
    "ct-image": "C.8-3", "mr-image": "C.8-4", "us-region-calibration": "C.8-17", "us-image": "C.8-18",
    "sc-equipment": "C.8-24", "sc-image": "C.8-25", "x-ray-collimator": "C.8-28",
    "x-ray-tomography-acquisition": "C.8-32", "x-ray-acquisition-dose": "C.8-33", "x-ray-generation": "C.8-34",
    "x-ray-filtration": "C.8-35", "x-ray-grid": "C.8-36", "dx-series": "C.8-68", "dx-anatomy-imaged": "C.8-69",
    "dx-image": "C.8-70", "dx-detector": "C.8-71", "dx-positioning": "C.8-72", "enhanced-mr-image": "C.8-79",
    "mr-pulse-sequence": "C.8-87", "mr-series": "C.8-101", "ct-series": "C.8-113", "enhanced-ct-image": "C.8-114",
    "multi-energy-ct-image": "C.8.2.2-1", "enhanced-multi-energy-ct-acquisition": "C.8.15.4-1",
    "overlay-plane": "C.9-2", "multi-frame-overlay": "C.9-3", "modality-lut": "C.11-1", "voi-lut": "C.11-2",
    "image-histogram": "C.11.5-1", "icc-profile": "C.11.15-1", "sop-common": "C.12-1",
    "common-instance-reference": "C.12-8", "frame-extraction": "C.12-9", "general-reference": "C.12-10",
    "sr-document-series": "C.17-1", "sr-document-general": "C.17-2", "sr-document-content": "C.17-4",
    "key-object-document-series": "C.17.6-1", "key-object-document": "C.17.6-2",
}  # fmt: skip


def type_clause(module: str, edition: str) -> str:
    """Clause of an attribute's type: the table with the edition of its number and that of the types."""
    table = _TABLES.get(module)
    return f"PS3.3 Table {table} (2020; types of {edition})" if table else f"PS3.3 ({edition}), module {module}"


def text_clause(module: str) -> str:
    """Clause of an attribute's description, read in the edition of 2020."""
    table = _TABLES.get(module)
    return f"PS3.3 Table {table} (2020)" if table else "PS3.3 Annex C (2020)"
