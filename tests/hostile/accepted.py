"""A-ASSOCIATE-ACs whose Presentation Contexts or User Information say what they should not."""

from __future__ import annotations

from dataclasses import replace

from scansim.vocabulary.uids import COMMITMENT, VERIFICATION
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_BIG
from tests.hostile.peers import Act, Line, behaviour, variants

RQ = "A-ASSOCIATE-RQ"
BAD_PDU = "association.pdu-well-formed"
ANSWERED = "association.answered-properly"


# --- contexts ---------------------------------------------------------------------------------------------------------


@behaviour(RQ, "echo", "WARN")
def accepts_nothing_that_was_proposed(line: Line, _: object) -> None:
    line.say(line.ac(contexts=tuple(replace(c, result=3) for c in line.ac().contexts)))


@behaviour(RQ, "worklist", "FAIL", ["site.service-offered"])
def rejects_every_context_by_the_user(line: Line, _: object) -> None:
    line.say(line.ac(contexts=tuple(replace(c, result=1) for c in line.ac().contexts)))


@behaviour(RQ, "echo", "FAIL", ["association.accepted-syntax-offered"])
def accepts_in_a_syntax_that_was_not_proposed(line: Line, _: object) -> None:
    line.say(line.ac(contexts=tuple(replace(c, transfer_syntax=EXPLICIT_BIG) for c in line.ac().contexts)))


@behaviour(RQ, "echo", "FAIL", ["association.accepted-syntax-offered"], may=[BAD_PDU])
def accepts_in_no_syntax(line: Line, _: object) -> None:
    line.say(line.ac(contexts=tuple(replace(c, transfer_syntax=None) for c in line.ac().contexts)))


@behaviour(RQ, "echo", "FAIL", ["association.accepted-syntax-offered"], may=[BAD_PDU])
def accepts_in_a_syntax_of_60000_letters(line: Line, _: object) -> None:
    line.say(line.ac(contexts=tuple(replace(c, transfer_syntax="9" * 60_000) for c in line.ac().contexts)))


@behaviour(RQ, "echo", "FAIL", ["association.context-results"])
def accepts_what_was_never_proposed(line: Line, _: object) -> None:
    line.say(line.ac(contexts=(*line.ac().contexts, p.ContextResult(251, 0, "1.2.840.10008.1.2"))))


@behaviour(RQ, "echo", "FAIL", ["association.context-results"])
def accepts_even_numbers(line: Line, _: object) -> None:
    line.say(line.ac(contexts=tuple(replace(c, context_id=c.context_id + 1) for c in line.ac().contexts)))


@behaviour(RQ, "worklist", "FAIL", ["association.context-results"], may=["site.service-offered"])
def answers_for_no_context(line: Line, _: object) -> None:
    line.say(line.ac(contexts=()))


def results_in(number: int) -> Act:
    def act(line: Line, _: object) -> None:
        line.say(line.ac(contexts=tuple(replace(c, result=number) for c in line.ac().contexts)))

    return act


variants(
    RQ,
    "worklist",
    "FAIL",
    ["association.context-result-defined", "site.service-offered"],
    results_in,
    five=5,
    all_bits=255,
)


@behaviour(
    RQ,
    "worklist",
    "FAIL",
    ["association.context-results"],
    may=["association.default-syntax-accepted", "site.service-offered"],
)
def accepts_and_rejects_the_same_context(line: Line, _: object) -> None:
    right = line.ac().contexts
    line.say(line.ac(contexts=(*right, *(replace(c, result=4) for c in right))))


# --- user information -------------------------------------------------------------------------------------------------


def states_a_room_of(length: int) -> Act:
    def act(line: Line, _: object) -> None:
        line.say(line.user(max_length=length))

    return act


variants(
    RQ, "worklist", "WARN", [], states_a_room_of,
    one=(1, "INCONCLUSIVE", []), seven=(7, "INCONCLUSIVE", []), two=(2, "INCONCLUSIVE", []),
    odd=(8191, "PASS", []), none=(0, "PASS", []), all_bits=(0xFFFFFFFF, "PASS", []), eight=(8, "PASS", []),
)  # fmt: skip


@behaviour(RQ, "echo", "FAIL", ["association.max-length-item"])
def states_no_room(line: Line, _: object) -> None:
    line.say(line.user(max_length=None))


@behaviour(RQ, "echo", "FAIL", ["association.max-length-item"], may=[BAD_PDU])
def states_its_room_in_three_bytes(line: Line, _: object) -> None:
    line.say(line.user(max_length=None, other=((0x51, b"\0\x40\0"),)))


@behaviour(RQ, "echo", "FAIL", [BAD_PDU])
def states_its_room_twice(line: Line, _: object) -> None:
    line.say(line.user(other=((0x51, bytes((0, 0, 0, 1))),)))


@behaviour(RQ, "echo", "FAIL", ["association.implementation-class-uid"])
def calls_itself_a_path(line: Line, _: object) -> None:
    line.say(line.user(implementation_class_uid="../../../../tmp/hostile"))


@behaviour(RQ, "echo", "WARN")
def calls_itself_in_colours(line: Line, _: object) -> None:
    line.say(line.user(implementation_version="\x1b]0;owned\x07\x1b[31mRED<script>alert(1)</script>"))


@behaviour(RQ, "echo", "WARN")
def calls_itself_by_60000_letters(line: Line, _: object) -> None:
    line.say(line.user(implementation_version="V" * 60_000))


@behaviour(RQ, "echo", "FAIL", ["association.async-window"])
def allows_operations_without_number(line: Line, _: object) -> None:
    line.say(line.user(async_window=(0, 0)))


@behaviour(RQ, "echo", "FAIL", ["association.user-identity"])
def confirms_a_user_whom_nobody_named(line: Line, _: object) -> None:
    line.say(line.user(other=((0x59, b"\0\x05hello"),)))


@behaviour(RQ, "echo", "FAIL", ["association.role-selection"])
def gives_a_role_that_nobody_asked_for(line: Line, _: object) -> None:
    line.say(line.user(roles=(p.RoleSelection(VERIFICATION, 255, 255),)))


@behaviour(RQ, "echo", "FAIL", [BAD_PDU])
def gives_a_role_to_a_name_beyond_the_end(line: Line, _: object) -> None:
    line.say(line.user(other=((0x54, b"\xff\xff1.2\0\1"),)))


@behaviour(RQ, "commit", "FAIL", may=["commitment.role-selection", "association.role-selection"], fails=[])
def takes_the_requestors_role_from_it(line: Line, _: object) -> None:
    line.say(line.user(roles=(p.RoleSelection(COMMITMENT, 0, 1),)))


@behaviour(RQ, "echo", "WARN")
def swaps_the_titles_for_terminal_escapes(line: Line, _: object) -> None:
    line.say(line.ac(called_ae="\x1b[2J\x1b[H", calling_ae="<img src=x>"))


@behaviour(RQ, "echo", "WARN", may=[])
def names_another_application_context(line: Line, _: object) -> None:
    line.say(line.ac(application_context="1.2.3"))


@behaviour(RQ, "echo", "FAIL", ["association.application-context"], may=[BAD_PDU])
def names_no_application_context(line: Line, _: object) -> None:
    line.say(line.ac(application_context=None))


@behaviour(RQ, "echo", "FAIL", ["association.accepted-version"])
def speaks_version_zero(line: Line, _: object) -> None:
    line.say(line.ac(protocol_version=0))
