"""Models of the 27 nonlinear sets of the NIST Statistical Reference Datasets.

Source: NIST Statistical Reference Datasets, nonlinear regression, www.itl.nist.gov/div898/strd.

A model takes predictors of shape (predictors, points) and parameters of shape (parameters,), real or
complex, and returns the response of shape (points,). All are analytic in the parameters, so that a
complex step differentiates them, and numba compiles them as they stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.infer.arrays import Floats

Parameters = TypeVar("Parameters", npt.NDArray[np.float64], npt.NDArray[np.complex128])


def bennett5(x: Floats, p: Parameters) -> Parameters:
    return p[0] * np.exp(-np.log(p[1] + x[0]) / p[2])


def chwirut1(x: Floats, p: Parameters) -> Parameters:
    return np.exp(-p[0] * x[0]) / (p[1] + p[2] * x[0])


def danwood(x: Floats, p: Parameters) -> Parameters:
    return p[0] * np.exp(p[1] * np.log(x[0]))


def eckerle4(x: Floats, p: Parameters) -> Parameters:
    z = (x[0] - p[2]) / p[1]
    return p[0] / p[1] * np.exp(-0.5 * z * z)


def enso(x: Floats, p: Parameters) -> Parameters:
    turn = 2 * np.pi * x[0]
    year = p[0] + p[1] * np.cos(turn / 12) + p[2] * np.sin(turn / 12)
    slow = p[4] * np.cos(turn / p[3]) + p[5] * np.sin(turn / p[3])
    return year + slow + p[7] * np.cos(turn / p[6]) + p[8] * np.sin(turn / p[6])


def gauss1(x: Floats, p: Parameters) -> Parameters:
    left, right = (x[0] - p[3]) / p[4], (x[0] - p[6]) / p[7]
    return p[0] * np.exp(-p[1] * x[0]) + p[2] * np.exp(-left * left) + p[5] * np.exp(-right * right)


def hahn1(x: Floats, p: Parameters) -> Parameters:
    t = x[0]
    return (p[0] + t * (p[1] + t * (p[2] + t * p[3]))) / (1 + t * (p[4] + t * (p[5] + t * p[6])))


def kirby2(x: Floats, p: Parameters) -> Parameters:
    t = x[0]
    return (p[0] + t * (p[1] + t * p[2])) / (1 + t * (p[3] + t * p[4]))


def lanczos1(x: Floats, p: Parameters) -> Parameters:
    return p[0] * np.exp(-p[1] * x[0]) + p[2] * np.exp(-p[3] * x[0]) + p[4] * np.exp(-p[5] * x[0])


def mgh09(x: Floats, p: Parameters) -> Parameters:
    t = x[0]
    return p[0] * (t * (t + p[1])) / (t * (t + p[2]) + p[3])


def mgh10(x: Floats, p: Parameters) -> Parameters:
    return p[0] * np.exp(p[1] / (x[0] + p[2]))


def mgh17(x: Floats, p: Parameters) -> Parameters:
    return p[0] + p[1] * np.exp(-p[3] * x[0]) + p[2] * np.exp(-p[4] * x[0])


def misra1a(x: Floats, p: Parameters) -> Parameters:
    return p[0] * (1 - np.exp(-p[1] * x[0]))


def misra1b(x: Floats, p: Parameters) -> Parameters:
    root = 1 + p[1] * x[0] / 2
    return p[0] * (1 - 1 / (root * root))


def misra1c(x: Floats, p: Parameters) -> Parameters:
    return p[0] * (1 - 1 / np.sqrt(1 + 2 * p[1] * x[0]))


def misra1d(x: Floats, p: Parameters) -> Parameters:
    return p[0] * p[1] * x[0] / (1 + p[1] * x[0])


def nelson(x: Floats, p: Parameters) -> Parameters:
    return p[0] - p[1] * x[0] * np.exp(-p[2] * x[1])


def rat42(x: Floats, p: Parameters) -> Parameters:
    return p[0] / (1 + np.exp(p[1] - p[2] * x[0]))


def rat43(x: Floats, p: Parameters) -> Parameters:
    return p[0] * np.exp(-np.log(1 + np.exp(p[1] - p[2] * x[0])) / p[3])


def roszman1(x: Floats, p: Parameters) -> Parameters:
    return p[0] - p[1] * x[0] - np.arctan(p[2] / (x[0] - p[3])) / np.pi


# Sets that share a model.
boxbod = misra1a
chwirut2 = chwirut1
gauss2 = gauss3 = gauss1
lanczos2 = lanczos3 = lanczos1
thurber = hahn1

MODELS: dict[str, Callable[[Floats, Parameters], Parameters]] = {
    "Bennett5": bennett5,
    "BoxBOD": boxbod,
    "Chwirut1": chwirut1,
    "Chwirut2": chwirut2,
    "DanWood": danwood,
    "ENSO": enso,
    "Eckerle4": eckerle4,
    "Gauss1": gauss1,
    "Gauss2": gauss2,
    "Gauss3": gauss3,
    "Hahn1": hahn1,
    "Kirby2": kirby2,
    "Lanczos1": lanczos1,
    "Lanczos2": lanczos2,
    "Lanczos3": lanczos3,
    "MGH09": mgh09,
    "MGH10": mgh10,
    "MGH17": mgh17,
    "Misra1a": misra1a,
    "Misra1b": misra1b,
    "Misra1c": misra1c,
    "Misra1d": misra1d,
    "Nelson": nelson,
    "Rat42": rat42,
    "Rat43": rat43,
    "Roszman1": roszman1,
    "Thurber": thurber,
}


def response(name: str, y: Floats) -> Floats:
    """Return what the model of set `name` predicts of the recorded `y`."""
    return np.log(y) if name == "Nelson" else y
