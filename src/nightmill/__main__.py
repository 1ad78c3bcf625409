"""``python -m nightmill``: the command line."""

from nightmill.cli import main

if __name__ == "__main__":
    main()
