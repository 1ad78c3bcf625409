"""Setup directions, and the rigid transform from model to work coordinates."""

import numpy as np
from numpy.typing import NDArray

from nightmill.vocabulary.plan import Matrix4, Vector

DIRECTIONS: dict[str, Vector] = {
    "+Z": (0.0, 0.0, 1.0),
    "-Z": (0.0, 0.0, -1.0),
    "+X": (1.0, 0.0, 0.0),
    "-X": (-1.0, 0.0, 0.0),
    "+Y": (0.0, 1.0, 0.0),
    "-Y": (0.0, -1.0, 0.0),
}

ALONG = 1e-7
"""Directions count as the same if the cosine between them falls short of 1 by less than this."""

_WORK_X: dict[str, Vector] = {
    "+Z": (1.0, 0.0, 0.0),
    "-Z": (1.0, 0.0, 0.0),
    "+X": (0.0, 1.0, 0.0),
    "-X": (0.0, 1.0, 0.0),
    "+Y": (1.0, 0.0, 0.0),
    "-Y": (1.0, 0.0, 0.0),
}


def axis_of(direction: str) -> NDArray[np.float64]:
    """Return the unit vector (3,) of one of the six directions, or of a tilted direction as ``direction_of`` names it."""
    if direction in DIRECTIONS:
        return np.array(DIRECTIONS[direction])
    axis = np.array([float(part[1:]) for part in direction.split()])
    return np.asarray(axis / np.linalg.norm(axis))


def direction_of(axis: NDArray[np.float64]) -> str:
    """Return the name of a unit vector (3,): one of the six directions, or the components to a millionth."""
    for direction, known in DIRECTIONS.items():
        if float(axis @ known) > 1 - ALONG:
            return direction
    return " ".join(f"{name}{round(float(value), 6) + 0.0:g}" for name, value in zip("XYZ", axis, strict=True))


def opposite(direction: str) -> str:
    """Return the opposite direction."""
    return direction_of(-axis_of(direction))


def turned(direction: str) -> NDArray[np.float64]:
    """Return the 4x4 rotation whose work +Z is the direction out of the part towards the spindle."""
    matrix = np.eye(4)
    z = axis_of(direction)
    if direction not in DIRECTIONS:
        matrix[:3, :3] = looking_along(z)
        return matrix
    x = np.array(_WORK_X[direction])
    matrix[:3, :3] = np.vstack([x, np.cross(z, x), z])
    return matrix


def looking_along(axis: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a rotation (3, 3) that brings an axis (3,) of any length to +Z."""
    z = axis / np.linalg.norm(axis)
    x = np.cross((0.0, 1.0, 0.0) if abs(z[1]) < 0.9 else (1.0, 0.0, 0.0), z)
    x /= np.linalg.norm(x)
    return np.vstack([x, np.cross(z, x), z])


def placed(direction: str, low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix from model to work coordinates along one of the six directions: origin at the piece's lower-left
    corner, Z zero at the top.

    ``low`` and ``high`` bound the piece in model coordinates, shape (3,).
    """
    matrix = turned(direction)
    corners = np.array([low, high]) @ matrix[:3, :3].T
    matrix[:3, 3] = -np.array([corners[:, 0].min(), corners[:, 1].min(), corners[:, 2].max()])
    return matrix


def as_rows(matrix: NDArray[np.float64]) -> Matrix4:
    """Return the matrix as nested tuples, with zeros unsigned."""
    rows = [tuple(float(v) + 0.0 for v in row) for row in matrix]
    return (rows[0], rows[1], rows[2], rows[3])  # type: ignore[return-value]


def inverted(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the inverse of a rigid transform."""
    back = np.eye(4)
    back[:3, :3] = matrix[:3, :3].T
    back[:3, 3] = -matrix[:3, :3].T @ matrix[:3, 3]
    return back
