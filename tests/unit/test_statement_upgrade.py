"""The first form of statements rewritten as the newer one: the same claims, comments kept, nothing overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanproof.statements import load_statement, upgrading
from scanproof.statements.upgrading import upgraded
from scansim.builtin_files import builtin_folder
from scansim.inputs import InputError

PRODUCT = 'product: {name: "P: 1", version: "1.0"}\napplication_entities:\n'
ENTITY = """\
  - ae: {ae}
    presentation_contexts:
      - sop_classes: [{classes}]
        transfer_syntaxes: [ImplicitVRLittleEndian, ExplicitVRLittleEndian]
"""


def classic(*entities: str) -> str:
    return PRODUCT + "".join(entities)


def entity(ae: str, classes: str, more: str = "") -> str:
    return ENTITY.format(ae=ae, classes=classes) + more


ALL = entity(
    "A",
    "Verification, CTImageStorage, ModalityWorklistInformationModelFind, ModalityPerformedProcedureStep, "
    "StorageCommitmentPushModel, StudyRootQueryRetrieveInformationModelGet, BasicGrayscalePrintManagementMeta, "
    "UnifiedProcedureStepPush, InstanceAvailabilityNotification, HangingProtocolStorage",
    "    commitment: {delivery: either, typical_seconds: 2.5, max_seconds: 60, known_requesters_only: true,\n"
    "      retry_seconds: 30}\n"
    "    character_sets: [ISO_IR 100, 'ISO 2022 IR 87']\n",
)
COMMITS = "    commitment: {{delivery: {0}}}\n"
STATEMENTS = {
    "everything": classic(ALL),
    "roles that differ": classic(
        entity("A", "Verification, CTImageStorage"),
        "      - {sop_classes: [CTImageStorage], roles: [SCU], transfer_syntaxes: [JPEG2000]}\n",
    ),
    "verification in two ways": classic(
        entity("A", "Verification, CTImageStorage"),
        "      - {sop_classes: [Verification], roles: [SCU], transfer_syntaxes: [ExplicitVRBigEndian]}\n",
    ),
    "private": classic(
        entity("A", "Verification"),
        "      - {sop_classes: [{uid: 1.3.12.2.1107.5.9.1, name: CSA Report}, 1.3.12.2.1107.5.9.2],\n"
        "         transfer_syntaxes: [{uid: 1.3.12.2.5, name: Own Syntax}], private_storage: true}\n"
        "      - {sop_classes: [1.3.12.2.1107.5.9.7], transfer_syntaxes: [ImplicitVRLittleEndian]}\n",
    ),
    "several": classic(
        entity("A", "Verification, CTImageStorage, StorageCommitmentPushModel", COMMITS.format("new")),
        entity("B", "Verification, ModalityWorklistInformationModelFind", "    character_sets: [ISO_IR 192]\n"),
        entity("C", "StorageCommitmentPushModel"),
        entity("D", "Verification, StorageCommitmentPushModel", COMMITS.format("same")),
    ),
}


def facts(path: Path):
    return {claim.id: (claim.kind, claim.role, claim.text, dict(claim.data)) for claim in load_statement(path).claims()}


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_same_is_claimed(tmp_path, name):
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(STATEMENTS[name], encoding="utf-8")
    new.write_text(upgraded(old), encoding="utf-8")
    assert facts(new) == facts(old)
    before, after = load_statement(old), load_statement(new)
    assert after.title == before.title
    for one, other in zip(before.application_entities, after.application_entities, strict=True):
        assert [one.offers(each) for each in ("storage", "worklist")] == [
            other.offers(each) for each in ("storage", "worklist")
        ]


@pytest.mark.parametrize("path", sorted((builtin_folder() / "statements").glob("*.yaml")), ids=lambda path: path.stem)
def test_built_in_statements(tmp_path, path):
    if "conformance_statement" in path.read_text(encoding="utf-8"):
        with pytest.raises(InputError, match="newer form already"):
            upgraded(path)
        return
    new = tmp_path / "new.yaml"
    new.write_text(upgraded(path), encoding="utf-8")
    assert facts(new) == facts(path)


def test_comments_are_kept(tmp_path):
    old = tmp_path / "old.yaml"
    text = "# of our hospital\n# as of today\n" + classic(
        entity("A", "Verification  # answers\n,'1.2.840.10008.5.1.4.1.1.2'")
    )
    old.write_text(text.replace('"P: 1"', '"P #1"'), encoding="utf-8")
    lines = upgraded(old).split("\n")
    assert lines[:4] == ["# of our hospital", "# as of today", "# Comments of the former file:", "# line 7: answers"]
    assert not lines[4].startswith("#")


def test_a_claim_that_got_lost_is_told(tmp_path, monkeypatch):
    old = tmp_path / "old.yaml"
    old.write_text(classic(entity("A", "Verification, CTImageStorage")))
    monkeypatch.setattr(upgrading, "_table", lambda uid, private: ("query_retrieve", "query_retrieve"))
    with pytest.raises(InputError, match=r"cannot be said in the newer form: A\.scp\."):
        upgraded(old)


def test_what_is_no_statement_is_refused(tmp_path):
    old = tmp_path / "old.yaml"
    old.write_text("product: {}\n")
    with pytest.raises(InputError, match=r"old\.yaml:1: product\.name: required"):
        upgraded(old)
