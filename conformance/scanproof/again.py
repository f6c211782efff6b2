"""How to see a finding again: the command that runs its scenario, and for a query the same as a line of findscu."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanproof.evidence import Evidence
from scanproof.evidence.associations import called_ae
from scanproof.finding import Finding, Verdict
from scansim.network.transcript import Operation
from scansim.vocabulary.uids import PATIENT_ROOT_FIND, STUDY_ROOT_FIND, WORKLIST
from scansim.wire.dataset import DataSet, Element

#: Verdicts of what somebody wants to see again.
TOLD = (Verdict.FAIL, Verdict.INCONCLUSIVE)
#: How findscu calls the information models that we query.
_MODELS = {WORKLIST: "-W", STUDY_ROOT_FIND: "-S", PATIENT_ROOT_FIND: "-P"}
#: Value Representations whose values are not text on the wire.
_BINARY = ("AT", "FD", "FL", "OB", "OD", "OF", "OL", "OV", "OW", "SL", "SS", "SV", "UL", "UN", "US", "UV")
_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./*?-]+")
_WORD = re.compile(r"(?:\$'(?:[^'\\]|\\.)*'|'[^']*'|[^\s'])+")


def quoted(value: str | bytes) -> str:
    r"""Return one argument for a POSIX shell; bytes that are not ASCII, and controls, as bash writes them.

    >>> print(quoted("hospital.yaml"), quoted("DOE^JANE"), quoted(b"\xbb\xee"))
    hospital.yaml 'DOE^JANE' $'\xbb\xee'
    """
    data = value.encode() if isinstance(value, str) else value
    if data.isascii() and _PLAIN.fullmatch(text := data.decode()) and not set("*?") & set(text):
        return text
    printable = isinstance(value, str) and value.isprintable()
    if printable or all(0x20 <= byte < 0x7F for byte in data):
        text = data.decode()
        if "'" not in text:
            return f"'{text}'"
    escaped = (chr(byte) if 0x20 <= byte < 0x7F and byte not in b"'\\" else f"\\x{byte:02x}" for byte in data)
    return f"$'{''.join(escaped)}'"


def command_line(program: str, words: Sequence[str | bytes]) -> str:
    """A program with its arguments as they are typed."""
    return " ".join([program, *map(quoted, words)])


def parts_of(command: str) -> list[str]:
    """A command line of ours in parts, between which a line may end: each option with its value."""
    parts: list[str] = []
    for word in _WORD.findall(command):
        if parts and parts[-1].startswith("-") and " " not in parts[-1] and not word.startswith("-"):
            parts[-1] += f" {word}"
        else:
            parts.append(word)
    return parts


def see_again(finding: Finding, evidence: Evidence | None, commands: Mapping[str, str]) -> list[str]:
    """What shows a finding again.

    Parameters
    ----------
    finding : Finding
        Any; a consequence, and what is no fault, is not to be seen again.
    evidence : Evidence, optional
        What its scenario showed; None for a finding of no scenario.
    commands : mapping
        The command that runs each scenario, by its label, and under the empty label the one that runs all.
    """
    if finding.root is not None or finding.verdict not in TOLD:
        return []
    command = commands.get(finding.label) or commands.get("")
    query = evidence.find_of(finding.exchange or "") if evidence is not None else None
    return [line for line in (command, findscu(query) if query is not None else "") if line]


def findscu(query: Operation) -> str:
    """The same C-FIND as DCMTK's findscu sends it; empty where it cannot."""
    request, facts = query.request, query.association.facts
    model = _MODELS.get(request.abstract_syntax)
    if model is None or request.dataset is None:
        return ""
    titles = ["-aet", str(facts.get("calling_ae", "")), "-aec", called_ae(query.association)]
    keys = [word for key in _keys(request.dataset) for word in ("-k", key)]
    return command_line("findscu", [model, *titles, str(facts.get("host", "")), str(facts.get("port", "")), *keys])


def _keys(dataset: DataSet, path: str = "") -> Iterator[bytes]:
    """Each key with its path of tags; an empty sequence, and a universal key, without a value."""
    for tag, element in dataset.elements.items():
        here = f"{path}({tag >> 16:04x},{tag & 0xFFFF:04x})" if path or element.items else _tag(tag)
        if not tag & 0xFFFF:
            continue  # a group length, which findscu reckons itself
        for number, item in enumerate(element.items or ()):
            below = list(_keys(item, f"{here}[{number}]."))
            yield from below or [f"{here}[{number}]".encode()]
        if not element.items:
            value = _value(dataset, element)
            yield here.encode() + (b"=" + value if value else b"")


def _tag(tag: int) -> str:
    return f"{tag >> 16:04x},{tag & 0xFFFF:04x}"


def _value(dataset: DataSet, element: Element) -> bytes:
    if element.items is not None:
        return b""
    if element.vr in _BINARY:
        return "\\".join(dataset.values_of(element)).encode()
    return element.value.rstrip(b" \0")


def checked_commands(value: Any) -> dict[str, str] | None:
    """The commands that a run wrote down; None for what no run writes."""
    found = value if isinstance(value, dict) else None
    if found is None or not all(isinstance(text, str) for pair in found.items() for text in pair):
        return None
    return dict(found)
