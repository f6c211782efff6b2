"""Refused contexts by their causes: few entries for many pairs, the same ones each time, and every pair in one."""

from __future__ import annotations

import random

import pytest

from scanproof.context_causes import Pair, causes
from scansim.vocabulary.uids import MPPS, SOP_CLASSES, TRANSFER_SYNTAXES, VERIFICATION, WORKLIST, is_storage_class
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE

NATIVE = (IMPLICIT_LITTLE, EXPLICIT_LITTLE)
COMPRESSED = tuple(uid for uid in TRANSFER_SYNTAXES if uid.startswith("1.2.840.10008.1.2.4"))
STORAGE = tuple(filter(is_storage_class, SOP_CLASSES))
SERVICES = tuple(uid for uid in SOP_CLASSES if "FIND" in uid or ".5.1.4.1.2." in uid)[:8]
HTJ2K, JPEG = COMPRESSED[-5:], COMPRESSED[:5]


def offered(classes: tuple[str, ...], syntaxes: tuple[str, ...], result: int = 0) -> dict[Pair, int]:
    return {(sop_class, syntax): result for sop_class in classes for syntax in syntaxes}


def told(results: dict[Pair, int]) -> list[str]:
    """The causes in words, after a look whether each refused pair is in just one."""
    found = causes(results)
    pairs = [pair for cause in found for pair in cause.pairs]
    assert sorted(pairs) == sorted(pair for pair, result in results.items() if result)
    assert found == causes(dict(results))
    return [cause.text for cause in found]


def test_nothing_refused_is_no_cause() -> None:
    assert told(offered(STORAGE[:5], NATIVE)) == []


def test_250_refused_pairs_of_services_that_take_nothing_compressed_are_one() -> None:
    results = {
        **offered(STORAGE[:40], (*NATIVE, *COMPRESSED)),
        **offered(SERVICES, NATIVE),
        **offered(SERVICES, COMPRESSED[:32], 4),
    }
    assert sum(map(bool, results.values())) == 256
    (text,) = told(results)
    assert text.startswith("8 SOP Classes (")
    assert "take only uncompressed Transfer Syntaxes, and not 32 others" in text
    assert text.endswith("result 4, transfer syntaxes not supported")


def test_the_same_holds_where_nobody_takes_anything_compressed() -> None:
    (text,) = told({**offered(STORAGE[:9], NATIVE), **offered(STORAGE[:9], COMPRESSED[:4], 4)})
    assert text.startswith("9 SOP Classes (")
    assert "take only uncompressed" in text


def test_classes_of_a_service_that_are_refused_altogether_are_one() -> None:
    unknown, known = STORAGE[:3], STORAGE[3:20]
    (text,) = told({**offered(known, (*NATIVE, *JPEG)), **offered(unknown, (*NATIVE, *JPEG), 3)})
    assert "are refused in whatever they were offered in: result 3, abstract syntax not supported" in text


def test_two_services_that_are_refused_are_two() -> None:
    texts = told({**offered((WORKLIST, MPPS), NATIVE, 3), **offered((VERIFICATION,), NATIVE)})
    assert [text.partition(" is refused")[0] for text in texts] == [
        "Modality Worklist Information Model - FIND",
        "Modality Performed Procedure Step SOP Class",
    ]


def test_syntaxes_that_no_class_takes_are_one() -> None:
    classes = STORAGE[:12]
    (text,) = told({**offered(classes, (*NATIVE, *JPEG)), **offered(classes, HTJ2K, 4)})
    assert text.startswith("5 Transfer Syntaxes (")
    assert "are taken for none of 12 SOP Classes" in text


def test_a_class_that_was_offered_in_none_but_those_is_not_told_again() -> None:
    known, new = STORAGE[:12], STORAGE[12:13]
    results = {**offered(known, (*NATIVE, *JPEG)), **offered((*known, *new), HTJ2K, 4)}
    (text,) = told(results)
    assert "are taken for none of 13 SOP Classes" in text


def test_one_class_in_one_syntax() -> None:
    results = offered(STORAGE[:12], (*NATIVE, *JPEG))
    results[STORAGE[4], JPEG[2]] = 4
    (text,) = told(results)
    assert text.count("refused in") == 1
    assert "SOP Classes" not in text


def test_four_causes_at_once_are_four_entries() -> None:
    results = {
        **offered(STORAGE[:60], (*NATIVE, *JPEG)),
        **offered(STORAGE[:60], HTJ2K, 4),
        **offered(STORAGE[60:63], (*NATIVE, *JPEG, *HTJ2K), 3),
        **offered(SERVICES, NATIVE),
        **offered(SERVICES, (*JPEG, *HTJ2K), 4),
    }
    results[STORAGE[9], JPEG[0]] = 4
    assert len(told(results)) == 4


@pytest.mark.parametrize("seed", range(3))
def test_what_has_nothing_in_common_is_few_entries_all_the_same(seed: int) -> None:
    luck = random.Random(seed)
    results = {pair: luck.choice((0, 0, 3, 4)) for pair in offered(STORAGE[:60], TRANSFER_SYNTAXES)}
    texts = told(results)
    assert len(texts) < 12
    assert max(map(len, texts)) < 1000


def test_all_of_the_dictionary_is_quick_and_few() -> None:
    results = dict.fromkeys(offered(SOP_CLASSES, TRANSFER_SYNTAXES), 3)
    assert len(told(results)) < 10  # a service each


def test_different_results_are_told() -> None:
    results = {
        **offered(STORAGE[:5], NATIVE),
        **offered(STORAGE[:3], JPEG[:1], 4),
        **offered(STORAGE[3:5], JPEG[:1], 1),
    }
    (text,) = told(results)
    assert text.endswith("results 1, user rejection; 4, transfer syntaxes not supported")
