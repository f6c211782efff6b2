"""Presence, types and conditions: what an IOD wants of the list of attributes, in every module and item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydicom._uid_dict import UID_dictionary
from pydicom.datadict import dictionary_has_tag, dictionary_is_retired

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement import content_tree, functional_groups
from scanproof.iod.judgement.coded_entry import code_findings
from scanproof.iod.judgement.private import private_findings
from scanproof.iod.tables.clauses import text_clause, type_clause
from scanproof.iod.tables.item_counts import count_finding
from scanproof.iod.tables.knowledge import Iod, Knowledge, Module, Node
from scanproof.iod.tables.listed import modality_finding, module_findings
from scanproof.iod.tables.logic import Scope, is_empty, known_values
from scansim.wire.dataset import DataSet, Element, keyword

_ITEMS = "PS3.5 7.5 (2013)"
_CONTENT = "sr-document-content"
_PADDING = 0xFFFCFFFC
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData", "PixelDataProviderURL")


def judge_structure(
    knowledge: Knowledge, sop_class: str, dataset: DataSet, *, complete: bool
) -> tuple[IodFinding, ...]:
    """Judge which attributes are there, against the IOD of the SOP Class.

    Parameters
    ----------
    knowledge : Knowledge
        The tables.
    sop_class : str
        SOP Class UID.
    dataset : DataSet
        The decoded data set; its values are looked at by conditions and lists only, those of `Knowledge.controls`.
    complete : bool
        False when the bytes end early: what is missing then is not judged.
    """
    found = list(private_findings(dataset))
    iod = knowledge.iod(sop_class)
    if iod is None:
        return (*found, *_unknown(sop_class, dataset, complete))
    found += Judge(iod, dataset, knowledge.edition, complete).findings()
    found += _outside(iod, dataset)
    if not iod.conditions:
        text = f"conditions are not checked for this IOD ({iod.key}); structure, types, VR and VM are"
        found.append(IodFinding("conditions-not-checked", IodLevel.INFO, "", text, f"PS3.3 ({knowledge.edition})"))
    # An attribute of several modules is at fault once.
    return tuple({(finding.rule, finding.tag): finding for finding in reversed(found)}.values())[::-1]


def _unknown(sop_class: str, dataset: DataSet, complete: bool) -> Iterator[IodFinding]:
    """A SOP Class without tables: absent, retired, private, or none at all."""
    directory = "DirectoryRecordSequence" in dataset or "FileSetID" in dataset  # its class is in the file meta alone
    if not sop_class and not directory:
        yield from _unnamed(dataset, complete)
    name, kind, _, retired, _ = UID_dictionary.get(sop_class, ("", "", "", "", ""))
    if sop_class.startswith("1.2.840.10008.") and kind != "SOP Class":
        what = f"{sop_class} is {f'a {kind}, {name}' if name else 'not registered'}: no SOP Class"
        yield IodFinding("sop-class-unknown", IodLevel.ERROR, "SOPClassUID", what, "PS3.6 A (2024e)")
    elif retired:
        what = f"{sop_class} is retired: {name}"
        yield IodFinding("sop-class-retired", IodLevel.WARNING, "SOPClassUID", what, "PS3.6 A (2024e)")
    what = f"SOP Class {sop_class or 'absent'}: no IOD is known for it, so its attributes are not judged"
    yield IodFinding("iod-not-checked", IodLevel.INFO, "SOPClassUID", what, "PS3.4 B.5")


def _unnamed(dataset: DataSet, complete: bool) -> Iterator[IodFinding]:
    """What SOP Common demands of every object, whatever its class."""
    for name in ("SOPClassUID", "SOPInstanceUID"):
        if name in dataset and not dataset.text(name):
            text = "Type 1 of module sop-common, and empty"
            yield IodFinding("type1-empty", IodLevel.ERROR, name, text, text_clause("sop-common"))
        elif name not in dataset and complete:
            text = "Type 1 of module sop-common, and absent"
            yield IodFinding("type1-missing", IodLevel.ERROR, name, text, text_clause("sop-common"))


@dataclass(frozen=True)
class Judge:
    """One judgement: the IOD, the data set, the edition of the tables, and whether the data set is all there."""

    iod: Iod
    dataset: DataSet
    edition: str
    complete: bool

    def findings(self) -> Iterator[IodFinding]:
        """Judge every module that is in use."""
        for module in self.iod.modules:
            if not self._applies(module):
                continue
            if module.key == _CONTENT:
                yield from content_tree.judge(self.iod.key, self.dataset, complete=self.complete)
                yield from self.attributes(_beside_content(module.attributes), (self.dataset,), "", module.key)
            else:
                yield from self.attributes(module.attributes, (self.dataset,), "", module.key)
        for modality in known_values(self.dataset, "Modality")[:1]:
            finding = modality_finding(self.iod.key, modality)
            if finding is not None:
                yield finding
        yield from self._pixels()
        yield from self._pointers()

    def _applies(self, module: Module) -> bool:
        """Whether a module is in use: mandatory, required by its condition, or begun by an attribute of its own."""
        if module.usage == "M":
            return True
        if module.condition is not None and module.condition.required.decide((self.dataset,)) is True:
            return True
        owners = self.iod.owners
        return any(
            node.tag in self.dataset.elements and owners[name] == (module.key,)
            for name, node in module.attributes.items()
        )

    def attributes(self, nodes: Mapping[str, Node], scope: Scope, path: str, module: str) -> Iterator[IodFinding]:
        """Judge the attributes of one level; functional groups go frame by frame."""
        level = scope[0]
        for node in nodes.values():
            if node.keyword in functional_groups.SEQUENCES and not path:
                continue
            here = f"{path}{node.keyword}"
            element = level.elements.get(node.tag)
            if element is None:
                if self.complete:
                    yield from self._absent(node, scope, here, module)
                continue
            yield from self._present(node, scope, here, module, element)
            values = known_values(level, node.keyword)
            yield from module_findings(module, node.path, element, values, here, text_clause(module))
            yield from self.items(node, element, scope, here, module)
        if not path and functional_groups.SEQUENCES[1] in nodes:
            yield from functional_groups.judge(self, nodes, module)

    def items(self, node: Node, element: Element, scope: Scope, here: str, module: str) -> Iterator[IodFinding]:
        """Judge the items of a sequence."""
        items = element.items or ()
        if element.items == () and node.type == "3":
            text = "a sequence without an item; Type 3 may be empty, and then means as much as absent"
            yield IodFinding("sequence-no-item", IodLevel.WARNING, here, text, "PS3.5 7.4.5 (2020a)", element.offset)
        counted = count_finding(module, node.path, len(items), here)
        if counted is not None:
            yield counted
        for number, item in enumerate(items, 1):
            inside = f"{here}[{number}]"
            demanded = [child.keyword for child in node.children.values() if child.type in ("1", "2")]
            if not item.elements and (demanded or node.is_code):
                # once, and not for each of its attributes
                text = f"an item without a single attribute; it needs {', '.join(demanded[:3])}"
                yield IodFinding("item-empty", IodLevel.ERROR, inside, text, _ITEMS, element.offset)
                continue
            if node.is_code and self.complete:
                yield from code_findings(item, f"{inside} > ")
            yield from self.attributes(node.children, (item, *scope), f"{inside} > ", module)

    def _required(self, node: Node, scope: Scope) -> bool | None:
        if node.type in ("1", "2"):
            return True
        if node.type in ("1C", "2C"):
            return node.condition.required.decide(scope) if node.condition is not None else None
        return False

    def _absent(self, node: Node, scope: Scope, here: str, module: str) -> Iterator[IodFinding]:
        if not self._required(node, scope):
            return
        text = f"Type {node.type} of module {module}, and absent"
        rule = {"1": "type1-missing", "2": "type2-missing"}.get(node.type, "condition-missing")
        if rule == "condition-missing" and node.condition is not None:
            text += f", though {node.condition.required.text}"
        yield IodFinding(rule, IodLevel.ERROR, here, text, self._clause(node, module))

    def _present(self, node: Node, scope: Scope, here: str, module: str, element: Element) -> Iterator[IodFinding]:
        if is_empty(element) and node.type in ("1", "1C"):
            # Of a 1C attribute that may be there besides, the standard does not say that it needs a value then.
            free = node.type == "1C" and _false(node, scope)
            text = f"Type {node.type} of module {module}, and empty"
            level = IodLevel.WARNING if free else IodLevel.ERROR
            yield IodFinding("type1-empty", level, here, text, self._clause(node, module), element.offset)
        if node.type in ("1C", "2C") and node.condition is not None and node.condition.forbids(scope):
            text = f"Type {node.type} of module {module}: present, though not: {node.condition.required.text}"
            yield IodFinding(
                "condition-forbidden", IodLevel.ERROR, here, text, self._clause(node, module), element.offset
            )

    def _clause(self, node: Node, module: str) -> str:
        if node.type in ("1", "2"):
            return type_clause(module, self.edition)
        return node.condition.clause if node.condition is not None and node.condition.clause else text_clause(module)

    def _pixels(self) -> Iterator[IodFinding]:
        """An image without pixels, as indexers and de-identifiers make them: suspicious, not wrong for sure."""
        if not self.complete or not any(module.key == "image-pixel" for module in self.iod.modules):
            return
        if not any(name in self.dataset for name in _PIXELS):
            text = "an image without pixels: only its header is checked"
            yield IodFinding("header-only", IodLevel.WARNING, "PixelData", text, "PS3.3 Table C.7-11a (2026b)")

    def _pointers(self) -> Iterator[IodFinding]:
        """Frame Increment Pointer names attributes, and these are there."""
        tags = {f"({tag >> 16:04X},{tag & 0xFFFF:04X})" for tag in self.dataset.elements}
        for value in known_values(self.dataset, "FrameIncrementPointer"):
            if self.complete and value not in tags:
                text = f"it points to {value}, which is absent"
                yield IodFinding("pointer", IodLevel.ERROR, "FrameIncrementPointer", text, "PS3.3 C.7.6.6.1.1 (2020)")


def _false(node: Node, scope: Scope) -> bool:
    return node.condition is not None and node.condition.required.decide(scope) is False


def _beside_content(nodes: Mapping[str, Node]) -> dict[str, Node]:
    """Nodes of the content module that belong to no content item."""
    return {name: node for name, node in nodes.items() if name not in content_tree.ATTRIBUTES}


def _outside(iod: Iod, dataset: DataSet) -> Iterator[IodFinding]:
    """Attributes that no module of the IOD has: a Standard Extended SOP Class, which is a note."""
    for tag in dataset.elements:
        if tag >> 16 & 1 or not tag & 0xFFFF or tag >> 16 < 8 or not dictionary_has_tag(tag):
            continue
        name = keyword(tag)
        # padding may end any data set, overlays and curves have a group of their own each, retired ones are told of
        if name in iod.owners or tag == _PADDING or 0x5000 <= tag >> 16 <= 0x60FF or dictionary_is_retired(tag):
            continue
        text = "no module of the IOD has it: a Standard Extended SOP Class"
        yield IodFinding("standard-extended", IodLevel.INFO, name, text, "PS3.2 3.11 (2024d); PS3.4 B.4.1")
