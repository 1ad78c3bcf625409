"""What tests of several rooms share: how properties are tried, and what takes long to make."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("exploring", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("kept", settings.get_profile("exploring"), derandomize=True)
# the same examples each time, however slow the machine; --hypothesis-profile=exploring tries others
settings.load_profile("kept")


@pytest.fixture(scope="session")
def planned_example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's shop with its parts planned and certified; copied by who changes it."""
    from nightmill.files import copy_example
    from nightmill.plant import certified_routes
    from nightmill.plant.viewing import whole_shop

    folder = copy_example(tmp_path_factory.mktemp("example") / "nightmill-demo")
    _, refusals = certified_routes(whole_shop(folder), folder)
    assert not refusals
    return folder
