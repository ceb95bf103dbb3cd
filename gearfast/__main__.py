"""`python -m gearfast` is the command `gearfast`."""

from gearfast.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
