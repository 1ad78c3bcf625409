"""Find cavities inside a part that have no opening: no tool gets there along any axis."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from nightmill.verification.target.surface_samples import Target

_DECIMALS = 6  # mm: nodes this close together count as shared by two faces along an edge


def closed_in(target: Target, hidden: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the faces (k,) of shells that are closed, turned inside out and visible nowhere: the walls of cavities.

    ``hidden`` (n,): which of the target's points no axis sees. Faces are connected where their meshes share a node. A
    shell with an unshared triangle side (because faces meet only roughly or have separate grid meshes) is left out,
    since it proves nothing.
    """
    faces = np.unique(target.face)
    unseen = faces[np.bincount(target.face[~hidden], minlength=int(faces[-1]) + 1)[faces] == 0]
    if not len(unseen):
        return unseen
    corners = target.triangles.reshape(-1, 3)
    _, node = np.unique(corners.round(_DECIMALS), axis=0, return_inverse=True)
    face, node = np.repeat(target.triangle_face, 3), node.ravel()
    count, nodes = int(face.max()) + 1, int(node.max()) + 1
    links = coo_array((np.ones(len(face), dtype=np.int8), (face, count + node)), shape=(count + nodes,) * 2)
    _, shell = connected_components(links, directed=False)
    of = shell[target.triangle_face]
    a, b, c = (target.triangles[:, corner] for corner in range(3))
    volume = np.bincount(of, weights=np.einsum("ij,ij->i", a, np.cross(b, c)), minlength=int(shell.max()) + 1)
    no_cavity = np.union1d(
        np.union1d(_torn(node.reshape(-1, 3), of), np.flatnonzero(volume >= 0)), shell[np.setdiff1d(faces, unseen)]
    )
    return unseen[~np.isin(shell[unseen], no_cavity)]


def _torn(nodes: NDArray[np.int64], shell: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return shells with a side that isn't traversed equally often in both directions; ``nodes`` (m, 3) and ``shell`` (m,) of triangles."""
    start, end = nodes.ravel(), np.roll(nodes, -1, axis=1).ravel()
    low, high = np.minimum(start, end), np.maximum(start, end)
    _, side = np.unique(low * (int(nodes.max()) + 1) + high, return_inverse=True)
    balance = np.bincount(side, weights=np.sign(end - start))
    return np.unique(np.repeat(shell, 3)[balance[side] != 0])
