"""Cavities inside a part that open nowhere: no tool gets there along any axis."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from nightmill.verification.surface import Target

_DECIMALS = 6  # of a mm: nodes that two faces share on an edge


def closed_in(target: Target, hidden: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Faces (k,) of shells that the outside doesn't touch, of which no point is seen.

    ``hidden`` (n,): which of the target's points no axis sees. Faces hang together where their meshes share a node; a shell apart
    from the one that reaches farthest, seen by nobody, is the wall of a cavity. Whole faces alone that got no mesh are left out.
    """
    faces = np.unique(target.face)
    unseen = faces[np.bincount(target.face[~hidden], minlength=int(faces[-1]) + 1)[faces] == 0]
    if not len(unseen):
        return unseen
    corners = target.triangles.reshape(-1, 3)
    _, node = np.unique(corners.round(_DECIMALS), axis=0, return_inverse=True)
    face = np.repeat(target.triangle_face, 3)
    count, nodes = int(face.max()) + 1, int(node.max()) + 1
    links = coo_array((np.ones(len(face), dtype=np.int8), (face, count + node.ravel())), shape=(count + nodes,) * 2)
    _, shell = connected_components(links, directed=False)
    outer = shell[face[np.argmin(corners[:, 0])]]
    open_ = np.union1d(shell[np.setdiff1d(faces, unseen)], [outer])
    return unseen[~np.isin(shell[unseen], open_)]
