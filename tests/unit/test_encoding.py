"""pydicom data sets to bytes and back in the native transfer syntaxes."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from scansim.encoding import TRANSFER_SYNTAXES, decode, encode
from scansim.wire import dataset as ds

NATIVE = [ds.IMPLICIT_LITTLE, ds.EXPLICIT_LITTLE, ds.EXPLICIT_BIG]


def example() -> Dataset:
    out = Dataset()
    out.SpecificCharacterSet = "ISO_IR 192"
    out.PatientName = "Prüfling^Öde"
    out.Rows = 512
    item = Dataset()
    item.ScheduledStationAETitle = "CT1"
    out.ScheduledProcedureStepSequence = [item]
    return out


@pytest.mark.parametrize("syntax", NATIVE)
def test_there_and_back(syntax):
    assert decode(encode(example(), syntax), syntax) == example()


@pytest.mark.parametrize("syntax", NATIVE)
def test_the_lenient_reader_reads_the_same(syntax):
    found = ds.read(encode(example(), syntax), syntax)
    assert found.problems == ()
    assert (found.text("PatientName"), found.text("Rows")) == ("Prüfling^Öde", "512")


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=60), st.sampled_from(NATIVE))
def test_bytes_that_are_no_data_set_raise_nothing_but_value_error(data, syntax):
    with contextlib.suppress(ValueError):
        assert isinstance(decode(data, syntax), Dataset)


def test_what_we_propose_has_the_default_syntax_in_it():
    assert ds.IMPLICIT_LITTLE in TRANSFER_SYNTAXES
