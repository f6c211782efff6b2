"""Presence, types and conditions: what an IOD wants of the list of attributes, in every module and item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydicom.datadict import dictionary_has_tag

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.knowledge import Iod, Knowledge, Module, Node
from scanproof.iod.logic import Scope
from scansim.wire.dataset import DataSet, keyword, tag_of

_TYPES = "PS3.5 7.4 (2013)"


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
        The decoded data set; its values are looked at by conditions only.
    complete : bool
        False when the bytes end early: what is missing then is not judged.
    """
    iod = knowledge.iod(sop_class)
    if iod is None:
        what = f"SOP Class {sop_class or 'absent'}: no IOD is known for it, so its attributes are not judged"
        return (IodFinding("iod-not-checked", IodLevel.INFO, "SOPClassUID", what, "PS3.4 B.5"),)
    found = list(_modules(iod, dataset, complete))
    found += _extended(iod, dataset)
    if not iod.conditions:
        text = f"conditions are not checked for this IOD ({iod.key}); structure, types, VR and VM are"
        found.append(IodFinding("conditions-not-checked", IodLevel.INFO, "", text, f"PS3.3 ({knowledge.edition})"))
    return tuple(dict.fromkeys(found))


def _modules(iod: Iod, dataset: DataSet, complete: bool) -> Iterator[IodFinding]:
    for module in iod.modules:
        if not _applies(iod, module, dataset):
            continue
        yield from _attributes(module.attributes, (dataset,), "", module.key, complete)


def _applies(iod: Iod, module: Module, dataset: DataSet) -> bool:
    """Whether a module is in use: mandatory, required by its condition, or begun by an attribute of its own."""
    if module.usage == "M":
        return True
    begun = any(name in dataset and iod.owners[name] == (module.key,) for name in module.attributes)
    if module.condition is not None and module.condition.required.decide((dataset,)) is True:
        return True
    return begun


def _attributes(
    attributes: Mapping[str, Node], scope: Scope, path: str, module: str, complete: bool
) -> Iterator[IodFinding]:
    level = scope[0]
    for node in attributes.values():
        here = f"{path}{node.keyword}"
        element = level.elements.get(tag_of(node.keyword))
        if element is None:
            if complete:
                yield from _absent(node, scope, here, module)
            continue
        yield from _present(node, scope, here, module, element.is_empty)
        for number, item in enumerate(element.items or (), 1):
            yield from _attributes(node.children, (item, *scope), f"{here}[{number}] > ", module, complete)


def _required(node: Node, scope: Scope) -> bool | None:
    if node.type in ("1", "2"):
        return True
    if node.type in ("1C", "2C"):
        return node.condition.required.decide(scope) if node.condition is not None else None
    return False


def _absent(node: Node, scope: Scope, here: str, module: str) -> Iterator[IodFinding]:
    if not _required(node, scope):
        return
    why = f", as {node.condition.required.text}" if node.condition is not None else ""
    rule = {"1": "type1-missing", "2": "type2-missing"}.get(node.type, "condition-missing")
    yield IodFinding(rule, IodLevel.ERROR, here, f"Type {node.type} of module {module}, and absent{why}", _clause(node))


def _present(node: Node, scope: Scope, here: str, module: str, empty: bool) -> Iterator[IodFinding]:
    required = _required(node, scope)
    if empty and node.type in ("1", "1C") and required is not False:
        text = f"Type {node.type} of module {module}, and empty"
        yield IodFinding("type1-empty", IodLevel.ERROR, here, text, _clause(node))
    if (
        required is False
        and node.type in ("1C", "2C")
        and node.condition is not None
        and node.condition.otherwise == "forbidden"
    ):
        text = f"Type {node.type} of module {module}: present, though not {node.condition.required.text}"
        yield IodFinding("condition-forbidden", IodLevel.ERROR, here, text, _clause(node))


def _clause(node: Node) -> str:
    return node.condition.clause if node.condition is not None and node.condition.clause else _TYPES


def _extended(iod: Iod, dataset: DataSet) -> Iterator[IodFinding]:
    """Attributes that no module of the IOD has: a Standard Extended SOP Class, which is a note."""
    for tag in dataset.elements:
        if tag >> 16 & 1 or not tag & 0xFFFF or not dictionary_has_tag(tag):
            continue
        name = keyword(tag)
        if name not in iod.owners and tag >> 16 not in (0x0008, 0xFFFC) and not 0x6000 <= tag >> 16 <= 0x60FF:
            text = "no module of the IOD has it: a Standard Extended SOP Class"
            yield IodFinding("standard-extended", IodLevel.INFO, name, text, "PS3.2 7.3; PS3.4 B.4.1")
