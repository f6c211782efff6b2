"""When a module of usage U or C counts as in use: what a lone optional attribute would have asked for is a warning."""

from __future__ import annotations

from io import BytesIO

import pytest
from pydicom import dcmread

from scanproof.iod import Checker
from tests.support.minimal_files import file_of, made

STORAGE = "1.2.840.10008.5.1.4.1.1"
US = f"{STORAGE}.6.1"
#: Class, what is there, what the module of it asks for besides, and how sure that is.
ROWS = [
    (US, {"PositionReferenceIndicator": ""}, "FrameOfReferenceUID", "warning"),
    (US, {"PositionReferenceIndicator": "XY"}, "FrameOfReferenceUID", "error"),
    (US, {"FrameOfReferenceUID": "2.25.77"}, "PositionReferenceIndicator", "error"),
    (US, {"ContrastBolusVolume": "10"}, "ContrastBolusAgent", "warning"),
    (US, {"ContrastBolusVolume": "10", "ContrastBolusAgent": "x"}, "ContrastBolusAgent", None),
    (US, {"SynchronizationTrigger": "SOURCE"}, "AcquisitionTimeSynchronized", "error"),
]


@pytest.fixture(scope="module")
def checker():
    return Checker()


@pytest.mark.parametrize(("uid", "there", "wanted", "level"), ROWS)
def test_what_shows_that_a_module_is_in_use(uid, there, wanted, level, checker):
    ds = dcmread(BytesIO(file_of(made(uid))))
    for name in (*there, wanted):
        ds.pop(name, None)
    for name, value in there.items():
        setattr(ds, name, value)
    found = {finding.tag: finding.level.value for finding in checker.check(ds).findings if "missing" in finding.rule}
    assert found.get(wanted) == level
