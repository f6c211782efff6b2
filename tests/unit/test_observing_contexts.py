"""Cases that are made for claims of contexts: they load, ask for what is claimed, and leave nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanproof.observing import all_observing
from scanproof.statements import Claim, context_claim_id
from scansim.exam.cases import exams
from scansim.exam.scenario import Case
from scansim.exam.scenario_files import find_scenarios
from scansim.network.association import Proposal
from scansim.steps.negotiate import Negotiate
from scansim.vocabulary.uids import VERIFICATION, WORKLIST
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE

CT, MR, JPEG = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.1.2.4.50"
PRIVATE = "1.2.3.4.5"


def context(sop_class: str, syntax: str, role: str = "SCP") -> Claim:
    data = {"sop_class": sop_class, "transfer_syntax": syntax}
    claim_id = context_claim_id("A", role, sop_class, syntax)
    return Claim(claim_id, "", "context", "A", role, data)  # type: ignore[arg-type]


CLAIMS = {
    "context": [
        *(context(uid, syntax) for uid in (CT, MR, PRIVATE) for syntax in (EXPLICIT_LITTLE, JPEG)),
        context(WORKLIST, IMPLICIT_LITTLE),
        context(VERIFICATION, IMPLICIT_LITTLE, "SCU"),
    ],
    "not-supported": [
        Claim("no", "", "not-supported", "A", "SCP", {"sop_class": WORKLIST}),
        Claim("no-scu", "", "not-supported", "A", "SCU", {"sop_class": CT}),
    ],
    "closed-list": [Claim("closed", "", "closed-list", "A")],
    "syntax-selection": [Claim("rule", "", "syntax-selection", "A", "SCP", {"rule": "first_proposed"})],
}


@pytest.mark.parametrize("kind", CLAIMS)
def test_a_case_is_made_that_loads_and_only_asks(kind: str, tmp_path: Path) -> None:
    made = [*all_observing()[kind].made(CLAIMS[kind])]
    cases = json.loads(json.dumps([each.document for each in made]).replace("$at", "storage"))
    procedure = {"code": "A", "meaning": "a", "protocol_code": "A", "protocol_meaning": "a"}
    document = {"id": "claims", "title": "t", "modality": "CT", "procedure": procedure, "cases": cases}
    (tmp_path / "claims.yaml").write_text(json.dumps(document))  # JSON is YAML
    found = [each for each in exams(find_scenarios([str(tmp_path / "claims.yaml")])) if isinstance(each, Case)]
    steps = [step for each in found for step in each.steps if isinstance(step, Negotiate)]
    assert len(found) == len(made) == 1
    assert steps
    assert not any(step.odd or step.leaves for step in steps)
    observed = {claim for each in made for claim in each.claims}
    assert observed == {claim.id for claim in CLAIMS[kind] if claim.role != "SCU"}
    if kind == "context":
        wanted = [Proposal(str(c.data["sop_class"]), (str(c.data["transfer_syntax"]),)) for c in CLAIMS[kind][:-1]]
        assert sorted(steps[0].proposals, key=str) == sorted(wanted, key=str)


def test_ten_thousand_claims_are_one_case() -> None:
    claims = [context(f"1.2.{number}", syntax) for number in range(3400) for syntax in (EXPLICIT_LITTLE, JPEG, CT)]
    (made,) = all_observing()["context"].made(claims)
    assert len(made.claims) == len(claims)
    assert len(made.document["steps"][0]["negotiate"]["contexts"]) == 1


@pytest.mark.long
def test_built_in_cases_are_there() -> None:
    built_in = all_observing()["context"].built_in
    named = {case for claim in (*CLAIMS["context"], context(MR, EXPLICIT_LITTLE, "SCU")) for case in built_in(claim)}
    assert named == {"storage-battery/plain", "worklist-battery/no-match", "retrieve-battery/study"}
    for name in named:
        (battery,) = find_scenarios([name.partition("/")[0]])
        assert name.partition("/")[2] in {case.id.partition("[")[0] for case in battery.cases}
