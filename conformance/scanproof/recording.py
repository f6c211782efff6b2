"""A recording of our target: which clients it saw, and what each of them did, seen from both ends."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scanproof.evidence import ClientEvidence, Evidence
from scanproof.evidence.associations import calling_ae
from scansim.inputs import InputError
from scansim.network.transcript import AssociationRecord, Operation, Transcript, read_association
from scansim.site import endpoint, is_loopback
from scansim.vocabulary.recording import FACTS, FORMAT
from scansim.vocabulary.status import CANCEL, is_success
from scansim.wire import pdu as p

#: AE title of whoever never sent an A-ASSOCIATE-RQ.
NOBODY = "(no A-ASSOCIATE-RQ)"


def is_recording(folder: Path) -> bool:
    """Whether a folder holds a recording of clients."""
    return (folder / FACTS).is_file()


@dataclass(frozen=True)
class Recording:
    """A recording: what its target says of itself, and which associations are of which client, by its label."""

    folder: Path
    facts: Mapping[str, Any]
    clients: Mapping[str, tuple[Path, ...]]

    @property
    def target(self) -> str:
        """AE title and address of our target."""
        return f"{self.facts.get('ae', '?')}@{endpoint(self.facts.get('host', '?'), self.facts.get('port', '?'))}"

    def evidence(self) -> Iterator[ClientEvidence]:
        """What each client did, one after the other: no more than one is held."""
        return (evidence_of(self.facts, self.folder, name, paths) for name, paths in self.clients.items())


def read_facts(folder: Path) -> dict[str, Any]:
    """Read ``recording.json``; InputError when there is none, or it is not what the target writes."""
    path = folder / FACTS
    try:
        facts = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: damaged: not JSON: {error}") from None
    if not isinstance(facts, dict) or not str(facts.get("format", "")).startswith("scanproof-recording/"):
        raise InputError(f"{path}: damaged: this is no recording of a target")
    if facts["format"] != FORMAT:
        raise InputError(f"{path}: is {facts['format']}, which this version does not know; it reads {FORMAT}")
    texts = ("started", "ended", "ae", "host", "defect")
    if not all(isinstance(facts.get(name, ""), str) for name in texts) or not isinstance(facts.get("not_kept", 0), int):
        raise InputError(f"{path}: damaged: a value is not what the target writes there")
    return facts


def load(folder: Path) -> Recording:
    """Load a recording, also one that is still being made, or whose target was killed.

    Raises
    ------
    InputError
        When the folder is none, or a file in it cannot be read.
    """
    facts = read_facts(folder)
    paths = sorted(folder.glob("a*.wire"), key=lambda path: (len(path.stem), path.stem))
    opened: dict[str, list[Path]] = {}
    reported: list[tuple[Path, str, str]] = []
    for path in paths:
        record = read_association(path)
        if record.ours:
            reported.append((path, str(record.facts.get("called_ae", "")), str(record.facts.get("host", ""))))
        else:
            opened.setdefault(label_of(record), []).append(path)
    for path, ae, host in reported:
        opened.setdefault(_whose(ae, host, opened), []).append(path)
    in_order = {name: tuple(sorted(found, key=paths.index)) for name, found in opened.items()}
    return Recording(folder, facts, in_order)


def label_of(record: AssociationRecord) -> str:
    """AE title and host of the client of an association."""
    host = str(record.facts.get("host", "?"))
    if record.ours:
        return f"{shown(str(record.facts.get('called_ae', '')))}@{host}"
    return f"{shown(calling_ae(record)) if record.request is not None else NOBODY}@{host}"


def shown(title: str) -> str:
    """An AE title as a name: whatever a client sent there."""
    text = "".join(char if char.isprintable() else "?" for char in title.strip(" \0"))
    return text or "(blank)"


def _whose(ae: str, host: str, clients: Mapping[str, object]) -> str:
    """The client that our target called: the one of that title and host, or the only one of that title."""
    known = [name for name in clients if name.rpartition("@")[0] == shown(ae)]
    hosts = {name.rpartition("@")[2]: name for name in known}
    here = [name for where, name in hosts.items() if is_loopback(where) and is_loopback(host)]
    found = hosts.get(host) or next(iter(here), None) or (known[0] if len(known) == 1 else None)
    return found or f"{shown(ae)}@{host}"


def evidence_of(facts: Mapping[str, Any], folder: Path, name: str, paths: Sequence[Path]) -> ClientEvidence:
    """What one client did on some associations.

    Parameters
    ----------
    facts : mapping
        What the recording says of our target.
    folder : pathlib.Path
        Where the recording is.
    name : str
        AE title and host of the client.
    paths : sequence of pathlib.Path
        The records of its associations.
    """
    ae = str(facts.get("ae", ""))
    scenario = {
        "id": f"client:{name}",
        "party": f"client {name}",
        "title": name,
        "services": [],
        "verbs": [],
        "calling_ae": ae,
        "listener": {"ae": ae, "titles": [ae]},
        "defect": facts.get("defect", ""),
    }
    received = tuple(map(read_association, paths))
    asked = tuple(_named(read_association(path, mirrored=True)) for path in paths)
    return ClientEvidence(
        Evidence(Transcript(folder, scenario, (), {}, received)),
        Evidence(Transcript(folder, {**scenario, "capture": True}, (), {}, asked)),
    )


def _named(record: AssociationRecord) -> AssociationRecord:
    """A record from the client's end, which knows whom it called."""
    request = record.request.pdu if record.request is not None else None
    titles = {each: getattr(request, each, "") for each in ("called_ae", "calling_ae")}
    return replace(record, facts={**titles, **record.facts}) if record.ours else record


def did(client: ClientEvidence) -> str:
    """What a client did, in numbers, such as ``3 associations, 12 C-STORE, 1 N-CREATE``."""
    associations = client.received.associations
    opened = sum(not each.ours and each.request is not None for each in associations)
    without = sum(not each.ours and each.request is None for each in associations)
    called = sum(each.ours for each in associations)
    rejected = sum(not each.ours and _is_rejected(each) for each in associations)
    done = [each for each in client.received.operations if not each.request.sent and each.request.message.command_bytes]
    asked = Counter(each.request.name.removesuffix("-RQ") for each in done)
    refused = Counter(each.request.name.removesuffix("-RQ") for each in done if _is_refused(each))
    parts = [f"{opened} association{'s' if opened != 1 else ''}"] if opened or not (without or called) else []
    parts += [f"{without} connection{'s' if without != 1 else ''} without A-ASSOCIATE-RQ"] if without else []
    parts += [f"{rejected} of them rejected by our target"] if rejected else []
    parts += [f"{called} opened by our target"] if called else []
    parts += [f"{number} {name}{f' ({refused[name]} refused)' * bool(refused[name])}" for name, number in asked.items()]
    return ", ".join(parts)


def _is_rejected(association: AssociationRecord) -> bool:
    return association.answer is not None and isinstance(association.answer.pdu, p.AssociateRJ)


def _is_refused(operation: Operation) -> bool:
    """Whether our target answered with a failure."""
    final = operation.final
    status = final.command.status if final is not None else None
    return status not in (None, CANCEL) and not is_success(status)
