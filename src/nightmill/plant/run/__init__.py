"""Run a shop: the control loop, its wiring, and a standby that takes over."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.run.connection_check import connections
    from nightmill.plant.run.people_tasks import open_tasks, task_done
    from nightmill.plant.run.shop_run import RunRequest, make_certificates, make_mqtt_certificates, run_shop
    from nightmill.plant.run.standby import stand_by_shop

__all__ = [
    "RunRequest",
    "connections",
    "make_certificates",
    "make_mqtt_certificates",
    "open_tasks",
    "run_shop",
    "stand_by_shop",
    "task_done",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
