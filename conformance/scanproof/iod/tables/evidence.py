"""Which instances a document references in its content tree, and which it names as its evidence (PS3.3 C.17.2.3)."""

from __future__ import annotations

from collections.abc import Iterator

from scansim.wire.dataset import DataSet

CURRENT, OTHER = "CurrentRequestedProcedureEvidenceSequence", "PertinentOtherEvidenceSequence"
#: Inside the reference to an image: the presentation state and the real world values that it is shown with.
_BESIDE = ("ReferencedSOPSequence", "ReferencedRealWorldValueMappingInstanceSequence")


def content_items(item: DataSet, path: str = "") -> Iterator[tuple[DataSet, str]]:
    """Content items of a tree from its root, each with its path (``ContentSequence[1] > ``)."""
    yield item, path
    for number, child in enumerate(item.items("ContentSequence"), 1):
        yield from content_items(child, f"{path}ContentSequence[{number}] > ")


def referenced(root: DataSet) -> Iterator[tuple[DataSet, str]]:
    """References to instances in a content tree, with their paths: of images, and of what they are shown with."""
    for item, path in content_items(root):
        for number, reference in enumerate(item.items("ReferencedSOPSequence"), 1):
            here = f"{path}ReferencedSOPSequence[{number}] > "
            yield reference, here
            for name in _BESIDE:
                for inner, beside in enumerate(reference.items(name), 1):
                    yield beside, f"{here}{name}[{inner}] > "


def named(root: DataSet, sequence: str) -> dict[str, str]:
    """SOP Instance UIDs that an evidence sequence names, with the SOP Class UIDs that it gives them."""
    return {
        reference.text("ReferencedSOPInstanceUID"): reference.text("ReferencedSOPClassUID")
        for study in root.items(sequence)
        for series in study.items("ReferencedSeriesSequence")
        for reference in series.items("ReferencedSOPSequence")
    }
