"""The oracle of the archive by itself, and against the matching of the reference target, which knows nothing of it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from pydicom.dataset import Dataset

from scanproof.evidence.known import held_of
from scanproof.evidence.oracle import UNKNOWN, EntityOracle, Kind, Outcome, answered, known
from scansim.reference.matching import Matcher
from scansim.wire.dataset import EXPLICIT_LITTLE, DataSet, read
from scansim.wire.encoding import decode
from tests.support.building import encode

OUT, UNLIKELY, UNDECIDED, FREE, LIKELY, IN = Outcome
UTF8 = {"SpecificCharacterSet": "ISO_IR 192"}


def level(values: dict[str, object]) -> Dataset:
    ds = Dataset()
    for name, value in values.items():
        setattr(ds, name, value)
    return ds


def wire(ds: Dataset) -> DataSet:
    return read(encode(ds, EXPLICIT_LITTLE), EXPLICIT_LITTLE)


def oracle(keys: dict[str, object], at: str = "STUDY", *, patient_root: bool = False, **how: bool) -> EntityOracle:
    return EntityOracle(wire(level({"QueryRetrieveLevel": at, **keys})), patient_root=patient_root, **how)


def outcome(keys: dict[str, object], entity: dict[str, object], at: str = "STUDY", **how: bool) -> Outcome:
    """What the oracle says of keys and an entity that is known whole."""
    return oracle(keys, at, **how).outcome(known(held_of(wire(level(entity))), whole=True))


CASES: list[tuple[str, dict[str, object], dict[str, object], Outcome]] = [
    ("equal", {"PatientID": "A1"}, {"PatientID": "A1"}, IN),
    ("case of an ID", {"PatientID": "a1"}, {"PatientID": "A1"}, OUT),
    ("a study", {"StudyInstanceUID": "1.2"}, {"StudyInstanceUID": "1.2"}, IN),
    ("another study", {"StudyInstanceUID": "1.2"}, {"StudyInstanceUID": "1.3"}, OUT),
    ("a list of studies", {"StudyInstanceUID": ["1.2", "1.3"]}, {"StudyInstanceUID": "1.3"}, IN),
    ("none of a list", {"StudyInstanceUID": ["1.2", "1.3"]}, {"StudyInstanceUID": "1.4"}, OUT),
    # --- what is not known: the opposite of a worklist
    ("unknown", {"AccessionNumber": "A1"}, {"AccessionNumber": ""}, IN),
    ("absent", {"AccessionNumber": "A1"}, {}, IN),
    ("unknown in a range", {"StudyDate": "20260101-"}, {"StudyDate": ""}, IN),
    ("unknown for a wild card", {"StudyID": "A*"}, {"StudyID": ""}, IN),
    ("unknown, of a list", {"StudyInstanceUID": "1.2"}, {"StudyInstanceUID": ""}, UNDECIDED),  # no entity at all
    ("unknown and something else", {"AccessionNumber": "A1", "PatientID": "1"}, {"PatientID": "2"}, OUT),
    # --- optional keys
    ("optional", {"StudyDescription": "HEAD"}, {"StudyDescription": "HEAD"}, IN),
    ("optional and other", {"StudyDescription": "HEAD"}, {"StudyDescription": "KNEE"}, FREE),
    ("optional and unknown", {"StudyDescription": "HEAD"}, {"StudyDescription": ""}, LIKELY),
    ("optional wild card", {"StudyDescription": "H*"}, {"StudyDescription": "HEAD"}, LIKELY),
    ("optional and of several", {"ModalitiesInStudy": "MR"}, {"ModalitiesInStudy": ["CT", "MR"]}, LIKELY),
    ("optional, none of several", {"ModalitiesInStudy": "US"}, {"ModalitiesInStudy": ["CT", "MR"]}, FREE),
    # --- wild cards, ranges
    ("one character", {"AccessionNumber": "A?"}, {"AccessionNumber": "A1"}, IN),
    ("one character too many", {"AccessionNumber": "A?"}, {"AccessionNumber": "A12"}, OUT),
    ("a lone star", {"AccessionNumber": "*"}, {"AccessionNumber": "A12"}, IN),
    ("a lone star and nothing", {"AccessionNumber": "*"}, {"AccessionNumber": ""}, IN),
    ("a wild card in a name", {"PatientName": "D*"}, {"PatientName": "Doe^Jane"}, LIKELY),
    ("a name in capitals", {"PatientName": "DOE^JANE"}, {"PatientName": "Doe^Jane"}, FREE),
    ("last day", {"StudyDate": "20260102-20260104"}, {"StudyDate": "20260104"}, IN),
    ("day after", {"StudyDate": "20260102-20260104"}, {"StudyDate": "20260105"}, OUT),
    ("time by meaning", {"StudyTime": "193000-194000"}, {"StudyTime": "1930"}, IN),
    # --- date and time are two ranges: in a worklist they are one
    (
        "between the days",
        {"StudyDate": "20260101-20260103", "StudyTime": "2200-2300"},
        {"StudyDate": "20260102", "StudyTime": "1200"},
        OUT,
    ),
    (
        "in both ranges",
        {"StudyDate": "20260101-20260103", "StudyTime": "1000-1300"},
        {"StudyDate": "20260103", "StudyTime": "1200"},
        IN,
    ),
    # --- keys of other levels
    ("of a level below", {"SeriesNumber": "3"}, {"SeriesNumber": "4"}, UNDECIDED),
    # --- sequences
    ("no item", {"ProcedureCodeSequence": []}, {}, IN),
    ("an empty item", {"ProcedureCodeSequence": [Dataset()]}, {}, IN),
    (
        "a code",
        {"ProcedureCodeSequence": [level({"CodeValue": "A"})]},
        {"ProcedureCodeSequence": [level({"CodeValue": "B"}), level({"CodeValue": "A"})]},
        IN,
    ),
    (
        "another code",
        {"ProcedureCodeSequence": [level({"CodeValue": "A"})]},
        {"ProcedureCodeSequence": [level({"CodeValue": "B"})]},
        FREE,
    ),
    ("a code and none", {"ProcedureCodeSequence": [level({"CodeValue": "A"})]}, {}, LIKELY),
    ("two items", {"ProcedureCodeSequence": [level({"CodeValue": "A"})] * 2}, {}, UNDECIDED),
]


@pytest.mark.parametrize(("keys", "entity", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_what_an_entity_comes_to(keys: dict[str, object], entity: dict[str, object], expected: Outcome) -> None:
    assert outcome(keys, entity) is expected


def test_patient_id_is_required_in_study_root_and_unique_in_patient_root() -> None:
    assert outcome({"PatientID": "A1"}, {"PatientID": ""}) is IN
    assert outcome({"PatientID": "A1"}, {"PatientID": ""}, patient_root=True) is UNDECIDED
    assert outcome({"PatientID": "A1"}, {"PatientID": "A2"}, patient_root=True) is OUT


def test_a_key_of_a_level_above_decides_nothing_but_for_the_unique_one() -> None:
    keys = {"StudyInstanceUID": "1.2", "SeriesNumber": "3"}
    assert outcome(keys, {"StudyInstanceUID": "1.2", "SeriesNumber": "3"}, "SERIES") is IN
    assert outcome(keys, {"StudyInstanceUID": "1.3", "SeriesNumber": "3"}, "SERIES") is OUT
    assert outcome({"StudyInstanceUID": "1.2", "PatientName": "X"}, {"StudyInstanceUID": "1.2"}, "SERIES") is UNDECIDED


def test_required_keys_of_each_level() -> None:
    rows = [
        ("PATIENT", True, "PatientName", OUT),
        ("PATIENT", True, "PatientBirthDate", FREE),
        ("STUDY", True, "PatientName", UNDECIDED),  # of the level above
        ("STUDY", False, "PatientName", OUT),
        ("STUDY", True, "AccessionNumber", OUT),
        ("SERIES", False, "Modality", OUT),
        ("SERIES", True, "SeriesDescription", FREE),
        ("IMAGE", True, "InstanceNumber", OUT),
        ("IMAGE", False, "SOPClassUID", FREE),
    ]
    values = {"PatientBirthDate": ("20260101", "20260102"), "SOPClassUID": ("1.2", "1.3"), "InstanceNumber": ("1", "2")}
    for at, patient_root, name, expected in rows:
        wanted, held = values.get(name, ("XAVER", "YVES"))
        assert outcome({name: wanted}, {name: held}, at, patient_root=patient_root) is expected, (at, name)


def test_an_account_says_what_was_not_known() -> None:
    (seen,) = oracle({"AccessionNumber": "A1"}).account(known(held_of(wire(level({"StudyID": "1"}))), whole=True))
    assert (seen.path, seen.held, seen.outcome, seen.why, seen.required) == ("AccessionNumber", "", IN, UNKNOWN, True)


def test_what_an_answer_left_out_decides_nothing() -> None:
    keys = oracle({"PatientID": "1", "AccessionNumber": "A"})
    assert keys.outcome(answered(wire(level({"PatientID": "1"})))) is UNDECIDED
    assert keys.outcome(answered(wire(level({"PatientID": "2"})))) is OUT


def test_private_keys_are_free_and_universal_ones_none() -> None:
    ds = level({"QueryRetrieveLevel": "STUDY", "PatientID": "1", "StudyDate": None})
    ds.private_block(0x0009, "SCANPROOF", create=True).add_new(1, "LO", "x")
    keys = EntityOracle(wire(ds), patient_root=False)
    account = keys.account(known(held_of(wire(level({"PatientID": "1"}))), whole=True))
    assert [(seen.kind, seen.outcome) for seen in account] == [
        (Kind.PRIVATE, FREE),
        (Kind.PRIVATE, FREE),
        (Kind.SINGLE, IN),
    ]
    assert not keys.by_unique_keys
    assert oracle({"StudyInstanceUID": "1.2", "PatientID": None}).by_unique_keys


# --- against the reference target: an implementation of its own -------------------------------------------------------

DATES = ["20260101", "20260102", "20260103", "20260101-20260102", "20260102-", "-20260102"]
TIMES = ["0900", "090000", "093000", "10", "0900-1000", "093000-100000", "0930-", "-1000", "103000.5"]
TEXTS = ["A", "a", "AB", "ABC", "A B", "Ä", "B", ""]
NAMES = ["Doe^Jane", "DOE^JANE", "Doe^John", "Smith^Bob", "Yamada^Tarou=山田^太郎", "山田^太郎", ""]


def random_level(rng: random.Random, *, keys: bool) -> dict[str, object]:
    """Values of which some match: keys with ranges, lists and wild cards, or an entity without."""
    pools: dict[str, list[object]] = {
        "PatientID": [*TEXTS, "A*"] if keys else [*TEXTS],
        "AccessionNumber": [*TEXTS, "A*", "?B", "*"] if keys else [*TEXTS],
        "PatientName": [*NAMES, "D*", "D?e^Jane", "*"] if keys else [*NAMES],
        "StudyDescription": [*TEXTS],
        "StudyInstanceUID": ["1.2", "1.3", ["1.2", "1.4"], ""] if keys else ["1.2", "1.3", "1.4"],
        "StudyDate": [*DATES, ""] if keys else [*DATES[:3], ""],
        "StudyTime": [*TIMES, ""] if keys else ["09", "0900", "093000", "0930", "100000", "103000.5", ""],
        "ProcedureCodeSequence": [
            [level({"CodeValue": rng.choice(["X", "Y", ""])}) for _ in range(rng.randint(0, 1 if keys else 2))]
        ],
    }
    names = [name for name in pools if not keys or rng.random() < 0.35]
    return {**UTF8, **{name: rng.choice(pools[name]) for name in names}}


def random_levels(seed: int, count: int, *, keys: bool) -> Iterator[bytes]:
    rng = random.Random(seed)
    more = {"QueryRetrieveLevel": "STUDY"} if keys else {}
    return (encode(level({**more, **random_level(rng, keys=keys)}), EXPLICIT_LITTLE) for _ in range(count))


def test_the_reference_target_never_contradicts_the_oracle() -> None:
    """What has to match does, what may not does not; of the rest both are seen."""
    told: dict[Outcome, set[bool]] = {each: set() for each in Outcome}
    encoded = [*random_levels(1, 60, keys=False)]
    entities = [known(held_of(read(each, EXPLICIT_LITTLE)), whole=True) for each in encoded]
    theirs = [decode(each, EXPLICIT_LITTLE) for each in encoded]
    for keys in random_levels(2, 100, keys=True):
        mine = EntityOracle(read(keys, EXPLICIT_LITTLE), patient_root=False)
        matcher = Matcher(decode(keys, EXPLICIT_LITTLE), unknown_matches=True)
        for entity, their in zip(entities, theirs, strict=True):
            said, matched = mine.outcome(entity), matcher.matches(their)
            told[said].add(matched)
            assert matched if said >= LIKELY else not matched or said > UNLIKELY, (mine.account(entity), their)
    assert (told[IN], told[LIKELY], told[OUT]) == ({True}, {True}, {False})
    assert told[FREE] == {True, False}
