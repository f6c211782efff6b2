"""Text is exact in every character set and on every path: order, worklist item, MPPS, images, archive.

The expected bytes are those of `scansim.wire.charsets`, which tests/unit/test_charsets.py holds against the standard.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanproof.evidence import Evidence
from scanproof.finding import Verdict
from scanproof.judge import judge
from scanproof.session import Session, open_session
from scansim.exam.run import RunSettings, run_scenario
from scansim.exam.scenario import Scenario
from scansim.exam.scenario_files import load_scenario
from scansim.identity.ids import Identity
from scansim.identity.people import SPECIAL, Person, patient_for
from scansim.network.transcript import Transcript, load_transcript
from scansim.wire import charsets
from scansim.wire.charsets import CHARACTER_SETS
from tests.support import peers
from tests.support.netns import Namespace
from tests.support.peers import SITES, Peer
from tests.support.sample import sample

DAY = date(2026, 3, 4)
STEPS = (
    *("query-worklist", "choose-item", {"query-worklist": {"patient": "name"}}, "create-mpps"),
    *({"acquire": {"protocol": "ct-scout", "instances": 1}}, "store"),
    *({"set-mpps": {"status": "COMPLETED"}}, "query-study"),
)


@pytest.fixture(scope="module")
def target() -> Iterator[Session]:
    """One embedded target for all exams."""
    with open_session(None) as session:
        yield session


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """The whole way of a name, with one image."""
    return load_scenario(write_scenario(tmp_path_factory.mktemp("scenario"), *STEPS))


def write_scenario(folder: Path, *steps: Any) -> Path:
    procedure = {"code": "CTHEAD", "meaning": "CT head", "protocol_code": "CTHEAD-N", "protocol_meaning": "Head native"}
    text = {"id": "name", "title": "One name", "modality": "CT", "procedure": procedure, "steps": list(steps)}
    path = folder / "name.yaml"
    path.write_text(yaml.safe_dump(text))
    return path


def exam(target: Session, scenario: Scenario, folder: Path, seed: int, patient: Person) -> Transcript:
    # the target keeps all orders: each exam has a day of its own, and one of the others that are placed beside its own
    day = DAY + timedelta(days=2 * seed)
    settings = RunSettings(target.site, seed, day, target.listener, target.orders, patient=lambda _: patient)
    run_scenario(scenario, settings, folder)
    transcript = load_transcript(folder)
    assert [(step.verb, step.detail) for step in transcript.steps if step.outcome != "done"] == []
    return transcript


def values(transcript: Transcript, message: str, keyword: str) -> set[bytes]:
    """The values of an attribute, without padding, in all data sets of a kind of message."""
    return {
        element.value.rstrip(b" ")
        for association in transcript.associations
        for exchange in association.exchanges
        if exchange.name == message and exchange.dataset is not None
        for element in (exchange.dataset.element(keyword),)
        if element is not None and element.value
    }


def deviations(transcript: Transcript) -> set[tuple[str, Verdict, str | None]]:
    found = judge(Evidence(transcript)).findings
    assert len(found) > 20
    good = (Verdict.PASS, Verdict.NOT_APPLICABLE)
    return {(finding.check, finding.verdict, finding.tag) for finding in found if finding.verdict not in good}


def assert_exact(transcript: Transcript, patient: Person) -> None:
    name = charsets.encode(patient.name, "PN", patient.charset)
    for message in ("C-FIND-RSP", "N-CREATE-RQ", "C-STORE-RQ"):
        assert values(transcript, message, "PatientName") == {name}, message
    # asked for by name, the item comes back too
    found = {step.detail for step in transcript.steps if step.verb == "query-worklist"}
    assert found == {"1 items"}
    if patient.charset:
        named = "\\".join(patient.charset).encode()
        for message in ("N-CREATE-RQ", "C-STORE-RQ"):
            assert values(transcript, message, "SpecificCharacterSet") == {named}, message


@pytest.mark.long
@pytest.mark.parametrize("name", sample(CHARACTER_SETS, every=3, kind=lambda name: len(CHARACTER_SETS[name].terms)))
def test_every_character_set(target: Session, scenario: Scenario, tmp_path: Path, name: str) -> None:
    seed = list(CHARACTER_SETS).index(name)
    patient = patient_for(CHARACTER_SETS[name].terms, Identity(seed, DAY, "character set"), name)
    transcript = exam(target, scenario, tmp_path / "exam", seed, patient)
    assert_exact(transcript, patient)
    assert deviations(transcript) == set()


#: What is rightly said of a patient: Patient ID is Type 1, and 64 characters are one too many if the ``=`` counts.
DEVIATIONS = {
    "no-id": {("worklist.return-type1", Verdict.FAIL, "PatientID")},
    "name-64": {("worklist.value-syntax", Verdict.WARN, "PatientName")},
}


@pytest.mark.long
@pytest.mark.parametrize("key", sample(SPECIAL, every=3, kind=lambda key: key in DEVIATIONS and key))
def test_every_special_patient(target: Session, scenario: Scenario, tmp_path: Path, key: str) -> None:
    seed = len(CHARACTER_SETS) + list(SPECIAL).index(key)
    patient = SPECIAL[key](Identity(seed, DAY, "special"))
    transcript = exam(target, scenario, tmp_path / "exam", seed, patient)
    assert_exact(transcript, patient)
    assert deviations(transcript) == DEVIATIONS.get(key, set())


#: Exams in the peer's network namespace: site file, scenario file, folder, day, sets.
PEER = """
import sys
from datetime import date
from pathlib import Path
from scanproof.session import open_session
from scansim.identity.ids import Identity
from scansim.identity.people import patient_for
from scansim.exam.run import RunSettings, run_scenario
from scansim.exam.scenario_files import load_scenario
from scansim.site import load_site
site, scenario, folder, day, *sets = sys.argv[1:]
for seed, terms in enumerate(sets):
    with open_session(load_site(Path(site)), listening=False) as target:
        patient = lambda identity: patient_for(terms, identity, "peer")
        settings = RunSettings(target.site, seed, date.fromisoformat(day), None, target.orders, patient=patient)
        run_scenario(load_scenario(Path(scenario)), settings, Path(folder) / str(seed))
"""


def peer_exams(peer: Peer, folder: Path) -> Iterator[tuple[Person, Transcript]]:
    """The patient and the transcript of an exam in each of three character sets."""
    sets = [r"\ISO 2022 IR 87", r"\ISO 2022 IR 149", "GB18030"]
    path = write_scenario(folder, "query-worklist", "choose-item")
    peer.run(sys.executable, "-c", PEER, peer.site, path, folder, DAY.isoformat(), *sets, check=True)
    for seed, terms in enumerate(sets):
        transcript = load_transcript(folder / str(seed))
        assert [step.detail for step in transcript.steps if step.outcome != "done"] == []
        yield patient_for(terms, Identity(seed, DAY, path.stem), "peer"), transcript


@pytest.mark.peer
def test_worklist_files_are_exact(namespace: Namespace, folder: Path, tmp_path: Path) -> None:
    with peers.wlmscpfs(namespace, folder, "--keep-char-set") as server:
        site = Path(shutil.copy(SITES / "wlmscpfs-orthanc.yaml", folder))
        for patient, transcript in peer_exams(Peer(namespace, folder, site, (server,)), tmp_path):
            name = charsets.encode(patient.name, "PN", patient.charset)
            assert values(transcript, "C-FIND-RSP", "PatientName") == {name}
            assert deviations(transcript) == set()


@pytest.mark.long
@pytest.mark.peer
def test_a_worklist_that_hides_its_character_set_is_noticed(wlmscpfs_peer: Peer, tmp_path: Path) -> None:
    """By default wlmscpfs returns the bytes of the file, but not the attribute that says what they mean."""
    for patient, transcript in peer_exams(wlmscpfs_peer, tmp_path):
        name = charsets.encode(patient.name, "PN", patient.charset)
        assert values(transcript, "C-FIND-RSP", "PatientName") == {name}
        assert {check for check, _, _ in deviations(transcript)} == {"worklist.character-set", "identity.order-item"}


@pytest.mark.long
@pytest.mark.peer
def test_a_worklist_may_convert_to_another_character_set(namespace: Namespace, folder: Path, tmp_path: Path) -> None:
    """Orthanc converts each item to its default encoding; what that cannot hold is lost, and Latin-1 is the default."""
    with peers.orthanc(namespace, folder, DefaultEncoding="Utf8") as server:
        site = Path(shutil.copy(SITES / "orthanc.yaml", folder))
        for patient, transcript in peer_exams(Peer(namespace, folder, site, (server,)), tmp_path):
            assert values(transcript, "C-FIND-RSP", "SpecificCharacterSet") == {b"ISO_IR 192"}
            # its escape sequences of ISO-IR 149 stay in the converted text
            korean = {"worklist.character-set", "identity.order-item"} if "149" in patient.charset[-1] else set()
            assert {check for check, _, _ in deviations(transcript)} <= korean
