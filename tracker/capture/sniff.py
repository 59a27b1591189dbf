"""Name what a file is when it is no capture."""


def what_it_is(name: str, head: bytes) -> str:
    """One sentence."""
    return f"{name} is no capture: it begins with {head[:8].hex(' ')}"
