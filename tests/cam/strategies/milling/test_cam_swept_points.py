"""What cutters take along their paths, held against the distance to the path in closed form."""

import numpy as np

from nightmill.cam.strategies.milling.swept_points import Sweep, closer


def test_a_ball_takes_what_lies_within_its_radius_of_its_centres_way_and_above() -> None:
    path = np.array([[0.0, 0.0, 0.0], [20.0, 0.0, 5.0]])
    points = np.random.default_rng(1).uniform([-4, -4, -2], [24, 4, 6], (5000, 3))
    along = np.array([20.0, 0.0, 5.0])
    share = np.clip((points - [0, 0, 3.0]) @ along / (along @ along), 0, 1)
    near = np.linalg.norm(points - [0, 0, 3.0] - share[:, None] * along, axis=1)
    taken = Sweep(3.0, True, 12.0, [path]).takes(points)
    assert taken[near < 2.97].all()
    low = points[:, 2] < np.clip(points[:, 0], 0, 20) / 4 + 2  # below the centre's way only the sphere counts
    assert not taken[(near > 3.0) & low].any()
    assert taken.any()
    assert not taken.all()


def test_a_flat_mill_takes_as_high_as_its_flutes_and_nothing_below_its_tip() -> None:
    paths = [np.array([[0.0, 0.0, 1.0], [10.0, 0.0, 1.0]]), np.array([[30.0, 0.0, 1.0]])]
    points = np.array(
        [[5, 1.9, 1.001], [5, 1.9, 0.99], [5, 2.01, 2], [5, 0, 8.99], [5, 0, 9.01], [30, 1.5, 2], [20, 0, 2]]
    )
    assert Sweep(2.0, False, 8.0, paths).takes(points).tolist() == [True, False, False, True, False, True, False]
    assert not Sweep(2.0, False, 8.0, []).takes(points).any()


def test_no_stretch_of_a_closer_path_is_longer_than_asked() -> None:
    path = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.05, 0.0], [1.0, 0.05, 3.0]])
    dense = closer(path, 0.2)
    assert np.linalg.norm(np.diff(dense, axis=0), axis=1).max() <= 0.2 + 1e-12
    assert (dense[[0, -1]] == path[[0, -1]]).all()
    assert all((np.abs(dense - corner).max(axis=1) < 1e-12).any() for corner in path)
