"""The version, in the one place the build and `--version` read."""

__version__ = "0.1.0"
