"""The form of statements close to Annex N: what each chapter claims, the three states, whose each claim is."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from scanproof.statements import KINDS, Claim, Statement, json_schema, read_statement, unread
from tests.support.sample import sample, spread

ROOT = Path(__file__).parents[2]
EXAMPLE = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "statements.md").read_text(encoding="utf-8"), re.DOTALL)[0]

#: What the example of docs/statements.md does not say.
REST = """
overview:
  content_and_transfer:
    storage_sop_classes:
      - {sop_class: My Class, uid: "1.2.3.4", transfer_syntaxes: [ImplicitVRLittleEndian], dimse: {scp: Y}}
application_entities:
  A: {closed_list: Y}
services:
  basic_worklist_management:
    scu: {keys: {PatientName: [WILDCARD]}}
    scp:
      complete: Y
      extended_negotiation: {fuzzy_matching: Y}
      status_codes: [{status: Failure, code: "A900", condition: a wrong key}]
  modality_performed_procedure_step:
    scp:
      attributes:
        - {attribute: PatientName, required_in_n_create: Y, required_in_n_set: N}
        - in: ScheduledStepAttributesSequence
          attributes: [{attribute: StudyInstanceUID, required_in_n_create: Y}]
      n_set_after_final_state: "0110"
      duplicate_sop_instance: "0111"
      status_codes: [{operation: N-SET, status: Failure, code: "0112", condition: unknown}]
  storage:
    scp:
      attribute_coercion:
        - {attribute: PatientID, type_of_change: MODIFIED, condition: ALWAYS, recorded_in: OriginalAttributesSequence}
        - {attribute: PatientName, sop_class: CTImageStorage, type_of_change: ADDED}
  storage_commitment:
    scp:
      n_event_report: {known_requesters_only: Y}
      status_codes: [{operation: N-ACTION, status: Failure, code: "0110"}]
  query_retrieve:
    patient_root:
      find_scp:
        keys: {PATIENT: [{attribute: PatientComments, matching: [UNIVERSAL]}]}
        c_find_cancel: ignored
        status_codes: [{status: Failure, code: "A700"}]
      get_scp: {status_codes: [{status: Warning, code: B000}]}
  print_management: {scp: {film_box: [{attribute: MagnificationType, values: [NONE]}]}}
  web: {studies: {origin_server: Y}}
network:
  association_parameters:
    application_context_name: "1.2.840.10008.3.1.1.1"
    implementation_class_uid: "1.2.3"
    implementation_version_name: V1
iods: [{iod: CT, attribute: PatientName, presence: ALWAYS}, {iod: CT, attribute: PatientID, presence: ALWAYS}]
"""
SMALL = {
    "conformance_statement": "1",
    "cover_page": {"product": "P", "versions": ["1"]},
    "application_entities": {"A": {}},
}


@pytest.fixture
def load(tmp_path):
    def load(document: str | dict[str, Any]) -> Statement:
        path = tmp_path / "statement.yaml"
        text = document if isinstance(document, str) else yaml.safe_dump(document, sort_keys=False)
        path.write_text(text, encoding="utf-8")
        return read_statement(path)

    return load


def with_rest(rest: str | dict[str, Any]) -> dict[str, Any]:
    more = yaml.safe_load(rest) if isinstance(rest, str) else rest
    return {**copy.deepcopy(SMALL), **copy.deepcopy(more)}


def by_id(statement: Statement) -> dict[str, Claim]:
    return {claim.id: claim for claim in statement.claims()}


def facts(statement: Statement) -> dict[str, tuple[Any, ...]]:
    return {claim.id: (claim.kind, claim.role, dict(claim.data), claim.option) for claim in statement.claims()}


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield (*at, key)
        yield from places(each, (*at, key))


def replaced(document: Any, at: tuple[Any, ...], by: Any) -> Any:
    made = copy.deepcopy(document)
    here = made
    for part in at[:-1]:
        here = here[part]
    here[at[-1]] = by(here[at[-1]])
    return made


def test_the_example_of_the_documentation_loads_without_a_mistake(load):
    loaded = load(EXAMPLE)
    assert loaded.title == "Small Archive 2.4.1"
    assert loaded.configuration == "archive --port 11112; jpeg2000 off, tls off"
    assert not loaded.mistakes
    assert [(each.place, each.line) for each in loaded.questions] == [
        ("overview.dimse_services.verification.scu", EXAMPLE[: EXAMPLE.index("verification: {scu")].count("\n") + 1),
        (
            "services.basic_worklist_management.scp.item_removed_when",
            EXAMPLE[: EXAMPLE.index("item_removed")].count("\n") + 1,
        ),
    ]
    claims = by_id(loaded)
    assert claims["WORKLIST.worklist.key.PatientName.WILDCARD"].data == {"path": "PatientName", "matching": "WILDCARD"}
    assert claims["WORKLIST.worklist.return.RequestedProcedureDescription"].kind == "worklist-return-key"
    assert claims["ARCHIVE.storage.status.A7xx"].data["condition"] == "less than 1 GB free"
    assert claims["ARCHIVE.storage.duplicate.other"].data == {"content": "other", "does": "refuse", "code": "C001"}
    assert claims["ARCHIVE.commitment.failure.0131"].data["supported"] is False
    assert claims["ARCHIVE.commitment.delivery"].data == {"delivery": "new"}
    assert claims["ARCHIVE.query.study_root.STUDY.key.StudyDate.RANGE"].line > 60
    for claim in loaded.claims():
        word = EXAMPLE.splitlines()[claim.line - 1]
        assert word.strip(), claim.id


def test_every_kind_of_claim_is_made_with_the_facts_that_it_is_to_have(load):
    claims = [*load(EXAMPLE).claims(), *load(with_rest(REST)).claims()]
    assert {claim.kind for claim in claims} == set(KINDS)
    for claim in claims:
        assert set(KINDS[claim.kind].data) <= set(claim.data), claim
        assert claim.id.startswith((f"{claim.ae}.", "product.")), claim
        assert claim.line > 0, claim
    assert all(claim.kind == "undriven" for claim in claims if claim.role == "SCU" and claim.kind != "context")


@pytest.mark.parametrize("document", [EXAMPLE, yaml.safe_dump(with_rest(REST))], ids=["example", "rest"])
def test_ids_are_unique_and_do_not_move_with_the_rows(load, document):
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(each) for key, each in reversed(value.items())}
        return [turned(each) for each in reversed(value)] if isinstance(value, list) else value

    loaded = load(document)
    assert len(facts(loaded)) == len(loaded.claims())
    assert {id_: made[0] for id_, made in facts(load(turned(yaml.safe_load(document)))).items()} == {
        id_: made[0] for id_, made in facts(loaded).items()
    }


validator = cache(lambda: jsonschema.Draft202012Validator(json_schema()))

PLACES = [at for at in places(yaml.safe_load(EXAMPLE)) if at[-1] not in ("option", "conformance_statement")]
PLACES = spread(PLACES, every=5, kind=lambda at: at[-1] if isinstance(at[-1], str) else "item")


@pytest.mark.parametrize("at", sample(PLACES, every=7), ids=lambda at: ".".join(map(str, at)))
def test_a_question_may_stand_anywhere_and_claims_nothing(load, at):
    document = yaml.safe_load(EXAMPLE)
    before = load(document)
    after = load(replaced(document, at, lambda _: "?"))
    if at != ("application_entities",):
        assert set(facts(after)) <= set(facts(before))
    known = {each.place for each in before.questions}
    if not any(place.startswith(".".join(map(str, at))) for place in known):
        assert len(after.questions) == len(before.questions) + 1


def test_a_row_whose_subject_is_a_question_claims_nothing_and_the_next_one_stays(load):
    rows = [{"status": "Failure", "code": code, "option": option} for code, option in (("?", "xa"), ("A900", "?"))]
    rows += [{"status": "Failure", "code": "C000"}]
    loaded = load(with_rest({"services": {"storage": {"scp": {"status_codes": rows}}}}))
    assert [(claim.id, claim.option) for claim in loaded.claims()] == [
        ("A.storage.status.A900", "unstated"),
        ("A.storage.status.C000", ""),
    ]
    assert len(loaded.questions) == 2


def test_a_product_without_a_name_is_one_all_the_same(load):
    document = yaml.safe_load(EXAMPLE)
    document["cover_page"] |= {"product": "?", "versions": ["?"]}
    loaded = load(document)
    assert loaded.title == "unstated unstated"
    assert [each.place for each in loaded.questions][:2] == ["cover_page.product", "cover_page.versions.0"]
    document["application_entities"]["WORKLIST"] = "?"
    assert not load(document).application_entities[1].of("worklist-key")


@pytest.mark.parametrize("at", sample(PLACES, every=9), ids=lambda at: ".".join(map(str, at)))
def test_what_stands_around_a_cell_is_none_of_it(load, at):
    document = yaml.safe_load(EXAMPLE)
    around = replaced(document, at, lambda value: {"value": value, "ref": "1-1", "comment": "as printed"})
    assert facts(load(around)) == facts(load(document))
    validator().validate(around)


def test_stated_not_supported_and_unstated_are_three_states(load):
    def said(cell: str) -> list[tuple[str, str]]:
        row = f"overview: {{dimse_services: {{verification: {{scp: {cell}}}}}}}"
        return [(claim.kind, claim.option) for claim in load(with_rest(row)).claims()]

    assert said("Y") == [("context", "")]
    assert said("N") == [("not-supported", "")]
    assert said("OPTION") == [("context", "to be switched on")]
    assert said("'?'") == []


@pytest.mark.parametrize("where", ["row", "cell", "chapter"])
@pytest.mark.parametrize(("switch", "claimed"), [("on", True), ("off", False), (None, False)])
def test_what_depends_on_an_option_is_claimed_when_it_is_on(load, where, switch, claimed):
    row: dict[str, Any] = {"sop_class": "CTImageStorage", "transfer_syntaxes": ["JPEG2000"], "dimse": {"scp": "Y"}}
    content: dict[str, Any] = {"storage_sop_classes": [row]}
    if where == "row":
        row["option"] = "xa"
    elif where == "cell":
        row["dimse"]["scp"] = {"value": "Y", "option": "xa"}
    else:
        content["option"] = "xa"
    document = with_rest({"overview": {"content_and_transfer": content}})
    document["holds_for"] = {"options": {"xa": switch} if switch else {}}
    loaded = load(document)
    (claim,) = [claim for claim in loaded.claims() if claim.kind == "context"]
    assert claim.option == ("" if claimed else "xa")
    assert loaded.application_entities[0].of("context") == ((claim,) if claimed else ())
    assert loaded.offers("storage") is claimed


def test_services_are_those_of_the_ae_that_lists_them(load):
    claims = load(EXAMPLE).claims()
    assert {claim.ae for claim in claims if claim.kind.startswith("worklist")} == {"WORKLIST"}
    assert {claim.ae for claim in claims if claim.kind.startswith(("storage", "query", "move"))} == {"ARCHIVE"}
    pdu = {claim.ae: claim.data["bytes"] for claim in claims if claim.kind == "maximum-pdu"}
    assert pdu == {"ARCHIVE": 65536, "WORKLIST": 16384}
    assert {claim.ae for claim in claims if claim.kind == "artim-timeout"} == {"ARCHIVE", "WORKLIST"}


def test_names_of_services_are_those_of_annex_n_and_ours(load):
    document = yaml.safe_load(EXAMPLE)
    document["application_entities"]["ARCHIVE"]["services"] = [
        "verification",
        "storage",
        "commitment",
        "query",
        "retrieve",
    ]
    document["application_entities"]["WORKLIST"]["services"] = ["verification", "worklist"]
    assert facts(load(document)) == facts(load(EXAMPLE))
    document["application_entities"]["ARCHIVE"]["services"].remove("retrieve")
    lost = set(facts(load(EXAMPLE))) - set(facts(load(document)))
    assert {id_.split(".")[1] for id_ in lost} == {"retrieve", "scp"}
    assert all("Move" in id_ or "retrieve" in id_ for id_ in lost)


def test_contexts_and_chapters_of_an_ae_stand_in_place_of_the_products(load):
    document = yaml.safe_load(EXAMPLE)
    document["application_entities"]["ARCHIVE"] |= {
        "presentation_contexts": [
            {"sop_classes": ["1.2.3.4"], "transfer_syntaxes": ["JPEG2000"], "private_storage": True}
        ],
        "specific_character_sets": ["ISO_IR 101"],
        "own_services": {"storage_commitment": {"scp": {"n_event_report": {"same_association": "EITHER"}}}},
    }
    entity = next(each for each in load(document).application_entities if each.ae == "ARCHIVE")
    assert [claim.id for claim in entity.of("context")] == ["ARCHIVE.scp.1.2.3.4.JPEG2000"]
    assert not entity.of("not-supported")
    assert entity.private_storage == {"1.2.3.4"}
    assert entity.character_sets == ("ISO_IR 101",)
    assert entity.commitment is not None
    assert (entity.commitment.delivery, entity.commitment.max_seconds) == ("either", None)


def test_conditions_of_one_code_are_put_together(load):
    rows = [{"status": "Failure", "code": "A700", "condition": why} for why in ("disk full", "too long", "disk full")]
    claims = by_id(load(with_rest({"services": {"storage": {"scp": {"status_codes": rows}}}})))
    assert claims["A.storage.status.A700"].data["condition"] == "disk full; too long"


def test_no_limit_is_said_and_is_not_the_same_as_nothing(load):
    def claims(value: Any) -> dict[str, Any]:
        document = with_rest({"network": {"association_parameters": {"maximum_associations": value}}})
        return {claim.kind: claim.data for claim in load(document).claims()}

    assert claims({"acceptor": "none"}) == {"maximum-associations": {"count": None}}
    assert claims(20) == {"maximum-associations": {"count": 20}}
    assert "maximum-associations" not in claims({"initiator": 4})
    assert claims("?") == {}


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("services.storage.scp.level_of_conformance", ""),
        ("services.storage.scp.duplicate_sop_instance", ""),
        ("services.query_retrieve.study_root.find_scp.keys.STUDY.0.attribute", ""),
        ("services.basic_worklist_management.scp.keys.0.matching", "5-3, inferred"),
        ("application_entities.ARCHIVE.services", "5-1, inferred"),
        ("network.association_acceptance.rejections", "7-3 on, inferred"),
        ("overview.specific_character_sets", "1.7, outline"),
        ("nothing.of.it", ""),
    ],
)
def test_fields_of_tables_that_nobody_read_are_marked(field, told):
    assert unread(field) == told


def test_the_schema_has_the_marks_and_fits_the_example():
    schema = json_schema()
    assert schema["$defs"]["FormWorklistScp"]["properties"]["keys"]["x-annex-n"] == "5-3, inferred"
    validator().validate(yaml.safe_load(EXAMPLE))
    validator().validate(with_rest(REST))
    for wrong in (with_rest("netwrk: {}"), with_rest("network: {association_parameters: {artim_timeout_s: long}}")):
        assert not validator().is_valid(wrong)
