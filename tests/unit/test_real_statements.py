"""Built-in statements: their names, what they are pinned to, and what a raw copy of a real one's tables would hold."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from pydicom.uid import UID

from scanproof.declarations import sources
from scanproof.statements import built_in_statements, file_of, load_statement
from scanproof.statements.lint import lint
from scansim import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from scansim.images import minimal
from scansim.inputs import InputError
from scansim.network.association import OUR_MAX_LENGTH
from scansim.vocabulary.syntaxes import SYNTAXES
from tests.support.command_line import main
from tests.support.sample import sample

#: Claims of Presentation Contexts by role that each makes with its options as they are.
CONTEXTS = {
    "dcm4chee-arc": {"SCP": 1200, "SCU": 5},
    "dcmqrscp-3.6.7": {"SCP": 588},
    "orthanc-1.10.1": {"SCP": 7467, "SCU": 189},
    "orthanc-1.10.1-own": {"SCP": 4191, "SCU": 4092},
    "pynetdicom-qrscp": {"SCP": 7080},
    "pynetdicom-storescp": {"SCP": 6847},
    "storescp-3.6.7": {"SCP": 561},
    "wlmscpfs-3.6.7": {"SCP": 6},
}

#: Some rows as tables of a statement have them: dcm4chee's Transfer Syntax of Structured Reports with the UID of
#: another one, its overview against its tables by AE, and its wild cards on dates.
RAW = """\
conformance_statement: "1"
cover_page: {product: dcm4chee-arc-light, versions: ["5.x"]}
overview:
  content_and_transfer:
    transfer_syntax_sets:
      report:
        - ImplicitVRLittleEndian
        - {name: Deflated Explicit VR Little Endian, uid: 1.2.840.10008.1.2.1}
    storage_sop_classes:
      - {sop_class: EnhancedSRStorage, transfer_syntax_sets: [report], dimse: {scp: Y}}
  dimse_services:
    verification: {scp: Y}
    workflow_management:
      - {sop_class: StorageCommitmentPushModel, scu: Y, scp: Y}
    query_retrieve:
      - {sop_class: StudyRootQueryRetrieveInformationModelFind, scp: Y}
application_entities:
  DCM4CHEE:
    services: [verification, storage, storage_commitment, query_retrieve]
services:
  query_retrieve:
    study_root:
      find_scp:
        keys:
          STUDY:
            - {attribute: [PatientName, PatientID, AccessionNumber, StudyID], matching: [SINGLE_VALUE, WILDCARD]}
            - {attribute: [StudyDate, StudyTime], matching: [SINGLE_VALUE, WILDCARD, RANGE]}
            - {attribute: StudyInstanceUID, matching: [SINGLE_VALUE, UID]}
"""


#: What its tables by AE say, in which it is SCP alone of Storage Commitment.
OF_THE_AE = """\
    services: [verification, storage, storage_commitment, query_retrieve]
    presentation_contexts:
      - {sop_classes: [EnhancedSRStorage], transfer_syntaxes: [ImplicitVRLittleEndian], roles: [SCP]}
      - {sop_classes: [StorageCommitmentPushModel], transfer_syntaxes: [ImplicitVRLittleEndian], roles: [SCP]}
"""


@pytest.mark.parametrize("name", sample(sorted(CONTEXTS), every=4))
def test_what_each_claims(name: str) -> None:
    statement = load_statement(built_in_statements()[name])
    (entity,) = statement.application_entities
    assert Counter(claim.role for claim in entity.of("context")) == CONTEXTS[name]
    assert statement.version
    assert statement.configuration


def test_all_of_them_are_there() -> None:
    assert {*built_in_statements()} == {*CONTEXTS, "reference", "scanproof"}


def test_one_is_named_without_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = Path("wlmscpfs-3.6.7")
    built_in = file_of(name)
    assert built_in == built_in_statements()["wlmscpfs-3.6.7"]
    assert [each.path for each in sources(None, [name, built_in])] == [built_in]  # once
    assert file_of(tmp_path / name) == tmp_path / name  # a path is one
    (tmp_path / name).write_text("")
    assert file_of(name) == name  # a file of that name comes first


def test_a_name_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refused:
        file_of(Path("orthanc-1.10.2"))
    told = str(refused.value)
    assert told.startswith("orthanc-1.10.2 is no file and no built-in statement; did you mean orthanc-1.10.1?")
    assert told.endswith(", wlmscpfs-3.6.7")
    assert file_of(Path("gone.yaml")) == Path("gone.yaml")  # which says itself that it is no file


@pytest.mark.long
def test_commands_take_names(tmp_path: Path) -> None:
    done = main("statement", "lint", "wlmscpfs-3.6.7")
    assert (done.returncode, "0 errors, 0 warnings" in done.stdout) == (0, True)
    assert "RIS.worklist.key.PatientName.WILDCARD" in main("statement", "claims", "wlmscpfs-3.6.7").stdout
    assert "DCMTK wlmscpfs" in main("statement", "render", "wlmscpfs-3.6.7").stdout
    refused = main("run", "--statement", "wlmscp", "--out", tmp_path / "out")
    assert (refused.returncode, "built in are " in refused.stderr) == (2, True)


@pytest.mark.long
def test_list_statements() -> None:
    rows = json.loads(main("list", "statements", "--json").stdout)
    (row,) = [each for each in rows if each["name"] == "orthanc-1.10.1-own"]
    assert (row["product"], row["application_entities"]) == ("Orthanc (its own text) 1.10.1", ["ORTHANC"])
    text = main("list", "statements").stdout
    assert "DCMTK storescp 3.6.7: " in text
    assert text.rstrip().endswith(f"{len(rows)} statements")


def test_a_raw_copy_of_tables_is_found_out(tmp_path: Path) -> None:
    file = tmp_path / "raw.yaml"
    file.write_text(RAW)
    found = {(each.rule, str(each.level)) for each in lint(file)}
    assert ("uid-name", "error") in found
    assert ("matching-of-vr", "warning") in found
    with pytest.raises(InputError):
        load_statement(file)
    services = "    services: [verification, storage, storage_commitment, query_retrieve]\n"
    file.write_text(RAW.replace(services, OF_THE_AE))
    told = [str(each) for each in lint(file) if each.rule == "overview-and-entity"]
    assert any("SCU of Storage Commitment Push Model SOP Class" in each for each in told)


def test_our_own_says_what_we_store() -> None:
    (entity,) = load_statement(built_in_statements()["scanproof"]).application_entities
    claimed: dict[str, set[str]] = {}
    for claim in entity.of("context"):
        if claim.role == "SCU" and claim.data["sop_class"] in minimal.sop_classes():
            claimed.setdefault(str(claim.data["sop_class"]), set()).add(str(claim.data["transfer_syntax"]))
    assert {*claimed} == {each for each in minimal.sop_classes() if not UID(each).name.startswith("1.")}
    for sop_class in sorted(claimed)[::20]:
        made = {syntax.uid for syntax in SYNTAXES.values() if not minimal.obstacle(sop_class, syntax.uid)}
        assert claimed[sop_class] == made, sop_class


def test_our_own_says_how_we_answer() -> None:
    (entity,) = load_statement(built_in_statements()["scanproof"]).application_entities
    assert entity.one("implementation-class-uid").data["uid"] == IMPLEMENTATION_CLASS_UID
    assert entity.one("implementation-version-name").data["name"] == IMPLEMENTATION_VERSION_NAME
    assert entity.one("maximum-pdu").data["bytes"] == OUR_MAX_LENGTH
