"""Which attributes a module wants at one level of a data set: their types, conditions, lists and items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement.coded_entry import code_findings
from scanproof.iod.tables.clauses import origin, text_clause, type_clause
from scanproof.iod.tables.item_counts import count_finding
from scanproof.iod.tables.knowledge import Iod, Node
from scanproof.iod.tables.listed import module_findings
from scanproof.iod.tables.logic import Scope, is_empty
from scansim.wire.dataset import DataSet, Element

_ITEMS = "PS3.5 7.5 (2013)"


@dataclass(frozen=True)
class Judge:
    """One judgement: the IOD, the data set, the edition of the tables, and whether the data set is all there."""

    iod: Iod
    dataset: DataSet
    edition: str
    complete: bool

    def attributes(
        self, nodes: Iterable[Node], scope: Scope, path: str, module: str, *, sure: bool = True
    ) -> Iterator[IodFinding]:
        """Judge the attributes of one level, and those in their items.

        Parameters
        ----------
        nodes : iterable of Node
            What the module has at this level.
        scope : Scope
            The data set of this level, then those around it.
        path : str
            Path of what is around it, such as ``Sequence[1] > ``.
        module : str
            Key of the module.
        sure : bool
            False when it is not sure that the module is in use: what is absent may be absent then.
        """
        level = scope[0]
        elements = level.elements
        for node in nodes:
            element = elements.get(node.tag)
            if element is None:
                if node.asked_for and self.complete and _required(node, scope):
                    yield self._absent(node, scope, f"{path}{node.keyword}", module, sure)
                continue
            here = f"{path}{node.keyword}"
            if node.type not in ("2", "3"):
                yield from self._present(node, scope, here, module, element)
            if node.listed is not None:
                yield from module_findings(node.listed, level, element, here, module, node.path)
            if element.items is not None:
                yield from self.items(node, element, scope, here, module)

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
            if not item.elements:
                demanded = [child.keyword for child in node.children.values() if child.type in ("1", "2")]
                if demanded or node.is_code:
                    # once, and not for each of its attributes
                    text = f"an item without a single attribute; it needs {', '.join(demanded[:3])}"
                    yield IodFinding("item-empty", IodLevel.ERROR, inside, text, _ITEMS, element.offset)
                    continue
            if node.is_code and self.complete:
                yield from code_findings(item, f"{inside} > ")
            yield from self.attributes(node.children.values(), (item, *scope), f"{inside} > ", module)

    def _absent(self, node: Node, scope: Scope, here: str, module: str, sure: bool) -> IodFinding:
        rule = {"1": "type1-missing", "2": "type2-missing"}.get(node.type, "condition-missing")
        wanted = {"1": " with a value", "2": ", if only empty"}.get(node.type, " then")
        why = f", while {node.condition.why(scope)}" if rule == "condition-missing" and node.condition else ""
        text = f"absent{why}; {origin(module, node.path)} wants it{wanted} (Type {node.type})"
        if not sure:
            text += "; only attributes that are optional, or empty, tell of this module, so that it may not be in use"
        level = IodLevel.ERROR if sure else IodLevel.WARNING
        return IodFinding(rule, level, here, text, self._clause(node, module))

    def _present(self, node: Node, scope: Scope, here: str, module: str, element: Element) -> Iterator[IodFinding]:
        if node.type in ("1", "1C") and is_empty(element):
            # Of a 1C attribute that may be there besides, the standard does not say that it needs a value then.
            free = node.type == "1C" and node.condition is not None and node.condition.required.decide(scope) is False
            there = " when it is there" if node.type == "1C" else ""
            text = f"empty; {origin(module, node.path)} wants a value{there} (Type {node.type})"
            level = IodLevel.WARNING if free else IodLevel.ERROR
            yield IodFinding("type1-empty", level, here, text, self._clause(node, module), element.offset)
        if node.type in ("1C", "2C") and node.condition is not None and node.condition.forbids(scope):
            of = f"{origin(module, node.path)} does not allow it then (Type {node.type})"
            text = f"present, though {node.condition.why(scope)}; {of}"
            yield IodFinding(
                "condition-forbidden", IodLevel.ERROR, here, text, self._clause(node, module), element.offset
            )

    def _clause(self, node: Node, module: str) -> str:
        if node.type in ("1", "2"):
            return type_clause(module, node.path, self.edition)
        return (
            node.condition.clause
            if node.condition is not None and node.condition.clause
            else text_clause(module, node.path)
        )


def _required(node: Node, scope: Scope) -> bool:
    """Whether an attribute has to be there, for sure."""
    return node.type in ("1", "2") or (node.condition is not None and node.condition.required.decide(scope) is True)
