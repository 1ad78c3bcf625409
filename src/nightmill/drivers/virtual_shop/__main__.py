"""``python -m nightmill.drivers.virtual_shop --shop DIR``: the world of a shop as a process of its own."""

from nightmill.drivers.virtual_shop.server import main

if __name__ == "__main__":
    raise SystemExit(main())
