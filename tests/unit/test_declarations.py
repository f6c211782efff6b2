"""Whose Conformance Statement is whose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanproof.declarations import Bound, Declarations, Source, load_declarations, of_transcript, sources
from scanproof.evidence import RunEvidence
from scanproof.results import ClaimOutcome
from scanproof.statements import Statement
from scansim.inputs import InputError
from scansim.site import load_site
from scansim.wire.dataset import EXPLICIT_LITTLE
from tests.support.building import MPPS, VERIFICATION, WORKLIST, Story, claims_of, stated

HOSPITAL = {"worklist": "RIS@127.0.0.1:104", "storage": "PACS@127.0.0.1:105", "query": "PACS@127.0.0.1:105"}


def text(*titles: str, name: str = "Product", classes: str = "Verification, CTImageStorage") -> str:
    entities = "".join(
        f"  - {{ae: {title}, presentation_contexts: "
        f"[{{sop_classes: [{classes}], transfer_syntaxes: [ExplicitVRLittleEndian]}}]}}\n"
        for title in titles
    )
    return f'product: {{name: {name}, version: "1"}}\napplication_entities:\n{entities}'


def statement(*titles: str, classes: tuple[str, ...] = (VERIFICATION,)) -> Statement:
    group = {"sop_classes": classes, "transfer_syntaxes": (EXPLICIT_LITTLE,)}
    entities = [{"ae": title, "presentation_contexts": [group]} for title in titles]
    return stated({"product": {"name": "+".join(titles), "version": "1"}, "application_entities": entities})


def of(declarations: Declarations) -> dict[str, str | None]:
    """Service to the title of the entity that stands for its AE."""
    found = {service: declarations.of_service(service) for service in declarations.site}
    return {service: entity.ae if entity is not None else None for service, entity in found.items()}


# --- whose it is ------------------------------------------------------------------------------------------------------


def test_a_statement_stands_for_the_aes_of_its_titles() -> None:
    declarations = Declarations((Bound(statement("PACS")),), HOSPITAL)
    assert of(declarations) == {"worklist": None, "storage": "PACS", "query": "PACS"}
    assert declarations.entity("PACS  ") is not None
    assert declarations.entity("RIS") is None
    assert list(declarations.notes()) == []
    assert declarations.silent("worklist") == "no Conformance Statement was given for RIS"
    assert declarations.silent("storage") == "the Conformance Statement of PACS does not offer storage"
    assert declarations.silent("") == ""


def test_one_statement_with_one_ae_stands_for_the_only_ae_and_the_report_says_so() -> None:
    site = dict.fromkeys(HOSPITAL, "SITE_PACS@127.0.0.1:104")
    declarations = Declarations((Bound(statement("ARCHIVE")),), site)
    assert set(of(declarations).values()) == {"ARCHIVE"}
    assert list(declarations.notes()) == [
        "the Conformance Statement of ARCHIVE 1 stands for SITE_PACS, the only AE of the site"
    ]
    assert list(Declarations((Bound(statement("SITE_PACS")),), site).notes()) == []  # nothing to wonder at


@pytest.mark.parametrize(
    ("bound", "site"),
    [
        ((Bound(statement("ARCHIVE")),), HOSPITAL),
        ((Bound(statement("ARCHIVE", "OTHER")),), dict.fromkeys(HOSPITAL, "PACS@127.0.0.1:104")),
    ],
    ids=["several AEs in the site", "several AEs in the statement"],
)
def test_a_statement_that_is_nobodys_is_told(bound: tuple[Bound, ...], site: dict[str, str]) -> None:
    declarations = Declarations(bound, site)
    assert set(of(declarations).values()) == {None}
    (note,) = declarations.notes()
    assert "was held against nobody" in note
    assert "'statement: FILE' at a service of the site file" in note
    story_claims = [claim.id for _, claim in declarations.claims()]
    assert story_claims  # they are still listed, as not tested


def test_the_site_file_binds_under_any_title_and_then_to_that_ae_alone() -> None:
    declarations = Declarations((Bound(statement("ARCHIVE"), ("storage",)),), {**HOSPITAL, "mpps": "ARCHIVE@x:1"})
    assert of(declarations) == {"worklist": None, "storage": "ARCHIVE", "query": "ARCHIVE", "mpps": None}
    assert list(declarations.notes()) == []


def test_the_same_title_at_two_addresses_can_be_told_apart() -> None:
    site = {"worklist": "ANY@127.0.0.1:104", "storage": "ANY@127.0.0.1:105"}
    one, two = statement("RIS"), statement("PACS")
    declarations = Declarations((Bound(one, ("worklist",)), Bound(two, ("storage",))), site)
    assert of(declarations) == {"worklist": "RIS", "storage": "PACS"}
    assert declarations.entity("ANY", "127.0.0.1:105") is two.application_entities[0]


def test_of_several_entities_the_one_whose_title_fits_is_bound() -> None:
    declarations = Declarations((Bound(statement("MAIN", "PACS"), ("storage",)),), HOSPITAL)
    assert of(declarations) == {"worklist": None, "storage": "PACS", "query": "PACS"}


# --- files ------------------------------------------------------------------------------------------------------------


def site_file(folder: Path, named: str) -> Path:
    path = folder / "site.yaml"
    path.write_text(
        "services:\n"
        "  worklist: {ae: RIS, host: 127.0.0.1, port: 104}\n"
        f"  storage: {{ae: PACS, host: 127.0.0.1, port: 105, statement: {named}}}\n"
        f"  query: {{ae: PACS, host: 127.0.0.1, port: 105, statement: {named}}}\n"
    )
    return path


def test_a_site_file_names_statements_beside_it(tmp_path: Path) -> None:
    (tmp_path / "pacs.yaml").write_text(text("ARCHIVE"))
    (tmp_path / "ris.yaml").write_text(text("RIS"))
    site = load_site(site_file(tmp_path, "pacs.yaml"))
    found = sources(site, [tmp_path / "ris.yaml", tmp_path / "pacs.yaml"])
    assert [(each.path.name, each.services) for each in found] == [
        ("pacs.yaml", ("storage", "query")),
        ("ris.yaml", ()),
    ]
    addresses = {name: str(address) for name, address in site.offered().items()}
    assert of(load_declarations(found, addresses)) == {"worklist": "RIS", "storage": "ARCHIVE", "query": "ARCHIVE"}
    assert load_declarations(found, addresses).title == "Product 1; Product 1"


def test_a_statement_that_is_not_there_is_told_with_file_and_line(tmp_path: Path) -> None:
    path = site_file(tmp_path, "pasc.yaml")
    with pytest.raises(InputError) as caught:
        load_site(path)
    assert str(caught.value) == f"{path}:3: services.storage.statement: {tmp_path / 'pasc.yaml'} is no file"


def test_a_statement_without_the_ae_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "pacs.yaml").write_text(text("ARCHIVE", "GATEWAY"))
    site = load_site(site_file(tmp_path, "pacs.yaml"))
    addresses = {name: str(address) for name, address in site.offered().items()}
    with pytest.raises(
        InputError, match=r"pacs\.yaml: none of its AEs \(ARCHIVE, GATEWAY\) is PACS, .* services\.storage"
    ):
        load_declarations(sources(site, []), addresses)


def test_two_statements_with_one_title(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(text("PACS", name=name))
    with pytest.raises(InputError, match="AE title PACS is in the Conformance Statements of one 1 and two 1"):
        load_declarations([Source(tmp_path / "one.yaml"), Source(tmp_path / "two.yaml")], HOSPITAL)


def facts(*statements: dict[str, Any]) -> dict[str, Any]:
    lines = [f"{service}: {address}" for service, address in HOSPITAL.items()]
    return json.loads(json.dumps({"target": lines, "statements": statements}))


def test_a_transcript_has_its_own_copies(tmp_path: Path) -> None:
    (tmp_path / "statement-01.yaml").write_text(text("ARCHIVE"))
    recorded = of_transcript(tmp_path, facts({"file": "statement-01.yaml", "services": ["storage"]}))
    assert of(recorded) == {"worklist": None, "storage": "ARCHIVE", "query": "ARCHIVE"}
    (tmp_path / "newer.yaml").write_text(text("ARCHIVE", name="Newer"))
    others = of_transcript(
        tmp_path, facts({"file": "statement-01.yaml", "services": ["storage"]}), [tmp_path / "newer.yaml"]
    )
    assert others.title == "Newer 1"
    assert of(others) == of(recorded)  # the newer one of the same AE stands for whom the former one did


def test_a_transcript_of_before_several_could_be_given(tmp_path: Path) -> None:
    assert not of_transcript(tmp_path, {"target": []})
    (tmp_path / "statement.yaml").write_text(text("PACS"))
    old = {key: value for key, value in facts().items() if key != "statements"}
    assert of(of_transcript(tmp_path, old)) == {"worklist": None, "storage": "PACS", "query": "PACS"}


# --- claims -----------------------------------------------------------------------------------------------------------


def test_why_a_claim_was_not_tested(tmp_path: Path) -> None:
    story = Story(tmp_path)
    link = story.associate(VERIFICATION, rq={"called_ae": "PACS"})
    link.ask("C-ECHO-RQ")
    link.answer(0x0000)
    site = {"worklist": "RIS@127.0.0.1:103", "storage": "PACS@127.0.0.1:104"}
    declared = (Bound(statement("PACS", classes=(VERIFICATION, WORKLIST, MPPS))), Bound(statement("RIS", "GONE")))
    run = RunEvidence((story.evidence(),), Declarations(declared, site))
    run = RunEvidence(tuple(type(each)(each.transcript, run.declarations) for each in run.scenarios), run.declarations)
    told = {claim.id.removesuffix(".ExplicitVRLittleEndian"): (claim.outcome, claim.reason) for claim in claims_of(run)}
    untested = ClaimOutcome.NOT_TESTED
    tests, of_ris = (f"scanproof run --statement FILE --only claims/contexts{of} tests it" for of in ("", "-ris"))
    assert told == {
        "PACS.scp.Verification": (ClaimOutcome.OBSERVED, ""),
        "PACS.scp.ModalityWorklistInformationModelFind": (untested, f"the site names RIS for worklist; {tests}"),
        "PACS.scp.ModalityPerformedProcedureStep": (untested, f"the site names no AE for mpps; {tests}"),
        "RIS.scp.Verification": (untested, f"no association with RIS came about in this run; {of_ris}"),
        "GONE.scp.Verification": (untested, "the site names no AE that the statement's GONE stands for"),
    }
