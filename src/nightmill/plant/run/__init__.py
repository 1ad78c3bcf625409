"""Run a shop: the control loop, its wiring, and a standby that takes over."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.run.shop_run import RunRequest, make_certificates, make_mqtt_certificates, run_shop
    from nightmill.plant.run.standby import stand_by_shop

__all__ = [
    "RunRequest",
    "make_certificates",
    "make_mqtt_certificates",
    "run_shop",
    "stand_by_shop",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
