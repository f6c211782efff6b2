"""The results of a run as one model: what results.json holds and what each report renders."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from scanproof.finding import QUIET, Finding, Note, Verdict, worst
from scansim.inputs import Strict
from scansim.vocabulary.outcome import Initiator, Outcome

FORMAT: Literal["scanproof-results/1"] = "scanproof-results/1"
EDITION = "PS3, clauses as read in editions 2013 to 2024e; each finding names its own"


class ClaimOutcome(StrEnum):
    """What the run says of one claim of the Conformance Statement."""

    OBSERVED = "observed"
    CONTRADICTED = "contradicted"
    NOT_TESTED = "not_tested"
    NOT_DECLARED = "not_declared"

    @classmethod
    def _missing_(cls, value: object) -> ClaimOutcome | None:
        """What results of before called it."""
        return {"untested": cls.NOT_TESTED, "undeclared": cls.NOT_DECLARED}.get(str(value).lower())


class ClaimResult(Strict):
    """One claim of the target's Conformance Statement, or a thing that works though nobody claimed it."""

    id: str
    text: str
    outcome: ClaimOutcome
    evidence: str | None = Field(None, description="scenario and exchange, such as ct-routine/a03.r2")
    reason: str = Field("", description="why nothing was observed of it, when it was not tested")
    kind: str = Field("", description="what kind of claim it is, such as context; empty in results of before")
    role: Literal["SCU", "SCP", ""] = Field("", description="in which role the target promises it")
    depth: Literal["", "negotiated", "exchanged"] = Field(
        "", description="of a Presentation Context: it was accepted or refused, or an operation on it succeeded"
    )
    ae: str = Field("", description="AE title that it is of, as the statement has it; empty in results of before")
    cases: list[str] = Field(default_factory=list, description="ids of cases and scenarios that can observe it")
    sop_class: str = Field("", description="UID, of a claim about a Presentation Context")
    transfer_syntax: str = Field("", description="UID, of a claim about a Presentation Context")


class ClaimCounts(Strict):
    """What became of the claims of one role and section; roles are never added up."""

    role: Literal["SCU", "SCP", ""] = Field(description="empty: of the Application Entity whatever its role is")
    section: str = Field(description="what the claims are about, such as presentation contexts")
    stated: int = Field(description="claims that something here drives")
    observed: int = 0
    contradicted: int = 0
    not_tested: int = 0
    contexts: int = Field(0, description="of the stated ones: about a SOP Class with a Transfer Syntax")
    contexts_decided: int = 0
    negotiated: int = Field(0, description="of the decided Presentation Contexts: accepted or refused, no more")
    exchanged: int = Field(0, description="of the observed Presentation Contexts: an operation succeeded")
    no_driver: int = Field(0, description="claims that nothing here drives yet; they are not among the stated ones")

    @property
    def decided(self) -> int:
        """How many were seen to be kept or broken."""
        return self.observed + self.contradicted


class QuestionView(Strict):
    """What a statement leaves to its vendor: a ``?``."""

    statement: str
    place: str
    line: int


class ServiceState(StrEnum):
    """What became of a service in a run."""

    EXERCISED = "exercised"
    REFUSED = "refused"
    NOT_EXERCISED = "not-exercised"


class ServiceResult(Strict):
    """One service that the site names, and Verification."""

    name: str
    title: str
    state: ServiceState
    at: str = Field("", description="AE title and address; several, if the scenarios had several")
    promised_by: str = Field("", description="site, option or scenario; empty when nobody promised it")


class Coverage(Strict):
    """What applies here and was not tested."""

    not_tested: int = Field(0, description="checks that apply and that nothing exercised")
    blocked: int = Field(0, description="checks that a step which stopped has blocked")
    only_verification: bool = Field(False, description="scenarios use more than Verification; nothing more was tested")
    try_scenarios: list[str] = Field(default_factory=list, description="built-in scenarios that test some of them")
    would_test: int = Field(0, description="how many of them those test")


class StepResult(Strict):
    """One step as it went."""

    number: int
    verb: str
    outcome: Outcome
    detail: str = ""
    seconds: float = 0.0
    associations: list[str] = Field(default_factory=list, description="ids of the associations that it used")


class ExchangeView(Strict):
    """One message for the reader: what it was, and its elements decoded."""

    id: str
    name: str
    direction: Literal["sent", "received"]
    association: str
    seconds: float = Field(description="since the scenario began")
    status: str | None = None
    command: list[str] = Field(default_factory=list, description="command set, an element a line")
    dataset: list[str] = Field(default_factory=list, description="data set, an element a line, indented by nesting")
    problems: list[str] = Field(default_factory=list)


class AssociationView(Strict):
    """One association for the reader."""

    id: str
    initiator: Initiator
    peer: str
    calling_ae: str
    called_ae: str
    ended: str
    contexts: list[str] = Field(default_factory=list)
    problems: list[str] = Field(
        default_factory=list, description="what is odd or malformed in PDUs that the target sent, also what is no fault"
    )
    service: str = Field("", description="what it was opened for, such as worklist")
    seconds: float | None = Field(None, description="when it was opened, since the scenario began")
    messages: int | None = Field(None, description="how many messages it carried, also those that are not shown")


class CreatedUid(Strict):
    """A UID that exists at the target because of this run."""

    kind: str
    uid: str
    detail: str = ""


class LeftOpen(Strict):
    """A performed procedure step that the scenario left IN PROGRESS, and whether it was ended afterwards."""

    uid: str
    ae: str = Field(description="AE title of its MPPS manager")
    why: str = Field(description="why the exam did not end it")
    ended: bool = Field(description="whether it was ended as DISCONTINUED afterwards")
    detail: str = Field(description="how that went")


class Sighting(Strict):
    """Whether one worklist query brought the item of the exam: a fact, and no verdict."""

    item: str = Field(description="Accession Number and Scheduled Procedure Step ID")
    query: str = Field(description="for which station, modality and day, and by what else it was asked")
    when: str = Field(description="what the target had been told of the performed step, such as after N-CREATE")
    present: bool = Field(description="whether the item was in the list")
    exchange: str = Field(description="id of the query's final response")


class OperationTimes(Strict):
    """How long one kind of operation took at one AE, from the last byte of the request to that of the response."""

    service: str
    operation: str = Field(
        description="association (until A-ASSOCIATE-AC), C-FIND first answer, N-EVENT-REPORT (after the response to "
        "N-ACTION), or the name of a request, until its final response"
    )
    party: str = Field(description="AE title and address")
    count: int = Field(ge=1)
    median: float = Field(description="in seconds")
    worst: float = Field(description="in seconds")
    worst_at: str = Field(description="scenario and message of the worst, such as ct-routine/a03.r2")
    held_back: bool = Field(
        False,
        description="the times are as long as TCP holds an acknowledgement back: they may not be the target's own",
    )


class StorageRate(Strict):
    """How fast the images of one step went."""

    scenario: str = Field(description="its label")
    step: int = Field(description="number of the step; 0 for one that did not come to its end")
    party: str = Field(description="AE title and address")
    images: int = Field(ge=1, description="C-STOREs that were answered")
    bytes: int = Field(description="of their data sets as they were sent")
    seconds: float = Field(description="from the first byte of the first to the last answer")
    images_per_second: float
    megabytes_per_second: float = Field(description="of 1,000,000 bytes")


class Times(Strict):
    """How long the target took, from the record; no verdict rests on it."""

    operations: list[OperationTimes] = Field(default_factory=list)
    storage: list[StorageRate] = Field(default_factory=list)
    notes: list[Note] = Field(default_factory=list, description="what the times look like, and what to do about it")


class PictureView(Strict):
    """One image as it was sent and as it came back; the pictures are PNG in base64."""

    uid: str
    sent_syntax: str
    came_syntax: str
    exchange: str = Field(description="id of the C-STORE that brought it back")
    state: str = Field(description="what became of its pixels")
    same: bool
    sent: str
    came: str = Field(description="empty when it could not be decoded")
    not_drawn: str = ""


class ScenarioResult(Strict):
    """One scenario: what was done, and every finding."""

    id: str
    case: str = Field("", description="id of the case that this is, such as names/ISO_IR_100")
    title: str
    verdict: Verdict
    not_run: str = Field("", description="why it was not run; empty when it was")
    patient: str = ""
    steps: list[StepResult]
    findings: list[Finding]
    notes: list[Note] = Field(default_factory=list, description="facts worth telling that are no verdict")
    item_course: list[Sighting] = Field(
        default_factory=list, description="which worklist query brought the exam's item when; no verdict"
    )
    created: list[CreatedUid] = Field(default_factory=list)
    left_open: list[LeftOpen] = Field(
        default_factory=list, description="performed procedure steps that it left IN PROGRESS"
    )
    associations: list[AssociationView] = Field(default_factory=list)
    exchanges: list[ExchangeView] = Field(
        default_factory=list, description="the messages that findings rest on, and their requests"
    )
    # for report.html alone: what they show stands in findings and notes
    pictures: list[PictureView] = Field(default_factory=list, exclude=True)

    @property
    def label(self) -> str:
        """What tells it from every other of the run: the case's id, or the scenario's."""
        return self.case or self.id

    @property
    def is_client(self) -> bool:
        """Whether it is a client of a recording, and no scenario of a run."""
        return self.id.startswith("client:")


class Tool(Strict):
    """What judged."""

    name: str = "scanproof"
    version: str
    edition: str = Field(description="edition of the standard whose tables were used")


class Results(Strict):
    """Everything that one run found; a pure function of its transcripts, the statement and the checks."""

    format: Literal["scanproof-results/1"] = FORMAT
    tool: Tool
    recorded: bool = Field(
        False, description="whether these are clients, each an entry of scenarios, from a recording of our target"
    )
    started: str = Field(description="local date and time, ISO 8601")
    seed: int
    date: str
    run_id: str = Field("", description="what UIDs depend on beside seed and date; --run-id repeats them")
    target: list[str] = Field(description="service and address, a line each")
    profile: str = Field("dicom", description="by which measure: dicom, ihe-swf or strict")
    statement: str | None = Field(None, description="titles of the Conformance Statements, joined by semicolons")
    complete: bool = Field(True, description="false when the run was interrupted, or its transcript was damaged")
    summary: dict[Verdict, int] = Field(description="entries by verdict: one cause is one, consequences do not count")
    consequences: int = Field(0, description="findings that another one explains")
    services: list[ServiceResult] = Field(default_factory=list)
    coverage: Coverage = Coverage()
    scenarios: list[ScenarioResult]
    findings: list[Finding] = Field(
        default_factory=list, description="of checks that judge the whole run; those of a scenario stand there"
    )
    claims: list[ClaimResult] = Field(default_factory=list)
    claim_counts: list[ClaimCounts] = Field(default_factory=list)
    questions: list[QuestionView] = Field(default_factory=list, description="what the statements leave open")
    times: Times = Times()
    notes: list[str] = Field(
        default_factory=list, description="what the reader must know: interruptions, what was not kept"
    )

    @property
    def exercised(self) -> bool:
        """Whether anything but Verification was exercised, of scenarios that use more than that."""
        run = [scenario for scenario in self.scenarios if not scenario.not_run]
        return not self.coverage.only_verification and bool(run or not self.scenarios)

    @property
    def all_findings(self) -> list[Finding]:
        """Findings of every scenario, then those of the run."""
        return [*(finding for scenario in self.scenarios for finding in scenario.findings), *self.findings]

    def as_one(self) -> ScenarioResult:
        """The result of a run of one scenario: what is found of its cases and of the run is found of it."""
        told = (*QUIET, Verdict.PASS)  # a pass of the run is no proof of the scenario
        of_run = [each.verdict for each in self.findings if each.root is None and each.verdict not in told]
        run = [each for each in self.scenarios if not each.not_run]
        whole = {
            "case": "",
            "not_run": "" if run else "; ".join(dict.fromkeys(each.not_run for each in self.scenarios)),
            "verdict": worst([*(each.verdict for each in self.scenarios), *of_run]),
            "steps": [step for each in self.scenarios for step in each.steps],
            "findings": self.all_findings,
        }
        return (run or self.scenarios)[0].model_copy(update=whole)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of results.json."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Results.model_json_schema()}
