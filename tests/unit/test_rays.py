"""Line integrals: those of adding up many planes, without their contour lines."""

from __future__ import annotations

import numpy as np
import pytest

from scansim.images.anatomy import PHANTOMS
from scansim.images.geometry import ORIENTATIONS, Plane
from scansim.images.rays import MOST_SHAPES, _Scene, doubled, halved, integrals
from scansim.images.tissue import TISSUES

WATER = np.array([1 + tissue.hu / 1000 for tissue in TISSUES.values()], dtype=np.float32)
VIEWS = ("coronal", "sagittal")


def plane(view, size=24, pixel=15.3):
    along, down = ORIENTATIONS[view]
    return Plane((3.0, 0.7, -10.2), along, down, (size, size), (pixel, pixel), 1.0)


@pytest.mark.parametrize("name", PHANTOMS)
@pytest.mark.parametrize("view", VIEWS)
def test_a_ray_adds_up_what_the_planes_that_it_crosses_show(name, view):
    film, step = plane(view), 1.0
    planes = (film.moved((index + 0.5) * step - 240) for index in range(round(480 / step)))
    added = sum(PHANTOMS[name].painted(WATER, thin, couch=True) for thin in planes) * step
    exact = integrals(PHANTOMS[name], WATER, film, 480, couch=True)
    assert np.abs(exact - added).mean() < 0.8  # what planes one mm apart are wrong by
    assert np.quantile(np.abs(exact - added), 0.99) < 5  # grazed by the one, missed by the other


def test_a_ray_through_the_middle_of_what_is_known_has_its_length():
    film = plane("coronal", 5, 1.0)
    exact = integrals(PHANTOMS["qc"], WATER, film, 480)
    # 3 mm beside the middle: chords of water, of both inserts, teflon and polyethylene, and of the acrylic wall
    water, inserts, whole = (2 * (radius**2 - 3**2) ** 0.5 for radius in (100, 12, 105))
    expected = water - 2 * inserts + inserts * (1.95 + 0.905) + (whole - water) * 1.12
    assert exact[2, 2] == pytest.approx(expected, abs=0.01)
    outside = Plane((0.0, 0.0, 500.0), film.along, film.down, (3, 3), (1.0, 1.0), 1.0)
    assert not integrals(PHANTOMS["qc"], WATER, outside, 480).any()
    assert integrals(PHANTOMS["qc"], WATER + 1, outside, 480) == pytest.approx(480)


@pytest.mark.parametrize("name", PHANTOMS)
@pytest.mark.parametrize("view", VIEWS)
def test_no_row_meets_more_shapes_than_a_float_tells_apart(name, view):
    phantom, film = PHANTOMS[name], plane(view, 90, 4.0)
    scene = _Scene((*phantom.couch, *phantom.shapes), film)
    assert max(len(scene._met(row, 240)[0]) for row in range(90)) < MOST_SHAPES


@pytest.mark.parametrize("shape", [(64, 64), (63, 65), (2, 1)])
def test_half_as_many_rays_lie_where_the_pixels_between_them_are(shape):
    along, down = ORIENTATIONS["coronal"]
    fine = Plane((1.0, 2.0, 3.0), along, down, shape, (1.0, 2.0), 1.0)
    coarse = halved(fine)
    first = np.array(fine.position) + 0.5 * np.array(down) * 1.0 + 0.5 * np.array(along) * 2.0
    assert coarse.position == pytest.approx(first)
    ramp = np.add.outer(np.arange(coarse.shape[0]), np.arange(coarse.shape[1])).astype(np.float32)
    image = doubled(ramp, shape)
    assert image.shape == shape
    rows, columns = np.indices(shape)
    inner = (slice(1, -1), slice(1, -1))
    assert image[inner] == pytest.approx(((rows - 0.5) / 2 + (columns - 0.5) / 2)[inner])
