"""Setup directions and the rigid move from model to work coordinates."""

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

_WORK_X: dict[str, Vector] = {
    "+Z": (1.0, 0.0, 0.0),
    "-Z": (1.0, 0.0, 0.0),
    "+X": (0.0, 1.0, 0.0),
    "-X": (0.0, 1.0, 0.0),
    "+Y": (1.0, 0.0, 0.0),
    "-Y": (1.0, 0.0, 0.0),
}


def opposite(direction: str) -> str:
    """The direction that looks the other way."""
    return ("-" if direction[0] == "+" else "+") + direction[1]


def turned(direction: str) -> NDArray[np.float64]:
    """4x4 rotation whose work +Z is the direction out of the part towards the spindle."""
    z = np.array(DIRECTIONS[direction])
    x = np.array(_WORK_X[direction])
    matrix = np.eye(4)
    matrix[:3, :3] = np.vstack([x, np.cross(z, x), z])
    return matrix


def placed(direction: str, low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """Model to work: origin at the piece's lower-left corner seen from the spindle, Z zero at its top.

    ``low`` and ``high`` bound the piece in model coordinates, shape (3,).
    """
    matrix = turned(direction)
    corners = np.array([low, high]) @ matrix[:3, :3].T
    matrix[:3, 3] = -np.array([corners[:, 0].min(), corners[:, 1].min(), corners[:, 2].max()])
    return matrix


def as_rows(matrix: NDArray[np.float64]) -> Matrix4:
    """The matrix as nested tuples, exact zeros without sign."""
    rows = [tuple(float(v) + 0.0 for v in row) for row in matrix]
    return (rows[0], rows[1], rows[2], rows[3])  # type: ignore[return-value]


def inverted(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of a rigid move."""
    back = np.eye(4)
    back[:3, :3] = matrix[:3, :3].T
    back[:3, 3] = -matrix[:3, :3].T @ matrix[:3, 3]
    return back
