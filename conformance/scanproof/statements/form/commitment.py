"""5.2.6 Storage Commitment: how results come, what they say, and for how long instances are kept."""

from __future__ import annotations

from typing import Annotated, Any

from scanproof.statements.claim import commitment_claim_id
from scanproof.statements.form.cells import Cell, Checked, Code, Many, Open, Seconds, Text, Whole, annex, ours, words
from scanproof.statements.form.tables import StatusRow, undriven_fields
from scanproof.statements.form.writer import Writer
from scanproof.statements.remarks import Mistake
from scansim.inputs import Location, Strict

_NOT_SUPPORTED = ("not_supported", "code is not supported", "n")


class EventReport(Strict):
    """N-EVENT-REPORT: on which association, when, how often."""

    same_association: Annotated[str | None, words("Y", "N", "OPTION", "EITHER")] = None
    typical_delay_s: Seconds | None = None
    maximum_delay_s: Seconds | None = ours()
    retries: Whole | None = ours(description="how often a report that could not be delivered is sent again")
    retry_interval_s: Seconds | None = ours()
    known_requesters_only: Cell | None = ours(
        description="Y: a request of an AE title whose address is not configured is refused"
    )
    destination: Text | None = ours()


class Policy(Strict):
    """What commitment means."""

    duration: Text | None = None
    latency: Open = None
    capacity: Open = None
    retrieve_ae_title: Open = None


def _reasons(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError(f"a mapping of Failure Reasons is wanted here, not {value!r}")
    return {_CODE.check(code): _REASON.check(text) for code, text in value.items()}


_CODE, _REASON = Code.__metadata__[0], Text.__metadata__[0]  # type: ignore[attr-defined]
FailureReasons = Annotated[
    dict[str, str], Checked(_reasons, {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}})
]


class CommitmentScp(Strict):
    """What the SCP does."""

    n_event_report: EventReport | None = annex("5-16", "read")
    failure_reasons: FailureReasons | None = annex("5-16", "read")
    retrieve_ae_title: Annotated[str | None, words("present", "absent", Y="present", N="absent")] = annex(
        "5-16", "read"
    )
    commitment_policy: Policy | None = annex("5-16", "read")
    status_codes: Many[StatusRow] | None = annex("7-44 on", "read in part")
    sop_classes: Open = annex("5-16", "read")
    media: Open = annex("5-16", "read")


class Commitment(Strict):
    """5.2.6."""

    scu: Open = annex("5-15", "read in part")
    scp: CommitmentScp | None = None


def claims(to: Writer, said: Commitment, at: Location) -> None:
    """Make the claims of the SCP, and undriven ones of the SCU."""
    if said.scu is not None:
        to.undriven("commitment", {"scu": said.scu}, at, "SCU")
    if said.scp is None:
        return
    scp, at = said.scp, (*at, "scp")
    if scp.n_event_report is not None:
        _reports(to, scp.n_event_report, (*at, "n_event_report"))
    for code, condition in (scp.failure_reasons or {}).items():
        supported = condition.lower() not in _NOT_SUPPORTED
        told = f"reports Failure Reason {code}: {condition}" if supported else f"never reports Failure Reason {code}"
        data = {"code": code, "condition": condition, "supported": supported}
        to.add("commitment-failure", f"commitment.failure.{code}", told, (*at, "failure_reasons", code), data)
    if scp.retrieve_ae_title is not None:
        present = scp.retrieve_ae_title == "present"
        told = f"reports {'with' if present else 'without'} Retrieve AE Title"
        to.add(
            "commitment-retrieve-ae", "commitment.retrieve-ae", told, (*at, "retrieve_ae_title"), {"present": present}
        )
    if scp.commitment_policy is not None:
        _policy(to, scp.commitment_policy, (*at, "commitment_policy"))
    to.statuses("commitment-status", "commitment.status", scp.status_codes, (*at, "status_codes"), {"operation": ""})
    undriven_fields(to, scp, ("sop_classes", "media"), at, "commitment", "SCP")


def _policy(to: Writer, said: Policy, at: Location) -> None:
    if said.duration is not None:
        told, data = f"keeps what is committed: {said.duration}", {"duration": said.duration}
        to.add("commitment-retention", "commitment.retention", told, (*at, "duration"), data)
    undriven_fields(to, said, ("latency", "capacity", "retrieve_ae_title"), at, "commitment", "SCP")


def _reports(to: Writer, said: EventReport, at: Location) -> None:
    delivery = {"Y": "same", "OPTION": "same", "N": "new", "EITHER": "either"}
    where = {"same": "the association of the request", "new": "a new association", "either": "either association"}
    if said.same_association is not None:
        way = delivery[said.same_association]
        name, told = _id("delivery"), f"sends commitment results on {where[way]}"
        to.add("delivery", name, told, (*at, "same_association"), {"delivery": way}, cell=said.same_association)
    for kind, field, words_, seconds in (
        ("typical", "typical_delay_s", "sends commitment results typically within", said.typical_delay_s),
        ("maximum", "maximum_delay_s", "sends commitment results never later than", said.maximum_delay_s),
        (
            "commitment-retry-interval",
            "retry_interval_s",
            "sends a report that could not be delivered again within",
            said.retry_interval_s,
        ),
    ):
        if seconds is not None:
            name = _id(kind.removeprefix("commitment-"))
            to.add(kind, name, f"{words_} {seconds:g} s", (*at, field), {"seconds": seconds})
    if (said.typical_delay_s or 0) > (said.maximum_delay_s or float("inf")):
        line, text = to.source.document.line((*at, "typical_delay_s")), "typical_delay_s is longer than maximum_delay_s"
        to.mistakes.append(Mistake("error", "contradiction", line, text))
    if said.retries is not None:
        told, place = f"sends a report that could not be delivered again {said.retries} times", (*at, "retries")
        to.add("commitment-retries", _id("retries"), told, place, {"count": said.retries})
    if said.known_requesters_only is not None:
        only, cell = said.known_requesters_only != "N", said.known_requesters_only
        told = "refuses requesters that it does not know" if only else "takes requests of whoever asks"
        place = (*at, "known_requesters_only")
        to.add("commitment-known-requesters", _id("known-requesters"), told, place, {"only": only}, cell=cell)
    undriven_fields(to, said, ("destination",), at, "commitment", "SCP")


def _id(name: str) -> str:
    return commitment_claim_id("", name).removeprefix(".")
