"""What an MR scanner measures: signal equations, thermal noise and RF power.

Times are in ms, angles in degrees, diffusion coefficients in 1e-3 mm2/s, b-values in s/mm2. Signals are relative to a
fully relaxed, undamped voxel of water, so they lie between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scansim.images.tissue import TISSUES, Tissue

Signal = NDArray[np.float32]
Stored = NDArray[np.uint16]
Kind = Literal["spin-echo", "turbo-spin-echo", "gradient-echo", "inversion-recovery", "diffusion"]

#: Magnet, in T: the relaxation times of `tissue` are those at this field.
FIELD = 1.5
#: Larmor frequency of 1H, in MHz/T.
LARMOR = 42.577

#: Dephasing by the field's own inhomogeneity, in ms: 1/T2* = 1/T2 + 1/T2', which a spin echo refocuses.
_T2_PRIME = 80.0
#: Noise at 1 T of a voxel of 1 mm3 from one phase encoding step at 1 Hz/pixel, on the signal scale. Chosen for an SNR
#: of about 40 of white matter in a T1 weighted spin echo of 5 mm3, 256 steps and 130 Hz/pixel.
_NOISE = 0.084
#: Highest stored value: 12 bits.
STORED_MAXIMUM = 4095


def spin_echo(density: float, t1: float, t2: float, tr: float, te: float) -> float:
    """Saturation recovery read by a spin echo: PD (1 - exp(-TR/T1)) exp(-TE/T2)."""
    return float(density * (1 - np.exp(-tr / t1)) * np.exp(-te / t2))


def gradient_echo(density: float, t1: float, t2_star: float, tr: float, te: float, flip: float) -> float:
    """Spoiled gradient echo in the steady state (Ernst): PD sin a (1 - E1) / (1 - cos a E1) exp(-TE/T2*)."""
    e1 = np.exp(-tr / t1)
    angle = np.radians(flip)
    return float(density * np.sin(angle) * (1 - e1) / (1 - np.cos(angle) * e1) * np.exp(-te / t2_star))


def inversion_recovery(density: float, t1: float, t2: float, tr: float, te: float, ti: float) -> float:
    """Magnitude of an inversion recovery spin echo: PD |1 - 2 exp(-TI/T1) + exp(-TR/T1)| exp(-TE/T2)."""
    return float(density * abs(1 - 2 * np.exp(-ti / t1) + np.exp(-tr / t1)) * np.exp(-te / t2))


def diffusion_damping(coefficient: float, b: float) -> float:
    """Damping by diffusion gradients: exp(-b ADC), coefficient in 1e-3 mm2/s, b in s/mm2."""
    return float(np.exp(-b * coefficient * 1e-3))


def ernst_angle(t1: float, tr: float) -> float:
    """Flip angle in degrees that gives a spoiled gradient echo the most signal: arccos(exp(-TR/T1))."""
    return float(np.degrees(np.arccos(np.exp(-tr / t1))))


@dataclass(frozen=True)
class Technique:
    """What decides the contrast.

    Parameters
    ----------
    kind : str
        Pulse sequence.
    tr, ti : float
        Repetition Time and Inversion Time in ms; `ti` counts for inversion recovery only.
    flip : float
        Flip Angle in degrees; counts for gradient echoes only, the others excite by 90 degrees.
    fat_saturation : bool
        Whether the signal of lipid is suppressed.
    """

    kind: Kind
    tr: float
    ti: float = 0.0
    flip: float = 90.0
    fat_saturation: bool = False

    def signal(self, tissue: Tissue, te: float, b: float = 0.0) -> float:
        """Signal of a tissue at an echo time in ms and a b-value in s/mm2."""
        if self.kind == "gradient-echo":
            t2_star = 1 / (1 / tissue.t2 + 1 / _T2_PRIME)
            signal = gradient_echo(tissue.density, tissue.t1, t2_star, self.tr, te, self.flip)
        elif self.kind == "inversion-recovery":
            signal = inversion_recovery(tissue.density, tissue.t1, tissue.t2, self.tr, te, self.ti)
        else:
            signal = spin_echo(tissue.density, tissue.t1, tissue.t2, self.tr, te)
        if self.fat_saturation:
            signal *= 1 - 0.95 * tissue.lipid
        return signal * diffusion_damping(tissue.diffusion, b)

    def table(self, te: float, b: float = 0.0) -> Signal:
        """Signal of every tissue, in the order of `tissue.NAMES`: what labels are looked up in."""
        return np.array([self.signal(tissue, te, b) for tissue in TISSUES.values()], dtype=np.float32)


def noise_level(voxel: float, phase_steps: int, averages: int, bandwidth: float) -> float:
    """Standard deviation of the noise in each of the two receiver channels, on the signal scale.

    SNR rises with the voxel's volume and with the square root of the time that the receiver listens.

    Parameters
    ----------
    voxel : float
        Volume of a voxel in mm3.
    phase_steps, averages : int
        Number of Phase Encoding Steps and Number of Averages.
    bandwidth : float
        Pixel Bandwidth in Hz/pixel.
    """
    return _NOISE / (FIELD * voxel * sqrt(phase_steps * averages / bandwidth))


def absorption_rate(tr: float, slices: int, pulses: Sequence[float]) -> float:
    """Whole body SAR in W/kg of a pulse train of flip angles in degrees, played per slice in every TR (in ms).

    Proportional to the squares of field and angles (PS3.3 C.8.3.1: SAR (0018,1316)); the factor is a plausible one.
    """
    return 1.5e-4 * FIELD**2 * slices * sum(angle**2 for angle in pulses) / tr


class Rician:
    """Noise of magnitude images: sqrt((S + n1)^2 + n2^2), with n1 and n2 from a bank of Gaussian numbers.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the bank comes from.
    pixels : int
        Pixels of the largest image.
    """

    _LENGTH = 1 << 18

    def __init__(self, rng: np.random.Generator, pixels: int) -> None:
        self._bank = rng.standard_normal(self._LENGTH + pixels, dtype=np.float32)

    def add(self, signal: Signal, sigma: float, number: int) -> Signal:
        """Return `signal` with noise of `sigma` in each channel; image `number` always meets the same noise."""
        # Steps by odd numbers visit every start of the bank before one comes again; the two never are one.
        first = number * 514_229 % self._LENGTH
        second = (number * 832_041 + 393_241) % self._LENGTH
        real = self._bank[first : first + signal.size].reshape(signal.shape) * np.float32(sigma)
        real += signal
        imaginary = self._bank[second : second + signal.size].reshape(signal.shape) * np.float32(sigma)
        real *= real
        imaginary *= imaginary
        real += imaginary
        magnitude: Signal = np.sqrt(real, out=real)
        return magnitude


def stored(signal: Signal) -> Stored:
    """Return the stored values of 12 bits that a signal in stored units becomes."""
    rounded: Stored = np.minimum(signal + np.float32(0.5), np.float32(STORED_MAXIMUM)).astype("<u2")
    return rounded


def apparent_diffusion(unweighted: Stored, weighted: Sequence[tuple[float, Stored]], threshold: float) -> Stored:
    """Apparent diffusion coefficient in 1e-6 mm2/s, fitted through b = 0; 0 where `unweighted` is below `threshold`.

    Parameters
    ----------
    unweighted : array
        Stored values at b = 0.
    weighted : sequence of (float, array)
        b-value in s/mm2, and stored values.
    threshold : float
        Stored value below which there is noise only.
    """
    reference = np.log(np.maximum(unweighted, 1).astype(np.float32))
    slope = np.zeros(unweighted.shape, dtype=np.float32)
    for b, values in weighted:
        slope += np.float32(b) * (reference - np.log(np.maximum(values, 1).astype(np.float32)))
    coefficient = slope * np.float32(1e6 / sum(b * b for b, _ in weighted))
    return stored(np.where(unweighted > threshold, np.maximum(coefficient, 0), 0).astype(np.float32))


def geometric_mean(images: Sequence[Stored]) -> Stored:
    """Trace weighted image: the geometric mean over gradient directions that are orthogonal to each other."""
    logarithms = [np.log(np.maximum(image, 1).astype(np.float32)) for image in images]
    return stored(np.exp(np.mean(logarithms, axis=0, dtype=np.float32)))
