"""Compiled code that calls a plain function gets another one: for what each storage does its own way."""

import inspect
from typing import Any

from numba.extending import overload, register_jitable


def instead_of(plain: Any) -> Any:
    """Decorate the function that takes the place of `plain`.

    overload() wants both signatures equal, annotations included; so what it sees is made here, without any.
    """

    def decorate(own: Any) -> Any:
        names = ", ".join(inspect.signature(own).parameters)
        overload(plain)(eval(f"lambda {names}: own", {"own": own}))  # noqa: S307 - our own parameter names
        return register_jitable(forceinline=True)(own)

    return decorate
