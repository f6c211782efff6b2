"""A rich example of results for the tests of the reports: all verdicts, long UIDs, kanji, markup, controls."""

from __future__ import annotations

from collections import Counter

from scanproof.finding import Finding, Level, Note, Verdict, worst
from scanproof.results import (
    AssociationView,
    ClaimOutcome,
    ClaimResult,
    CreatedUid,
    ExchangeView,
    OperationTimes,
    Results,
    ScenarioResult,
    Sighting,
    StepResult,
    StorageRate,
    Times,
    Tool,
)

STUDY_UID = "2.25.168934502117650348230914857602341985760"
MPPS_UID = "2.25.301276540987123450987612345678901234567"
MARKUP_NAME = "<script>alert('x')</script>^EVIL & CO"
KANJI_NAME = "YAMADA^TAROU=山田^太郎=やまだ^たろう"
COMMAND = "scanproof run ct-routine --site hospital.yaml --seed 7 --date 2026-11-25"
FINDSCU = "findscu -W -aet CT_SIM_01 -aec RIS_WORKLIST01 ris.radiology.hospital.example 11112 -k 0008,0050 " + (
    "-k '(0040,0100)[0].(0008,0060)=CT' -k '(0040,0100)[0].(0040,0001)=CT_SIM_01' -k $'0010,0010=\\xbb\\xee*'"
)
PATIENT_STEERING_THE_TERMINAL = "DOE^JANE\x1b[2J\x00\x07"


def exchange(
    name: str, number: str, seconds: float, status: str | None = None, dataset: tuple[str, ...] = ()
) -> ExchangeView:
    """Make one message; the direction is in its id (a03.r2: received)."""
    association, rest = number.split(".")
    command = [
        "(0000,0002) UI Affected SOP Class UID  1.2.840.10008.5.1.4.31",
        f"(0000,0100) US Command Field  {name}",
        "(0000,0120) US Message ID Being Responded To  7",
    ]
    return ExchangeView(
        id=number,
        name=name,
        direction="sent" if rest[0] == "s" else "received",
        association=association,
        seconds=seconds,
        status=status,
        command=command,
        dataset=list(dataset),
    )


def association(
    number: int,
    service: str,
    seconds: float,
    ended: str = "released by the harness",
    initiator: str = "harness",
    messages: int | None = None,
) -> AssociationView:
    """Make one association with the worklist's or the archive's AE."""
    worklist = service in ("worklist", "mpps")
    target, port = ("RIS_WORKLIST01", 11112) if worklist else ("ARCHIVE", 104)
    address = "ris.radiology.hospital.example" if worklist else "10.20.30.40"
    ours = initiator == "harness"
    return AssociationView(
        id=f"a{number:02}",
        initiator="harness" if ours else "target",
        peer=f"{address}:{port}" if ours else f"{address}:53122",
        calling_ae="CT_SIM_01" if ours else target,
        called_ae=target if ours else "CT_SIM_01",
        ended=ended,
        contexts=["1: Modality Worklist Information Model - FIND, Explicit VR Little Endian: accepted"],
        service=service,
        seconds=seconds,
        messages=messages,
    )


def finding(
    check: str, verdict: Verdict, scenario: str, title: str, expected: str, actual: str, **rest: object
) -> Finding:
    """Make one finding of a requirement of the standard."""
    facts: dict[str, object] = {"level": Level.SHALL, "clause": "PS3.4 K.2.2.1.1.1 (2026b)", **rest}
    return Finding.model_validate(
        {
            "check": check,
            "verdict": verdict,
            "scenario": scenario,
            "title": title,
            "expected": expected,
            "actual": actual,
            **facts,
        }
    )


WORKLIST_ITEM = (
    "(0008,0005) CS SpecificCharacterSet  \\ISO 2022 IR 87",
    "(0008,0050) SH AccessionNumber  A20261125001",
    f"(0010,0010) PN PatientName  {KANJI_NAME}",
    f"(0020,000D) UI StudyInstanceUID  {STUDY_UID}",
    "(0040,0100) SQ ScheduledProcedureStepSequence  1 item",
    "  item 1",
    "    (0008,0060) CS Modality  MR",
    "    (0040,0001) AE ScheduledStationAETitle  MR_OTHER",
    "    (0040,0002) DA ScheduledProcedureStepStartDate  20261125",
)


def routine() -> ScenarioResult:
    """A CT exam of which the worklist, the MPPS and the commitment have faults."""
    name = "ct-routine"
    exchanges = [
        exchange("C-FIND-RQ", "a02.s1", 0.11, dataset=("(0040,0100) SQ ScheduledProcedureStepSequence  1 item",)),
        exchange("C-FIND-RSP", "a02.r1", 0.14, "FF00H Pending", WORKLIST_ITEM),
        exchange("C-FIND-RSP", "a02.r2", 0.15, "FF00H Pending", (f"(0010,0010) PN PatientName  {MARKUP_NAME}",)),
        exchange("C-FIND-RSP", "a02.r3", 0.16, "FF00H Pending"),
        exchange("C-FIND-RSP", "a02.r4", 0.17, "0000H Success"),
        exchange("N-CREATE-RQ", "a03.s1", 1.31, dataset=("(0040,0252) CS PerformedProcedureStepStatus  IN PROGRESS",)),
        exchange("N-CREATE-RSP", "a03.r1", 1.33, "0000H Success"),
    ]
    for image in range(1, 41):
        exchanges.append(exchange("C-STORE-RQ", f"a04.s{image}", 2 + image / 50))
        exchanges.append(exchange("C-STORE-RSP", f"a04.r{image}", 2.01 + image / 50, "0000H Success"))
    exchanges += [
        exchange("N-SET-RQ", "a05.s1", 4.0, dataset=("(0040,0252) CS PerformedProcedureStepStatus  COMPLETED",)),
        exchange("N-SET-RSP", "a05.r1", 4.1, "0000H Success"),
        exchange("N-SET-RQ", "a05.s2", 4.2, dataset=("(0040,0252) CS PerformedProcedureStepStatus  COMPLETED",)),
        exchange("N-SET-RSP", "a05.r2", 4.3, "0000H Success"),
        exchange("N-ACTION-RQ", "a06.s1", 5.0),
        exchange("N-ACTION-RSP", "a06.r1", 5.05, "0000H Success"),
        exchange("N-EVENT-REPORT-RQ", "a07.r1", 6.5, dataset=("(0008,1199) SQ ReferencedSOPSequence  38 items",)),
        exchange("N-EVENT-REPORT-RSP", "a07.s1", 6.51, "0000H Success"),
    ]
    findings = [
        finding(
            "worklist.match-violated",
            Verdict.FAIL,
            name,
            "Every returned item matches each required key of the query",
            "ScheduledStationAETitle CT_SIM_01 in every item",
            "ScheduledStationAETitle MR_OTHER in 2 of 3 items",
            exchange="a02.r1",
            tag="ScheduledProcedureStepSequence[1] > ScheduledStationAETitle",
            claim="worklist.keys.station",
            again=[COMMAND, FINDSCU],
            hint="Let the worklist filter by Scheduled Station AE Title, or the scanner's console lists other "
            "scanners' patients and an exam may be done on the wrong one.",
            count=2,
        ),
        finding(
            "mpps.set-after-completed",
            Verdict.FAIL,
            name,
            "An N-SET on a step that is COMPLETED is refused",
            "status 0110H (Processing Failure), Error ID A710H",
            "status 0000H (Success)",
            clause="PS3.4 F.7.2.2.3 (2026b)",
            group="mpps.set-after-completed#1",
            party="mpps RIS_WORKLIST01@ris.radiology.hospital.example:11112",
            exchange="a05.r2",
            hint="Have the MPPS SCP refuse changes of a step that is COMPLETED or DISCONTINUED.",
            again=[COMMAND],
        ),
        finding(
            "worklist.patient-name-charset",
            Verdict.WARN,
            name,
            "Names are returned in the character set that Specific Character Set names",
            "bytes of ISO 2022 IR 87 after its escape sequence",
            f"PatientName {MARKUP_NAME}\nand a second line",
            level=Level.SHOULD,
            clause="PS3.5 6.1.2.5.3 (2026b)",
            exchange="a02.r1",
            tag="PatientName",
        ),
        finding(
            "commitment.report-complete",
            Verdict.INCONCLUSIVE,
            name,
            "The report names every instance of the request once",
            "40 instances in Referenced SOP Sequence or Failed SOP Sequence",
            f"38 instances; missing {STUDY_UID}.1, {STUDY_UID}.2",
            clause="PS3.4 J.3.3.1.1 (2026b)",
            exchange="a07.r1",
            hint="Wait longer for a second report (site file: timeouts.commitment), and run again.",
        ),
        finding(
            "association.rejected",
            Verdict.WARN,
            name,
            "An association that is rejected says why",
            "a reason other than 1 (no reason given)",
            "reason 1",
            level=Level.SHOULD,
            clause="PS3.8 9.3.4 (2026b)",
            exchange="a01",
        ),
        finding(
            "query.relational",
            Verdict.NOT_DECLARED,
            name,
            "Relational queries",
            "declared, or refused",
            "accepted and answered",
            level=Level.DECLARED,
            clause="PS3.4 C.4.1.2.2.1 (2026b)",
        ),
        finding(
            "mpps.set-accepted",
            Verdict.NOT_TESTED,
            name,
            "A step in progress can be set",
            "status 0000H",
            "step 6, set-mpps: N-SET was answered 0000H",
            root="mpps.set-after-completed#1",
        ),
        finding(
            "worklist.cancel",
            Verdict.NOT_APPLICABLE,
            name,
            "A C-CANCEL ends the query",
            "status FE00H",
            "the scenario cancels no query",
        ),
    ]
    findings += [
        finding(
            f"storage.pass-{number:02}",
            Verdict.PASS,
            name,
            f"Requirement {number} of Storage holds",
            "status 0000H",
            "status 0000H",
            exchange=f"a04.r{number}",
            count=number,
        )
        for number in range(1, 31)
    ]
    steps = [
        StepResult(number=1, verb="verify", outcome="done", seconds=0.05, associations=["a01"]),
        StepResult(
            number=2, verb="query-worklist", outcome="done", detail="3 items", seconds=0.2, associations=["a02"]
        ),
        StepResult(number=3, verb="choose-item", outcome="done", detail=KANJI_NAME),
        StepResult(number=4, verb="create-mpps", outcome="done", seconds=0.03, associations=["a03"]),
        StepResult(number=5, verb="acquire", outcome="done", detail="40 images", seconds=0.4),
        StepResult(number=6, verb="store", outcome="done", detail="40 stored", seconds=1.0, associations=["a04"]),
        StepResult(number=7, verb="set-mpps", outcome="done", seconds=0.3, associations=["a05"]),
        StepResult(number=8, verb="commit", outcome="done", seconds=1.6, associations=["a06", "a07"]),
    ]
    return ScenarioResult(
        id=name,
        title="Routine CT of the abdomen, scheduled",
        verdict=worst([each.verdict for each in findings]),
        patient=f"{KANJI_NAME}, Patient ID SYN-0001",
        steps=steps,
        findings=findings,
        item_course=sightings(),
        created=[
            CreatedUid(kind="Study", uid=STUDY_UID, detail="40 instances in 2 series"),
            CreatedUid(kind="MPPS", uid=MPPS_UID, detail="COMPLETED"),
        ],
        associations=[
            association(1, "verification", 0.0, "rejected by the target: permanent, service user, no reason given"),
            association(2, "worklist", 0.1),
            association(3, "mpps", 1.3),
            association(4, "storage", 2.0, messages=240),
            association(5, "mpps", 3.9),
            association(6, "commitment", 4.9),
            association(7, "commitment", 6.4, "released by the target", initiator="target"),
        ],
        exchanges=exchanges,
    )


def stopped() -> ScenarioResult:
    """An MR exam that could not go on: the archive aborted the association."""
    name = "mr-unscheduled"
    findings = [
        finding(
            "storage.answered",
            Verdict.INCONCLUSIVE,
            name,
            "Each C-STORE-RQ is answered",
            "a C-STORE-RSP",
            "the target aborted the association; patient " + PATIENT_STEERING_THE_TERMINAL,
            clause="PS3.7 9.1.1 (2026b)",
            exchange="a01.s1",
            hint="Look into the archive's log at the time of the abort.",
        )
    ]
    return ScenarioResult(
        id=name,
        title="Emergency MR of the head, not scheduled",
        verdict=worst([each.verdict for each in findings]),
        patient=PATIENT_STEERING_THE_TERMINAL,
        steps=[
            StepResult(number=1, verb="acquire", outcome="done", detail="1 image", seconds=0.1),
            StepResult(
                number=2,
                verb="store",
                outcome="stopped",
                detail="aborted by the target",
                seconds=0.2,
                associations=["a01"],
            ),
            StepResult(number=3, verb="commit", outcome="blocked", detail="nothing was stored"),
            StepResult(number=4, verb="set-mpps", outcome="not-offered", detail="the site has no MPPS"),
        ],
        findings=findings,
        created=[],
        associations=[association(1, "storage", 0.1, "aborted by the target: service provider, unexpected PDU")],
        exchanges=[
            exchange(
                "C-STORE-RQ", "a01.s1", 0.2, dataset=(f"(0010,0010) PN PatientName  {PATIENT_STEERING_THE_TERMINAL}",)
            )
        ],
    )


def times() -> Times:
    """Times of the exam: an archive that shows the 40 ms pattern."""
    ris, archive = "RIS_WORKLIST01@ris.radiology.hospital.example:11112", "ARCHIVE@10.20.30.40:104"

    def row(
        service: str, operation: str, party: str, count: int, median: float, worst: float, at: str
    ) -> OperationTimes:
        return OperationTimes(
            service=service,
            operation=operation,
            party=party,
            count=count,
            median=median,
            worst=worst,
            worst_at=f"ct-routine/{at}",
            held_back=operation == "C-STORE",
        )

    return Times(
        operations=[
            row("worklist", "association", ris, 1, 0.00042, 0.00042, "a02"),
            row("worklist", "C-FIND first answer", ris, 1, 0.03, 0.03, "a02.r1"),
            row("worklist", "C-FIND", ris, 1, 0.06, 0.06, "a02.r4"),
            row("mpps", "N-SET", ris, 2, 0.1, 0.1, "a05.r1"),
            row("storage", "C-STORE", archive, 40, 0.0412, 0.0824, "a04.r7"),
            row("commitment", "N-EVENT-REPORT", archive, 1, 1.45, 1.45, "a07.r1"),
        ],
        storage=[
            StorageRate(
                scenario="ct-routine",
                step=6,
                party=archive,
                images=40,
                bytes=21_000_000,
                seconds=1.7,
                images_per_second=23.5,
                megabytes_per_second=12.4,
            )
        ],
        notes=[Note(text=f"{archive} shows the 40 ms pattern (C-STORE): <set TCP_NODELAY>", party=archive)],
    )


def sightings() -> list[Sighting]:
    """Who saw the item when."""
    ours, other = "our station (CT_SIM_01), modality CT, day 20261125", "station MR_OTHER, modality any, day any"
    seen = [
        (ours, "before N-CREATE", True, "a02.r4"),
        (other, "before N-CREATE", False, "a02.r5"),
        (ours, "after COMPLETED", True, "a02.r6"),
        (ours, "after COMPLETED", False, "a02.r7"),
    ]
    return [
        Sighting(item="A20261125001, SPS1", query=query, when=when, present=present, exchange=exchange)
        for query, when, present, exchange in seen
    ]


def results(complete: bool = True) -> Results:
    """The whole example."""
    scenarios = [stopped(), routine()]
    return Results(
        tool=Tool(version="0.1.0", edition="2026b"),
        started="2026-11-25T08:15:30+01:00",
        seed=20261125,
        date="2026-11-25",
        target=[
            "worklist: RIS_WORKLIST01 at ris.radiology.hospital.example:11112, called by CT_SIM_01",
            "mpps: RIS_WORKLIST01 at ris.radiology.hospital.example:11112, called by CT_SIM_01",
            "storage: ARCHIVE at 10.20.30.40:104, called by CT_SIM_01",
            "commitment: ARCHIVE at 10.20.30.40:104, called by CT_SIM_01",
        ],
        statement="Example RIS 7.2, Conformance Statement revision C",
        complete=complete,
        summary=dict(Counter(each.verdict for scenario in scenarios for each in scenario.findings)),
        scenarios=scenarios,
        claims=[
            ClaimResult(
                id="worklist.keys.station",
                text="Matches on Scheduled Station AE Title",
                outcome=ClaimOutcome.CONTRADICTED,
                evidence="ct-routine/a02.r1",
            ),
            ClaimResult(
                id="worklist.find",
                text="Modality Worklist as SCP",
                outcome=ClaimOutcome.OBSERVED,
                evidence="ct-routine/a02.r4",
            ),
            ClaimResult(id="query.relational", text="Relational queries", outcome=ClaimOutcome.NOT_DECLARED),
            ClaimResult(id="storage.sc", text="Secondary Capture as SCP", outcome=ClaimOutcome.NOT_TESTED),
        ],
        times=times(),
        notes=["Pixel Data was not kept in the transcript: its length and digest were."]
        + ([] if complete else ["Interrupted by the user at 08:16:02, in ct-routine."]),
    )
