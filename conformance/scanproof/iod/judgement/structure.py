"""What an IOD wants of the list of attributes: its modules, functional groups, content tree, pixels and pointers."""

from __future__ import annotations

from collections.abc import Container, Iterator

from pydicom.datadict import dictionary_has_tag, dictionary_is_retired

from scanproof.iod.encoded.dictionary import shown
from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement import consequences, content_tree, functional_groups
from scanproof.iod.judgement.attributes import Judge
from scanproof.iod.judgement.content_evidence import evidence_findings
from scanproof.iod.judgement.content_once import once
from scanproof.iod.judgement.content_references import reference_findings
from scanproof.iod.judgement.drawn import judge_beams, judge_points
from scanproof.iod.judgement.image_values import image_findings
from scanproof.iod.judgement.kinds import judge_kinds
from scanproof.iod.judgement.lookup_tables import lut_findings
from scanproof.iod.judgement.overlays import overlay_findings
from scanproof.iod.judgement.pixel_presence import ATTRIBUTES, WHOLE, Carried, presence_findings
from scanproof.iod.judgement.private import private_findings
from scanproof.iod.judgement.references import judge_references
from scanproof.iod.judgement.templates import template_findings
from scanproof.iod.tables.clauses import iod_clause, iod_named, origin, text_clause
from scanproof.iod.tables.knowledge import Iod, Knowledge, Module, Node
from scanproof.iod.tables.listed import modality_finding
from scanproof.iod.tables.logic import is_empty, known_values
from scansim.wire.dataset import DataSet, keyword, tag_of

_CONTENT = "sr-document-content"
_PADDING = 0xFFFCFFFC
_PIXELS = {tag_of(name) for name in ATTRIBUTES}


def judge_structure(
    knowledge: Knowledge, sop_class: str, dataset: DataSet, *, complete: bool, carried: Carried = WHOLE
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
    carried : Carried
        How it came, as far as that decides where its pixels are.
    """
    found = list(private_findings(dataset))
    found += overlay_findings(dataset, complete=complete)
    iod = knowledge.iod(sop_class)
    if iod is None:
        return (*found, *_unknown(sop_class, dataset, complete))
    found += _module_findings(Judge(iod, dataset, knowledge.edition, complete), carried)
    found += judge_references(iod.key, dataset, complete=complete)
    found += judge_points(iod.key, dataset)
    found += judge_beams(iod.key, dataset)
    found += judge_kinds(iod.key, dataset)
    found += lut_findings(dataset)
    found += _outside(iod, dataset)
    if not iod.conditions:
        text = f"conditions of the {iod_named(iod.key)} are not checked; structure, types, VR and VM are"
        found.append(IodFinding("conditions-not-checked", IodLevel.INFO, "", text, iod_clause(iod.key)))
    return consequences.once(found)


def _unknown(sop_class: str, dataset: DataSet, complete: bool) -> Iterator[IodFinding]:
    """A SOP Class without tables, whatever the registry says of it: retired, private, later, or none at all."""
    directory = "DirectoryRecordSequence" in dataset or "FileSetID" in dataset  # its class is in the file meta alone
    if not sop_class and not directory:
        yield from _unnamed(dataset, complete)
    named = (
        f"no IOD is known for the SOP Class {sop_class}" if sop_class else "no SOP Class UID says what the object is"
    )
    what = f"{named}, so which attributes it has to have is not judged"
    yield IodFinding("iod-not-checked", IodLevel.INFO, "SOPClassUID", what, "PS3.4 B.5 (2020)")


def _unnamed(dataset: DataSet, complete: bool) -> Iterator[IodFinding]:
    """What SOP Common demands of every object, whatever its class."""
    for name in ("SOPClassUID", "SOPInstanceUID"):
        if name in dataset and not dataset.text(name):
            text = f"empty; {origin('sop-common', name)} wants a value (Type 1)"
            yield IodFinding("type1-empty", IodLevel.ERROR, name, text, text_clause("sop-common", name))
        elif name not in dataset and complete:
            text = f"absent; {origin('sop-common', name)} wants it with a value (Type 1)"
            yield IodFinding("type1-missing", IodLevel.ERROR, name, text, text_clause("sop-common", name))


def _module_findings(judge: Judge, carried: Carried) -> Iterator[IodFinding]:
    """Judge every module that is in use."""
    root = judge.dataset
    for module in judge.iod.modules:
        used = _is_used(module, root)
        if used is False:
            continue
        if module.key == _CONTENT:
            rows = template_findings(judge.iod.key, root) if judge.complete else ()
            yield from once(tuple(content_tree.judge(judge.iod.key, root, complete=judge.complete)), tuple(rows))
            if judge.complete:
                yield from reference_findings(judge.iod.key, root)
                yield from evidence_findings(judge.iod.key, root)
            yield from judge.attributes(_without(module, content_tree.ATTRIBUTES), (root,), "", module.key)
        elif functional_groups.PER_FRAME in module.attributes:
            yield from judge.attributes(_without(module, functional_groups.SEQUENCES), (root,), "", module.key)
            yield from functional_groups.judge_groups(judge, module.attributes, module.key)
        else:
            nodes = _without(module, ATTRIBUTES - {keyword(tag) for tag in root.elements.keys() & _PIXELS})
            yield from judge.attributes(nodes, (root,), "", module.key, sure=used is True)
    for modality in known_values(root, "Modality")[:1]:
        finding = modality_finding(judge.iod.key, modality)
        if finding is not None:
            yield finding
    yield from image_findings(judge.iod.key, root)
    if judge.complete:
        sure = frozenset(module.key for module in judge.iod.modules if _is_used(module, root) is True)
        yield from presence_findings(judge.iod, root, sure, carried)
        yield from _pointers(root)


def _is_used(module: Module, root: DataSet) -> bool | None:
    """Whether a module is in use; None when that is not sure.

    It is when it is mandatory or required by its condition. Otherwise its attributes are all that shows it: those that
    no other module of the IOD has. One of Type 1 or 1C, or one of Type 2 or 2C with a value, is what its sender was
    asked for by this module. One of Type 3 proves nothing: in a Standard Extended SOP Class (PS3.2 3.11) any attribute
    may stand by itself, such as the volume of a contrast agent that nobody names; nor does an empty one of Type 2,
    which some senders write whatever they know.
    """
    if module.usage == "M":
        return True
    if module.condition is not None and module.condition.required.decide((root,)) is True:
        return True
    mine = module.own.keys() & root.elements.keys()
    for tag in mine:
        kind = module.own[tag]
        if kind in ("1", "1C") or (kind in ("2", "2C") and not is_empty(root.elements[tag])):
            return True
    return None if mine else False


def _without(module: Module, keywords: Container[str]) -> list[Node]:
    """Attributes of a module but for those that are judged in their own way."""
    return [node for name, node in module.attributes.items() if name not in keywords]


def _pointers(root: DataSet) -> Iterator[IodFinding]:
    """Frame Increment Pointer names attributes, and these are there."""
    for value in known_values(root, "FrameIncrementPointer"):
        if value not in {shown(tag) for tag in root.elements}:
            text = f"it points to {value}, which is absent"
            yield IodFinding("pointer", IodLevel.ERROR, "FrameIncrementPointer", text, "PS3.3 C.7.6.6.1.1 (2020)")


def _outside(iod: Iod, dataset: DataSet) -> Iterator[IodFinding]:
    """Attributes that no module of the IOD has: a Standard Extended SOP Class, which is a note."""
    for tag in dataset.elements:
        if tag in iod.tags or tag >> 16 & 1 or not tag & 0xFFFF or tag >> 16 < 8 or not dictionary_has_tag(tag):
            continue
        # padding may end any data set, overlays and curves have a group of their own each, retired ones are told of
        if tag == _PADDING or 0x5000 <= tag >> 16 <= 0x60FF or dictionary_is_retired(tag):
            continue
        text = "no module of the IOD has it: a Standard Extended SOP Class"
        yield IodFinding(
            "standard-extended", IodLevel.INFO, keyword(tag), text, "PS3.2 3.11 (2024d); PS3.4 B.4.1 (2020)"
        )
