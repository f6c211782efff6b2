"""Content items that are wrong by the IOD and by their template: one finding for one fault."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanproof.iod.finding import IodFinding

_DECISIVE = ("RelationshipType", "ValueType")
_TYPE = "sr-template-type"
#: Rules of the attributes of a Value Type, which tell the same where the Value Type is what is wrong.
_OF_VALUES = ("type1-missing", "type2-missing", "condition-forbidden", "sr-value-extra")


def once(tree: Sequence[IodFinding], rows: Sequence[IodFinding]) -> Iterator[IodFinding]:
    """Findings of a content tree and of the rows of its templates, without what follows from others of them.

    Parameters
    ----------
    tree : sequence of IodFinding
        What the IOD says of the items.
    rows : sequence of IodFinding
        What the rows say of them.
    """
    wrong = {_split(finding.tag)[0] for finding in tree if _split(finding.tag)[1] in _DECISIVE}
    empty = {finding.tag for finding in tree if finding.rule == "type1-empty"}
    mistyped = {_split(finding.tag)[0] for finding in rows if finding.rule == _TYPE} - wrong
    for finding in tree:
        item, name = _split(finding.tag)
        above = _split(item)[0]
        of_value = item in mistyped and finding.rule in _OF_VALUES and name not in _DECISIVE
        of_child = above in mistyped and name == "RelationshipType" and finding.rule == "sr-relationship"
        if not (of_value or of_child):
            yield finding
    for finding in rows:
        item, name = _split(finding.tag)
        if finding.tag in wrong or (item in wrong and name in _DECISIVE) or finding.tag in empty:
            continue
        yield finding


def _split(tag: str) -> tuple[str, str]:
    """Path of the item that an attribute is in, and the keyword; the path of the root is empty."""
    item, _, name = tag.rpartition(" > ")
    return item, name
