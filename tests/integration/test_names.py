"""Patients and character sets in whole runs: the scenario `names`, a prescribed patient, and what Orthanc keeps.

The bytes that Orthanc answers were looked at before a verdict was written down here: see the expected ones below.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from scanproof.evidence import Evidence
from scanproof.results import Results
from scanproof.session import collect, open_session
from scansim.builtin_files import builtin_folder
from scansim.exam.scenario_files import builtin_scenarios, load_scenario
from scansim.identity.chosen import Choice, Prescribed
from scansim.identity.ids import Identity
from scansim.identity.orders import PROCEDURES, order
from scansim.network.transcript import Transcript, load_transcript
from scansim.wire import charsets
from tests.support import peers
from tests.support.command_line import main, results
from tests.support.netns import Namespace
from tests.support.peers import SITES, Peer

DAY = date(2026, 3, 4)
NOBODY = Prescribed(name="TEST^HOSPITAL", id="12345", issuer="HOSP", birth_date="19700101", sex="F")


def names(folder: Path, *sets: str, more: Sequence[object] = ()) -> Path:
    """The scenario `names` with a table of its own, and more steps behind its own."""
    data = yaml.safe_load(builtin_scenarios()["names"].read_text(encoding="utf-8"))
    path = folder / "my-names.yaml"
    own = {"each": {"character_set": list(sets)}, "steps": [*data["steps"], *more]}
    path.write_text(yaml.safe_dump({**data, "id": path.stem, **own}))
    return path


def values(transcript: Transcript, message: str, keyword: str = "PatientName") -> set[bytes]:
    """The values of an attribute, without padding, in all data sets of a kind of message."""
    return {
        element.value.rstrip(b" ")
        for association in transcript.associations
        for exchange in association.exchanges
        if exchange.name == message and exchange.dataset is not None
        for element in (exchange.dataset.element(keyword),)
        if element is not None and element.value
    }


def failed(of: Results) -> dict[str, dict[str, str]]:
    """Of each case the checks that failed, with what they say was there."""
    return {
        scenario.case.partition("/")[2]: {
            finding.check: finding.actual for finding in scenario.findings if finding.verdict == "FAIL"
        }
        for scenario in of.scenarios
    }


@pytest.mark.long
@pytest.mark.whole  # the default run has the same names, in tests/integration/test_run.py
def test_every_claimed_character_set_passes_on_the_embedded_target(tmp_path: Path) -> None:
    done = main("run", "names", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout
    declared = yaml.safe_load((builtin_folder() / "statements" / "reference.yaml").read_text(encoding="utf-8"))
    claimed = declared["overview"]["specific_character_sets"]
    found = results(tmp_path / "out")
    assert len(found.scenarios) == len(claimed)
    assert {claim.outcome for claim in found.claims if ".character-set." in claim.id} == {"observed"}
    assert f"PASS           names: {len(claimed)} cases: {len(claimed)} PASS\n" in done.stdout
    for scenario in found.scenarios:
        assert (tmp_path / "out" / "transcript" / scenario.case / "scenario.json").is_file()


@pytest.mark.long
def test_cases_do_not_meet_in_reports(tmp_path: Path) -> None:
    path = names(tmp_path, "ISO_IR 144", r"\ISO 2022 IR 149")
    assert main("run", path, "--out", tmp_path / "out").returncode == 0
    facts = json.loads((tmp_path / "out" / "transcript" / "run.json").read_bytes())
    assert facts["scenarios"] == ["my-names/ISO_IR_144", "my-names/ISO_2022_IR_149"]
    found = results(tmp_path / "out")
    assert [(each.id, each.case) for each in found.scenarios] == [("my-names", name) for name in facts["scenarios"]]
    # the order has a text with two values as well, and each of them says anew that it is Korean
    korean = load_transcript(tmp_path / "out" / "transcript" / "my-names" / "ISO_2022_IR_149")
    (text,) = values(korean, "C-FIND-RSP", "Allergies")
    assert [value[:4] for value in text.split(b"\\")] == [b"\x1b$)C"] * 2
    suites = ET.parse(tmp_path / "out" / "junit.xml").getroot()
    assert [suite.attrib["name"] for suite in suites][:2] == facts["scenarios"]
    tests = Counter((test.attrib["classname"], test.attrib["name"]) for test in suites.iter("testcase"))
    assert tests.most_common(1)[0][1] == 1
    html = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    anchors = Counter(re.findall(r'\bid="([^"]+)"', html))
    assert anchors.most_common(1)[0][1] == 1
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(anchors)


@pytest.mark.long
def test_a_prescribed_patient_goes_all_the_way(tmp_path: Path) -> None:
    patient = "name=TÉST^HOSPITAL,id=12345,issuer=HOSP,birth_date=19700101,sex=F"
    path = names(tmp_path, "ISO_IR 100", more=[{"query-study": {"by": "id"}}])
    done = main("run", path, "--patient", patient, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout
    said = [step.detail for step in results(tmp_path / "out").scenarios[0].steps]
    assert said[0] == "1 items"
    assert {"found by name: 1", "found by id: 1"} <= set(said)
    transcript = load_transcript(tmp_path / "out" / "transcript" / "my-names" / "ISO_IR_100")
    for message in ("C-FIND-RSP", "N-CREATE-RQ", "C-STORE-RQ"):
        assert values(transcript, message) == {"TÉST^HOSPITAL".encode("latin-1")}, message
        assert values(transcript, message, "PatientID") == {b"12345"}, message
    assert values(transcript, "C-STORE-RQ", "PatientBirthDate") == {b"19700101"}


@pytest.mark.long
@pytest.mark.parametrize("listed", [True, False], ids=["in the worklist", "not in the worklist"])
def test_a_prescribed_patient_and_a_worklist_that_is_there_already(tmp_path: Path, listed: bool) -> None:
    """Their item is taken, not the other one; without one the exam is an unscheduled one of that patient."""
    path = tmp_path / "short.yaml"
    steps = ["query-worklist", "choose-item", {"acquire": {"protocol": "ct-scout", "instances": 1}}, "store"]
    path.write_text(
        yaml.safe_dump({**yaml.safe_load(names(tmp_path, "GBK").read_text()), "id": "short", "steps": steps})
    )
    scenario = load_scenario(path).model_copy(update={"each": None})
    choice = Choice(patient=NOBODY)
    maker = choice.maker()
    assert maker is not None
    with open_session(None) as target:
        assert target.orders is not None
        for key in ("other", "wanted") if listed else ("other",):
            placed = order(
                Identity(7, DAY, "worklist"),
                modality="CT",
                station_ae=target.site.calling_ae,
                start=datetime(2026, 3, 4, 9),
                procedure=PROCEDURES["CT"],
                key=key,
                patient=maker(Identity(7, DAY, "worklist")) if key == "wanted" else None,
            )
            target.orders(placed)
        session = replace(target, orders=None)
        assert session.run([scenario], tmp_path / "transcript", seed=1, day=DAY, choice=choice)
    transcript = load_transcript(tmp_path / "transcript" / "short")
    assert transcript.ledger["scheduled"] is listed
    assert {step.outcome for step in transcript.steps} == {"done"}
    assert values(transcript, "C-STORE-RQ", "PatientID") == {b"12345"}
    assert Evidence(transcript).item.first("PatientName") == "TEST^HOSPITAL"
    bad = [each for each in collect(tmp_path / "transcript").all_findings if each.verdict in ("FAIL", "INCONCLUSIVE")]
    assert bad == []


# --- Orthanc ----------------------------------------------------------------------------------------------------------

SETS = ("ISO_IR 100", "ISO_IR 144", r"\ISO 2022 IR 149")


def orthanc(
    namespace: Namespace, folder: Path, server: peers.Server, *, worklist: bool
) -> tuple[Results, dict[str, Transcript]]:
    """Results and transcripts of three cases against Orthanc, with its worklist or as an archive alone."""
    site = yaml.safe_load((SITES / "orthanc.yaml").read_text(encoding="utf-8"))
    if not worklist:
        del site["services"]["worklist"], site["orders"]
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump(site))
    peer = Peer(namespace, folder, path, (server,))
    out = folder / "out"
    done = peer.scanproof(
        "run", names(folder, *SETS), "--site", path, "--out", out, "--seed", "3", "--date", "2026-03-04"
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    found = results(out)
    assert done.returncode == (1 if any(failed(found).values()) else 0), done.stdout
    cases = {each.case.partition("/")[2]: load_transcript(out / "transcript" / each.case) for each in found.scenarios}
    return found, cases


def sent(transcript: Transcript) -> str:
    """The name in the images, which for an exam without a worklist is the patient's own."""
    (name,) = values(transcript, "C-STORE-RQ")
    (terms,) = values(transcript, "C-STORE-RQ", "SpecificCharacterSet")
    return charsets.decode(name, "PN", terms.decode())


@pytest.mark.peer
@pytest.mark.long
def test_an_orthanc_as_installed_answers_without_the_letters(namespace: Namespace, folder: Path) -> None:
    """Its default encoding is Latin-1: it finds by the whole name, and answers with what Latin-1 has of it."""
    with peers.orthanc(namespace, folder) as server:
        found, cases = orthanc(namespace, folder, server, worklist=False)
    for transcript in cases.values():
        assert values(transcript, "C-FIND-RSP", "SpecificCharacterSet") == {b"ISO_IR 100"}
        (answer,) = values(transcript, "C-FIND-RSP")
        assert answer == sent(transcript).encode("latin-1", "ignore").rstrip(b" ")
        assert {step.detail for step in transcript.steps if "found by" in step.detail} == {"found by name: 1"}
    assert values(cases["ISO_IR_144"], "C-FIND-RSP") == {b"Synthetic-^"}  # nothing but its marker is left
    assert failed(found) == {
        "ISO_IR_100": {},
        "ISO_IR_144": {"identity.text-kept": "'Synthetic-': cut"},
        "ISO_2022_IR_149": {"identity.text-kept": f"'{sent(cases['ISO_2022_IR_149']).partition('=')[0]}': cut"},
    }


@pytest.mark.peer
@pytest.mark.long
def test_an_orthanc_in_utf_8_keeps_cyrillic_and_korean_as_an_archive(namespace: Namespace, folder: Path) -> None:
    with peers.orthanc(namespace, folder, DefaultEncoding="Utf8") as server:
        found, cases = orthanc(namespace, folder, server, worklist=False)
    for transcript in cases.values():
        assert values(transcript, "C-FIND-RSP", "SpecificCharacterSet") == {b"ISO_IR 192"}
        assert values(transcript, "C-FIND-RSP") == {sent(transcript).encode()}
    assert failed(found) == {"ISO_IR_100": {}, "ISO_IR_144": {}, "ISO_2022_IR_149": {}}


@pytest.mark.peer
@pytest.mark.long
def test_the_worklist_of_an_orthanc_in_utf_8_leaves_escape_sequences_in_korean(
    namespace: Namespace, folder: Path
) -> None:
    with peers.orthanc(namespace, folder, DefaultEncoding="Utf8") as server:
        found, cases = orthanc(namespace, folder, server, worklist=True)
    assert failed(found)["ISO_IR_100"] == failed(found)["ISO_IR_144"] == {}
    assert set(failed(found)["ISO_2022_IR_149"]) == {"identity.order-item", "worklist.character-set"}
    (first, *_) = cases["ISO_2022_IR_149"].associations
    items = [
        each.dataset.element("PatientName") for each in first.exchanges if each.name == "C-FIND-RSP" and each.dataset
    ]
    assert [item is not None and item.value.count(b"\x1b$)C") for item in items] == [4]  # in what is said to be UTF-8


@pytest.mark.peer
@pytest.mark.long
def test_the_worklist_of_an_orthanc_as_installed_loses_letters(namespace: Namespace, folder: Path) -> None:
    with peers.orthanc(namespace, folder) as server:
        found, _ = orthanc(namespace, folder, server, worklist=True)
    assert failed(found)["ISO_IR_100"] == {}
    assert failed(found)["ISO_IR_144"] == {"identity.order-item": "'Synthetic-^'"}
    assert set(failed(found)["ISO_2022_IR_149"]) == {"identity.order-item", "worklist.character-set"}
