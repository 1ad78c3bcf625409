"""Room ``cli``: a person's hands. Parses words, calls ``plant``, prints tables or one JSON document."""


def main() -> None:
    """Entry point of the ``nightmill`` command."""
    from nightmill.cli.app import run

    run()
