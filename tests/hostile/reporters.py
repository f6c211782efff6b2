"""Targets whose report on a new association is odd."""

from __future__ import annotations

from pydicom.dataset import Dataset

from scansim.vocabulary.uids import COMMITMENT, VERIFICATION
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from scansim.wire.encoding import encode
from tests.hostile.calls import Stage, reporter
from tests.hostile.peers import Line, message, pdata, raw


def end(stage: Stage, line: Line) -> None:
    """Release as one should."""
    line.say(p.ReleaseRQ())
    line.hear()
    line.close()


@reporter("PASS")
def reports_as_it_should(stage: Stage) -> None:
    stage.right()


@reporter("PASS")
def reports_in_explicit_vr(stage: Stage) -> None:
    both = (p.ProposedContext(1, COMMITMENT, (EXPLICIT_LITTLE, IMPLICIT_LITTLE)),)
    line = stage.associate(contexts=both)
    line.say(stage.report(syntax=EXPLICIT_LITTLE))
    line.hear()
    end(stage, line)


@reporter("PASS")
def reports_a_byte_at_a_time(stage: Stage) -> None:
    line = stage.associate()
    line.trickle(stage.report(), 0.001)
    line.hear()
    end(stage, line)


@reporter("PASS|WARN")
def reports_and_never_releases(stage: Stage) -> None:
    line = stage.associate()
    line.say(stage.report())
    line.hear()
    stage.ending.wait()


@reporter("WARN|PASS", may=[])
def reports_and_closes(stage: Stage) -> None:
    line = stage.associate()
    line.say(stage.report())
    line.hear()
    line.close()


@reporter("WARN|PASS|INCONCLUSIVE", may=[])
def reports_and_resets(stage: Stage) -> None:
    line = stage.associate()
    line.say(stage.report())
    line.hear()
    line.reset()


@reporter("WARN|PASS", may=["association.no-abort"])
def reports_and_aborts(stage: Stage) -> None:
    line = stage.associate()
    line.say(stage.report())
    line.hear()
    line.say(p.Abort(0, 0))
    line.close()


@reporter("WARN|PASS", may=[])
def reports_and_reads_no_answer(stage: Stage) -> None:
    line = stage.associate()
    line.say(stage.report())
    stage.ending.wait()


@reporter("WARN")
def reports_from_another_title(stage: Stage) -> None:
    line = stage.associate(calling_ae="OTHERTITLE")
    line.say(stage.report())
    line.hear()
    end(stage, line)


@reporter("WARN")
def reports_to_another_title(stage: Stage) -> None:
    line = stage.associate(called_ae="OTHERTITLE")
    line.say(stage.report())
    line.hear()
    end(stage, line)


@reporter("FAIL", ["commitment.role-selection"])
def reports_without_role(stage: Stage) -> None:
    line = stage.associate(user=p.UserInformation(16384, "1.2.3.4"))
    line.say(stage.report())
    line.hear()
    end(stage, line)


@reporter("FAIL", ["association.proposed-ids"])
def reports_on_even_numbers(stage: Stage) -> None:
    line = stage.associate(contexts=(p.ProposedContext(2, COMMITMENT, (IMPLICIT_LITTLE,)),))
    line.say(stage.report(context=2))
    line.hear()
    end(stage, line)


@reporter("FAIL", ["dimse.presentation-context"])
def reports_on_no_context(stage: Stage) -> None:
    line = stage.associate()
    line.say(stage.report(context=55))
    line.hear()
    end(stage, line)


@reporter("FAIL", ["association.default-syntax-proposed"])
def reports_in_explicit_vr_alone(stage: Stage) -> None:
    line = stage.associate(contexts=(p.ProposedContext(1, COMMITMENT, (EXPLICIT_LITTLE,)),))
    line.say(stage.report(syntax=EXPLICIT_LITTLE))
    line.hear()
    end(stage, line)


@reporter("PASS|WARN")
def reports_twice_on_one_association(stage: Stage) -> None:
    line = stage.associate()
    for number in (1, 2):
        line.say(stage.report(number))
        line.hear()
    end(stage, line)


@reporter("PASS|WARN")
def reports_on_three_associations(stage: Stage) -> None:
    for _ in range(3):
        stage.right()


@reporter("PASS|WARN|FAIL|INCONCLUSIVE", may=["association.release", "dimse.one-final-response"], heavy=True)
def reports_for_ever(stage: Stage) -> None:
    line = stage.associate()
    while True:
        line.say(stage.report())
        line.hear()


@reporter("FAIL", ["dimse.dataset-well-formed"], may=["commitment.failure-reason", "commitment.union"])
def reports_with_an_element_cut_off(stage: Stage) -> None:
    line = stage.associate()
    line.say(stage.report(dataset=encode(stage.content, IMPLICIT_LITTLE)[:-6]))
    line.hear()
    end(stage, line)


@reporter("INCONCLUSIVE", may=[])
def reports_half_and_closes(stage: Stage) -> None:
    line = stage.associate()
    line.say(stage.report()[:100])
    line.close()


@reporter("PASS|WARN")
def comes_back_after_a_failure(stage: Stage) -> None:
    line = stage.associate()
    line.say(stage.report()[:100])
    line.reset()
    stage.right()


@reporter("PASS", may=["association.stray-well-formed"])
def comes_back_after_a_malformed_request(stage: Stage) -> None:
    line = stage.call()
    line.say(raw(1, bytes(40)))
    stage.right()


@reporter("PASS|WARN")
def opens_five_associations_and_reports_on_the_last(stage: Stage) -> None:
    for _ in range(5):
        stage.associate()
    stage.right()


@reporter("INCONCLUSIVE")
def never_reports(stage: Stage) -> None:
    stage.associate().silence()


@reporter("FAIL", ["commitment.transaction-uid"])
def reports_on_another_transaction_with_our_instances(stage: Stage) -> None:
    other = Dataset()
    other.update(stage.content)
    other.TransactionUID = "1.2.3.4"
    line = stage.associate()
    line.say(stage.report(dataset=encode(other, IMPLICIT_LITTLE)))
    line.hear()
    end(stage, line)


@reporter("PASS")
def splits_its_report_into_small_pieces(stage: Stage) -> None:
    whole = stage.report()
    head = whole[: 6 + int.from_bytes(whole[2:6], "big")]
    line = stage.associate()
    line.say(head, pdata(1, False, encode(stage.content, IMPLICIT_LITTLE), room=26))
    line.hear()
    end(stage, line)


@reporter("PASS|WARN", early=True)
def reports_before_the_request_is_answered(stage: Stage) -> None:
    stage.right()


@reporter("INCONCLUSIVE|WARN")
def reports_too_late(stage: Stage) -> None:
    if not stage.ending.wait(2.3):
        stage.right()


@reporter("PASS|WARN")
def reports_just_in_time(stage: Stage) -> None:
    if not stage.ending.wait(1.4):
        stage.right()


@reporter("PASS|WARN")
def asks_for_an_echo_and_then_reports(stage: Stage) -> None:
    line = stage.associate()
    line.say(message(3, {"CommandField": 0x0030, "MessageID": 1, "AffectedSOPClassUID": VERIFICATION}))
    line.hear()
    line.say(stage.report(2))
    line.hear()
    end(stage, line)


@reporter("FAIL", ["commitment.event-type"])
def reports_an_event_of_65535(stage: Stage) -> None:
    line = stage.associate()
    line.say(stage.report(EventTypeID=0xFFFF))
    line.hear()
    end(stage, line)


@reporter("FAIL", ["commitment.well-known-instance"])
def reports_on_an_instance_in_markup(stage: Stage) -> None:
    line = stage.associate()
    line.say(stage.report(AffectedSOPInstanceUID="<script>alert(1)</script>"))
    line.hear()
    end(stage, line)


@reporter("FAIL", ["dimse.command-set-encoding"])
def reports_in_a_command_set_that_lies(stage: Stage) -> None:
    whole = bytearray(stage.report())
    whole[20:24] = b"\xff\xff\xff\x7f"
    line = stage.associate()
    line.say(bytes(whole))
    line.hear()
    end(stage, line)


@reporter("INCONCLUSIVE", may=[])
def announces_a_report_and_sends_none(stage: Stage) -> None:
    line = stage.associate()
    line.say(stage.report()[: 6 + int.from_bytes(stage.report()[2:6], "big")])
    line.silence()
