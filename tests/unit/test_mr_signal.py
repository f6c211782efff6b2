"""Signal equations, noise and maps: against values worked out by hand and the known statistics of magnitude noise."""

from __future__ import annotations

from math import exp, log, pi, sqrt

import numpy as np
import pytest

from scansim.images import mr_signal as physics
from scansim.images.tissue import INDEX, TISSUES

T1_WEIGHTED = physics.Technique("spin-echo", tr=560)
T2_WEIGHTED = physics.Technique("turbo-spin-echo", tr=4800)
FLAIR = physics.Technique("inversion-recovery", tr=9000, ti=2370)
DWI = physics.Technique("diffusion", tr=5200, fat_saturation=True)


def signals(technique, te, *names, b=0.0):
    return [technique.signal(TISSUES[name], te, b) for name in names]


def test_a_spin_echo_recovers_with_t1_and_decays_with_t2():
    assert physics.spin_echo(1, t1=1000, t2=100, tr=1000 * log(2), te=100 * log(2)) == pytest.approx(0.25)
    assert physics.spin_echo(0.8, t1=1000, t2=100, tr=1e6, te=0) == pytest.approx(0.8)


def test_a_gradient_echo_is_brightest_at_the_ernst_angle():
    angle = physics.ernst_angle(1000, 100)
    assert np.cos(np.radians(angle)) == pytest.approx(exp(-0.1))
    best = physics.gradient_echo(1, 1000, 50, 100, 5, angle)
    assert best > physics.gradient_echo(1, 1000, 50, 100, 5, angle - 1)
    assert best > physics.gradient_echo(1, 1000, 50, 100, 5, angle + 1)
    # at 90 degrees it is a saturation recovery
    assert physics.gradient_echo(1, 1000, 50, 100, 0, 90) == pytest.approx(1 - exp(-0.1))


def test_an_inversion_recovery_is_a_magnitude_and_nulls_at_its_time():
    # with TR much longer than T1 the null lies at T1 ln 2
    assert physics.inversion_recovery(1, 1000, 1e9, 1e6, 0, 1000 * log(2)) == pytest.approx(0, abs=1e-6)
    assert physics.inversion_recovery(1, 1000, 1e9, 1e6, 0, 0) == pytest.approx(1)
    assert physics.inversion_recovery(1, 1000, 1e9, 1e6, 0, 300) > 0


def test_diffusion_damps_by_b_times_adc():
    assert physics.diffusion_damping(0.7, 1000) == pytest.approx(exp(-0.7))
    assert physics.diffusion_damping(3.0, 0) == 1


def test_contrasts_are_those_that_radiologists_know():
    fluid, white, grey = signals(T1_WEIGHTED, 12, "fluid", "white matter", "grey matter")
    assert fluid < grey < white
    fluid, white, grey, lesion = signals(T2_WEIGHTED, 96, "fluid", "white matter", "grey matter", "lesion")
    assert white < grey < lesion < fluid
    fluid, white, grey, lesion = signals(FLAIR, 110, "fluid", "white matter", "grey matter", "lesion")
    assert fluid < 0.1 * white < white < grey < lesion
    fluid, white, stroke = signals(DWI, 88, "fluid", "white matter", "stroke", b=1000)
    assert fluid < white < 0.5 * stroke


def test_fat_saturation_takes_fat_and_leaves_water():
    with_fat = physics.Technique("spin-echo", tr=560)
    without = physics.Technique("spin-echo", tr=560, fat_saturation=True)
    assert without.signal(TISSUES["fat"], 12) < 0.06 * with_fat.signal(TISSUES["fat"], 12)
    assert without.signal(TISSUES["muscle"], 12) == with_fat.signal(TISSUES["muscle"], 12)


def test_a_gradient_echo_decays_faster_than_a_spin_echo():
    spin, gradient = physics.Technique("spin-echo", tr=9000), physics.Technique("gradient-echo", tr=9000, flip=90)
    white = TISSUES["white matter"]
    assert gradient.signal(white, 40) / gradient.signal(white, 10) < spin.signal(white, 40) / spin.signal(white, 10)


def test_the_table_has_each_tissue_in_the_order_of_labels():
    table = T1_WEIGHTED.table(12)
    assert table.shape == (len(TISSUES),)
    assert table[INDEX["fat"]] == pytest.approx(T1_WEIGHTED.signal(TISSUES["fat"], 12))
    assert table[INDEX["air"]] == 0
    assert np.all((table >= 0) & (table <= 1))


def test_noise_falls_with_volume_and_averages():
    level = physics.noise_level(5, 256, 1, 130)
    assert physics.noise_level(10, 256, 1, 130) == pytest.approx(level / 2)
    assert physics.noise_level(5, 256, 4, 130) == pytest.approx(level / 2)
    assert physics.noise_level(5, 256, 1, 4 * 130) == pytest.approx(level * 2)
    white = T1_WEIGHTED.signal(TISSUES["white matter"], 12)
    assert 25 < white / level < 60  # the SNR that such an image has


def test_noise_is_rician():
    shape = (256, 256)
    rician = physics.Rician(np.random.default_rng(1), 256 * 256)
    sigma = 20.0
    background = rician.add(np.zeros(shape, dtype=np.float32), sigma, 3)
    assert background.mean() == pytest.approx(sigma * sqrt(pi / 2), rel=0.02)  # Rayleigh
    assert background.std() == pytest.approx(sigma * sqrt(2 - pi / 2), rel=0.02)
    bright = rician.add(np.full(shape, 1000, dtype=np.float32), sigma, 3)
    assert bright.mean() == pytest.approx(sqrt(1000**2 + sigma**2), rel=0.001)  # nearly Gaussian
    assert bright.std() == pytest.approx(sigma, rel=0.02)


def test_the_noise_of_an_image_is_reproducible_and_its_own():
    rician = physics.Rician(np.random.default_rng(1), 64 * 64)
    signal = np.full((64, 64), 100, dtype=np.float32)
    first, again, other = (rician.add(signal, 5, number) for number in (7, 7, 8))
    assert np.array_equal(first, again)
    assert abs(np.corrcoef(first.ravel(), other.ravel())[0, 1]) < 0.1
    assert np.array_equal(signal, np.full((64, 64), 100))  # left as it was


def test_stored_values_have_twelve_bits():
    values = physics.stored(np.array([0.4, 0.6, 4095.2, 9999], dtype=np.float32))
    assert values.tolist() == [0, 1, 4095, 4095]
    assert values.dtype == np.dtype("<u2")


def test_an_adc_is_fitted_from_what_was_stored():
    unweighted = np.full((4, 4), 2000, dtype=np.uint16)
    unweighted[0, 0] = 10
    weighted = [(b, (2000 * np.exp(-b * 0.8e-3) + 0.5 * np.ones((4, 4))).astype(np.uint16)) for b in (500.0, 1000.0)]
    coefficient = physics.apparent_diffusion(unweighted, weighted, threshold=50)
    assert coefficient[0, 0] == 0
    assert np.allclose(coefficient[1:], 800, atol=2)


def test_a_trace_image_is_the_geometric_mean():
    images = [np.full((2, 2), value, dtype=np.uint16) for value in (100, 200, 400)]
    assert physics.geometric_mean(images).tolist() == [[200, 200], [200, 200]]


def test_rf_power_rises_with_pulses_and_falls_with_tr():
    spin = physics.absorption_rate(560, 20, [90, 180])
    assert physics.absorption_rate(1120, 20, [90, 180]) == pytest.approx(spin / 2)
    assert physics.absorption_rate(560, 20, [90, *[180] * 16]) > 10 * spin
    assert 0 < spin < 2  # W/kg, the limit of the normal operating mode
