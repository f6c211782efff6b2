"""Faults of two parties at once: each is a root of its own, and neither hides behind the other."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from scanproof.finding import Finding
from scanproof.results import Results
from tests.support.command_line import main, results, target
from tests.support.processes import free_port

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("on_a_thread")]

#: Defect of the RIS, defect of the PACS, and the checks that tell of each.
PAIRS = [
    ("worklist-refuses", "storage-refuses", {"worklist.query-accepted"}, {"storage.accepted"}),
    ("worklist-type2-missing", "query-forgets", {"worklist.return-type2"}, {"storage.found", "query.study-found"}),
    ("mpps-create-refused", "commitment-commits-unknown", {"mpps.create-accepted"}, {"commitment.never-sent"}),
    ("association-aborts", "query-refuses", {"association.no-abort"}, {"query.accepted"}),
    ("worklist-study-letters", "commitment-refuses", {"worklist.value-syntax"}, {"commitment.request-accepted"}),
    ("worklist-sex-x", "storage-forgets", {"dataset.worklist-response"}, {"storage.found"}),
]


def run(folder: Path, ris: str, pacs: str) -> Results:
    listener = free_port()
    with ExitStack() as stack:
        ris_at, _ = stack.enter_context(target("--orders", 3, "--defect", ris))
        pacs_at, _ = stack.enter_context(target("--defect", pacs, listener=listener))
        times = "timeouts: {connect: 2, associate: 2, response: 4, commitment: 3, hold: 0.3, settle: 0.6}"

        def at(address: str) -> str:
            ae, _, port = address.partition("@127.0.0.1:")
            return f"{{ae: {ae}, host: 127.0.0.1, port: {port}, {times}}}"

        names = {"worklist": ris_at, "mpps": ris_at, "storage": pacs_at, "commitment": pacs_at, "query": pacs_at}
        services = "".join(f"  {name}: {at(address)}\n" for name, address in names.items())
        site = folder / "site.yaml"
        site.write_text(f"listener: {{port: {listener}}}\nservices:\n{services}")
        done = main("run", "refusals", "--site", site, "--out", folder / "out")
    assert done.returncode == 1, done.stdout
    return results(folder / "out")


@pytest.mark.parametrize(
    ("ris", "pacs", "of_ris", "of_pacs"),
    [
        pytest.param(*pair, id=f"{pair[0]}-{pair[1]}", marks=[pytest.mark.whole] if number % 2 else [])
        for number, pair in enumerate(PAIRS)
    ],
)
def test_faults_of_two_parties_are_two_roots(
    ris: str, pacs: str, of_ris: set[str], of_pacs: set[str], tmp_path: Path
) -> None:
    of = run(tmp_path, ris, pacs)
    roots = [each for each in of.all_findings if each.root is None and each.verdict in ("FAIL", "WARN")]
    ports = {line.partition(": ")[0]: line.rpartition(":")[2] for line in of.target}

    def told(service: str) -> set[str]:
        return {each.check for each in roots if each.party.endswith(f":{ports[service]}")}

    assert of_ris <= told("worklist")
    assert of_pacs <= told("storage") | {each.check for each in roots if _is_report(each)}
    # nothing of the one's service is charged to the other
    assert not {check for check in told("storage") if check.startswith(("worklist.", "mpps."))}
    assert not {check for check in told("worklist") if check.startswith(("storage.", "query.", "commitment."))}


def _is_report(finding: Finding) -> bool:
    """Whether a finding rests on an association that the PACS opened for its report."""
    return finding.party.startswith("commitment ")
