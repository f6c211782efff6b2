"""Conformance Statements: what a file may say, what is told of a mistake, and the claims that come of it."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from scanproof.statements import Statement, json_schema, load_statement
from scansim.builtin_files import builtin_folder
from scansim.inputs import InputError
from scansim.vocabulary.uids import is_storage_class

BUILT_IN = sorted((builtin_folder() / "statements").glob("*.yaml"))

SMALL = """\
product: {name: Archive, version: "4.2"}
application_entities:
  - ae: ARCHIVE
    presentation_contexts:
      - sop_classes: [CTImageStorage]
        roles: [SCU, SCP]
        transfer_syntaxes: [ImplicitVRLittleEndian, 1.2.840.10008.1.2.4.70]
"""


@pytest.fixture
def load(tmp_path):
    def load(text: str) -> Statement:
        path = tmp_path / "statement.yaml"
        path.write_text(text, encoding="utf-8")
        return load_statement(path)

    return load


def group(classes: str, **more: str) -> str:
    """One presentation context group in flow style; implicit little endian unless something else is said."""
    fields = {"sop_classes": f"[{classes}]", "transfer_syntaxes": "[ImplicitVRLittleEndian]", **more}
    return "{" + ", ".join(f"{key}: {value}" for key, value in fields.items()) + "}"


def entity(*groups: str, ae: str = "A", commitment: str = "") -> str:
    lines = [f"  - ae: {ae}", "    presentation_contexts:", *(f"      - {each}" for each in groups)]
    return "\n".join(lines + ([f"    commitment: {commitment}"] if commitment else [])) + "\n"


def statement(*entities: str) -> str:
    return 'product: {name: P, version: "1"}\napplication_entities:\n' + "".join(entities)


@pytest.mark.parametrize("path", BUILT_IN, ids=lambda path: path.stem)
def test_built_in_statements_load_and_fit_the_schema(path: Path):
    loaded = load_statement(path)
    ids = [claim.id for claim in loaded.claims()]
    assert len(ids) == len(set(ids))
    assert loaded.offers("storage") or loaded.offers("worklist")
    jsonschema.Draft202012Validator(json_schema()).validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_there_are_statements_built_in():
    assert {path.stem for path in BUILT_IN} >= {"reference", "orthanc-1.10.1"}


@pytest.mark.long
def test_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_each_class_role_and_syntax_is_one_claim(load):
    loaded = load(SMALL)
    assert loaded.title == "Archive 4.2"
    assert [claim.id for claim in loaded.claims()] == [
        "ARCHIVE.scu.CTImageStorage.ImplicitVRLittleEndian",
        "ARCHIVE.scu.CTImageStorage.JPEGLosslessSV1",
        "ARCHIVE.scp.CTImageStorage.ImplicitVRLittleEndian",
        "ARCHIVE.scp.CTImageStorage.JPEGLosslessSV1",
    ]
    assert loaded.claims()[2].text == "ARCHIVE is SCP of CT Image Storage in Implicit VR Little Endian"


def test_uid_keyword_and_name_give_the_same_claims(load):
    ways = [
        "CTImageStorage",
        "1.2.840.10008.5.1.4.1.1.2",
        "{uid: CTImageStorage}",
        "{uid: 1.2.840.10008.5.1.4.1.1.2, name: CT Image Storage}",
        "{uid: 1.2.840.10008.5.1.4.1.1.2, name: CTImageStorage}",
        "{uid: 1.2.840.10008.5.1.4.1.1.2, name: CT IMAGE STORAGE SOP Class}",
    ]
    claims = {load(statement(entity(group(way)))).claims()[0].text for way in ways}
    assert claims == {"A is SCP of CT Image Storage in Implicit VR Little Endian"}


def test_groups_of_one_class_are_put_together(load):
    explicit = group("CTImageStorage", transfer_syntaxes="[ExplicitVRLittleEndian, ImplicitVRLittleEndian]")
    loaded = load(statement(entity(group("CTImageStorage"), explicit)))
    assert loaded.application_entities[0].transfer_syntaxes("1.2.840.10008.5.1.4.1.1.2") == (
        "1.2.840.10008.1.2",
        "1.2.840.10008.1.2.1",
    )
    assert len(loaded.claims()) == 2


def test_commitment_makes_claims(load):
    told = "{delivery: either, typical_seconds: 2, max_seconds: 60}"
    loaded = load(statement(entity(group("StorageCommitmentPushModel"), commitment=told)))
    assert [(claim.kind, claim.data.get("seconds")) for claim in loaded.claims()] == [
        ("context", None),
        ("delivery", None),
        ("typical", 2),
        ("maximum", 60),
    ]


@pytest.mark.parametrize(
    ("sop_class", "service"),
    [
        ("ModalityWorklistInformationModelFind", "worklist"),
        ("ModalityPerformedProcedureStep", "mpps"),
        ("StorageCommitmentPushModel", "commitment"),
        ("PatientRootQueryRetrieveInformationModelFind", "query"),
        ("StudyRootQueryRetrieveInformationModelFind", "query"),
        ("CTImageStorage", "storage"),
        ("DigitalXRayImageStorageForPresentation", "storage"),
        ("HangingProtocolStorage", "storage"),
        ("Verification", "verification"),
    ],
)
def test_offers_what_is_declared_as_scp(load, sop_class, service):
    services = {"worklist", "mpps", "storage", "commitment", "query", "verification"}
    provided = load(statement(entity(group(sop_class))))
    assert {each for each in services if provided.offers(each)} == {service}
    used = load(statement(entity(group(sop_class, roles="[SCU]"))))
    assert not any(used.offers(each) for each in services)


def test_storage_is_not_commitment_nor_a_media_directory():
    assert is_storage_class("1.2.840.10008.5.1.4.1.1.4")
    for uid in ("1.2.840.10008.1.20.1", "1.2.840.10008.1.3.10", "1.2.840.10008.1.1", "1.2.3"):
        assert not is_storage_class(uid)


def test_private_classes_are_storage_only_when_said_so(load):
    assert not load(statement(entity(group("1.3.12.2.1107.5.9.1")))).offers("storage")
    loaded = load(statement(entity(group("1.3.12.2.1107.5.9.1", private_storage="true"))))
    assert loaded.offers("storage")
    assert loaded.claims()[0].id == "A.scp.1.3.12.2.1107.5.9.1.ImplicitVRLittleEndian"
    assert not load(statement(entity(group("Verification", private_storage="true")))).offers("storage")


def test_a_statement_offers_what_any_of_its_entities_does(load):
    two = load(statement(entity(group("Verification"), ae="A"), entity(group("CTImageStorage"), ae="B")))
    assert two.offers("storage")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (statement(entity(group("Verificaton"))), "5: .*neither a UID .* keyword of a SOP Class; did you mean Verifi"),
        (statement(entity(group("ImplicitVRLittleEndian"))), "is the Transfer Syntax .* where a SOP Class belongs"),
        (
            statement(entity(group("Verification", transfer_syntaxes="[Verification]"))),
            "is the SOP Class .* where a Transfer Syntax belongs",
        ),
        (statement(entity(group("1.2.840.10008.5.1.4.1.1.2222"))), "not in PS3.6 as known here; .* give its name too"),
        (statement(entity(group("1.2.03"))), "neither a UID"),
        (statement(entity(group("{uid: 1.2.3, nam: X}"))), r"is wanted, or \{uid: …, name: …\}"),
        (
            statement(entity(group("{uid: 1.2.840.10008.5.1.4.1.1.2, name: MR Image Storage}"))),
            "is 'CT Image Storage', not 'MR Image Storage', which is 1.2.840.10008.5.1.4.1.1.4$",
        ),
        (
            statement(entity(group("{uid: 1.2.3.4, name: MR Image Storage}"))),
            "1.2.3.4 is not 'MR Image Storage', which is 1.2.840.10008.5.1.4.1.1.4$",
        ),
        (statement(entity(group("{uid: Verification, name: Ping}"))), "is 'Verification SOP Class', not 'Ping'$"),
        (statement(entity(group("Verification", roles="[scp]"))), "'SCU' or 'SCP', not 'scp'"),
        (statement(entity(group("Verification", roles="[]"))), "roles: at least one is wanted here$"),
        (
            statement(entity(group("Verification"), commitment="{delivery: new}")),
            "not StorageCommitmentPushModel as SC",
        ),
        (
            statement(
                entity(
                    group("StorageCommitmentPushModel"),
                    commitment="{delivery: new, max_seconds: 1, typical_seconds: 2}",
                )
            ),
            "typical_seconds is longer than max_seconds",
        ),
        (statement(entity(group("Verification")), entity(group("Verification"))), "AE title A stands twice"),
        (statement(entity(group("Verification"), ae="SEVENTEEN-LETTERS")), "is no AE title"),
        ("product: {name: P, version: 1.10}\n" + SMALL.split("\n", 1)[1], "1: product.version: .* in quotes"),
        ("product: {name: P, version: '1'}\n", "application_entities: required, but not there"),
        ("- 1\n", "a mapping is wanted here, .* keys: conformance_statement, "),
    ],
)
def test_a_mistake_is_told_with_its_place(load, text, told):
    with pytest.raises(InputError, match=told):
        load(text)


def test_the_wrong_uid_of_a_published_statement_is_found(load):
    # dcm4chee's table had Deflated Explicit VR Little Endian with the UID of the plain one
    wrong = "[{name: Deflated Explicit VR LE, uid: 1.2.840.10008.1.2.1}]"
    with pytest.raises(InputError, match=r"statement\.yaml:5: .*which is 1\.2\.840\.10008\.1\.2\.1\.99$"):
        load(statement(entity(group("CTImageStorage", transfer_syntaxes=wrong))))


def test_each_mistake_is_told_once_on_its_own_line(load):
    text = statement(entity(group("Verificaton", transfer_syntaxes="[Implicit]"), group("CT", roles="[scp]")))
    with pytest.raises(InputError) as caught:
        load(text)
    lines = str(caught.value).splitlines()
    assert [line.split("statement.yaml:")[1].split(":")[0] for line in lines] == ["5", "5", "6", "6"]
