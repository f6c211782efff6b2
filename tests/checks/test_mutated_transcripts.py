"""The proof of the checks that no defect of the reference target can prove: one spoiled message at a time.

The transcript of a real run against the correct target, and the same with one change in what we sent: exactly the check
that is marked so notices it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from pydicom.dataset import Dataset

from scanproof.check import Proof
from scanproof.checks import all_checks
from scanproof.evidence import Evidence
from scanproof.finding import Verdict
from scanproof.judge import judge
from scanproof.selftest import SCENARIO
from scanproof.session import open_session
from scansim.exam.scenario_files import find_scenarios
from scansim.network.transcript import Exchange, Transcript, load_transcript
from scansim.vocabulary.uids import STUDY_ROOT_FIND, WORKLIST
from scansim.wire.encoding import decode, encode

_PIXEL_DATA = b"\xe0\x7f\x10\x00OW"


@dataclass(frozen=True)
class Mutation:
    """One change in the messages of a name: in the first that it applies to, or in each of them."""

    message: str
    change: Callable[[Dataset], Any]
    of: str = ""
    each: bool = False

    def concerns(self, exchange: Exchange) -> bool:
        """Whether a message is one of those."""
        return (exchange.name, exchange.sent) == (self.message, True) and self.of in ("", exchange.abstract_syntax)


def put(keyword: str, value: Any) -> Callable[[Dataset], None]:
    """Give an attribute another value, one that its VR does not allow as well."""

    def change(ds: Dataset) -> None:
        ds[keyword]._value = value

    return change


def _other_class(ds: Dataset) -> None:
    ds.PerformedSeriesSequence[0].ReferencedImageSequence[0].ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.4"


def _twice(ds: Dataset) -> None:
    ds.ReferencedSOPSequence.append(ds.ReferencedSOPSequence[0])


def _other_accession(ds: Dataset) -> None:
    ds.ScheduledStepAttributesSequence[0].AccessionNumber = "OTHER"


#: What cannot be decided any more of a target that was asked wrongly by us.
UNDECIDED = {
    "dataset.worklist-request": ("worklist.query-accepted",),
    "dataset.query-request": ("query.accepted",),
    "dataset.mpps-request": ("mpps.create-accepted",),
    "dataset.commitment-request": ("commitment.request-accepted",),
    "iod.ours": ("storage.accepted",),
}

#: A mutation for each check that is marked, and how it is proven.
MUTATIONS = {
    "dataset.worklist-request": Mutation("C-FIND-RQ", put("Allergies", ["one", "two"]), of=WORKLIST),
    "dataset.query-request": Mutation("C-FIND-RQ", put("StudyDate", "2026*"), of=STUDY_ROOT_FIND),
    "dataset.mpps-request": Mutation("N-CREATE-RQ", lambda ds: ds.pop("PerformedStationName")),
    "dataset.commitment-request": Mutation("N-ACTION-RQ", _twice),
    "identity.sent": Mutation("N-CREATE-RQ", _other_accession),
    "iod.ours": Mutation("C-STORE-RQ", put("PatientPosition", "hfs")),
    "exam.instances": Mutation("C-STORE-RQ", put("StudyTime", "000000")),
    "exam.images": Mutation("C-STORE-RQ", put("ReferringPhysicianName", "Somebody^Else"), each=True),
    "exam.performed": Mutation("N-SET-RQ", _other_class),
}


#: Checks of ourselves that no message of this exam shows, and where they are proven.
OF_OURSELVES = {
    "association.request-as-meant": "tests/checks/test_admitting.py",
    "dataset.retrieve-request": "tests/checks/test_retrieve.py",
}


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Transcript:
    """A run against the correct target."""
    folder = tmp_path_factory.mktemp("right") / "transcript"
    with open_session(None) as session:
        assert session.run(find_scenarios([SCENARIO]), folder, seed=1, day=date(2026, 1, 2))
    return load_transcript(folder / SCENARIO)


def spoiled(transcript: Transcript, mutation: Mutation) -> Transcript:
    """The transcript with the mutation in it."""
    done = False
    associations = []
    for association in transcript.associations:
        exchanges = []
        for exchange in association.exchanges:
            if mutation.concerns(exchange) and (mutation.each or not done):
                changed = _changed(exchange, mutation.change)
                done = done or changed is not exchange
                exchanges.append(changed)
            else:
                exchanges.append(exchange)
        associations.append(replace(association, exchanges=tuple(exchanges)))
    assert done, "there is no such message"
    return replace(transcript, associations=tuple(associations))


def _changed(exchange: Exchange, change: Callable[[Dataset], Any]) -> Exchange:
    """The message with its data set changed up to Pixel Data; itself where there is nothing to change."""
    data = exchange.message.dataset
    assert data is not None
    end = data.rindex(_PIXEL_DATA) if exchange.message.elided else len(data)
    ds = decode(data[:end], exchange.transfer_syntax)
    try:
        change(ds)
    except (AttributeError, KeyError):
        return exchange
    return replace(
        exchange, message=replace(exchange.message, dataset=encode(ds, exchange.transfer_syntax) + data[end:])
    )


def deviations(transcript: Transcript) -> set[tuple[str, Verdict]]:
    """What all checks find fault with."""
    judgement = judge(Evidence(transcript))
    assert judgement.crashed == ()
    quiet = (Verdict.PASS, Verdict.NOT_APPLICABLE)
    return {(finding.check, finding.verdict) for finding in judgement.findings if finding.verdict not in quiet}


def _marked(*proofs: Proof) -> Iterable[str]:
    return [check.id for check in all_checks().values() if check.proven_by in proofs]


def test_exactly_the_marked_checks_have_a_mutation() -> None:
    assert set(MUTATIONS) | set(OF_OURSELVES) == set(_marked(Proof.OURSELVES))


def test_the_right_transcript_is_clean(right: Transcript) -> None:
    passed = {finding.check for finding in judge(Evidence(right)).findings if finding.verdict is Verdict.PASS}
    assert passed >= set(MUTATIONS)
    assert deviations(right) == set()


@pytest.mark.parametrize("check", MUTATIONS)
def test_a_mutation_is_noticed_by_exactly_its_check(right: Transcript, check: str) -> None:
    undecided = {(other, Verdict.INCONCLUSIVE) for other in UNDECIDED.get(check, ())}
    assert deviations(spoiled(right, MUTATIONS[check])) == {(check, Verdict.INCONCLUSIVE), *undecided}


def test_what_we_sent_ourselves_is_never_a_fault_of_the_target() -> None:
    assert {all_checks()[check].level.value for check in _marked(Proof.OURSELVES)} == {"INFO"}
