"""Which ends of many flows a vantage accepts, without asking it about each."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from tracker.tcp.endpoint import BY_SELF_CONNECT
from tracker.views.history import address
from tracker.views.vantage import Hosts, everyone

FEW: Final = 64  # networks that are compared one by one
MAPPED: Final = 0xFFFF  # the third word of an IPv4 address
BOTH: Final = (4, 6)


def masks_of(flows: Any, local: Any, versions: Sequence[int] = BOTH) -> Any:
    """A byte a flow: 1 for its a, 2 for its b, where `local` accepts the address and it is of these IP versions."""
    masks = np.full(len(flows), 3, np.uint8)
    if local is not everyone:
        masks = accepted(flows["src"], local) | accepted(flows["dst"], local) << 1
    if len(versions) == 1:
        masks[is_ipv4(flows["src"]) != (versions[0] == 4)] = 0
    masks[flows["direction"] == BY_SELF_CONNECT] &= 1
    return masks


def is_ipv4(words: Any) -> Any:
    """Whether addresses are IPv4."""
    return (words[:, 0] == 0) & (words[:, 1] == 0) & (words[:, 2] == MAPPED)


def accepted(words: Any, local: Any) -> Any:
    """A byte an address: 1 where `local` accepts it."""
    if isinstance(local, Hosts) and len(local.networks) <= FEW:
        found = np.zeros(len(words), bool)
        for network in local.networks:
            found |= is_in(words, network)
        return found.astype(np.uint8)
    unique, inverse = uniques(words)
    verdicts = np.fromiter((local(address(one)) for one in unique.tolist()), np.uint8, len(unique))
    return verdicts[inverse]


def is_in(words: Any, network: Any) -> Any:
    """Whether addresses are in a network; an IPv4 address is in no IPv6 one, and the reverse."""
    four = network.version == 4
    value = int(network.network_address) | (MAPPED << 32 if four else 0)
    mask = int(network.netmask) | (((1 << 96) - 1) << 32 if four else 0)
    found = is_ipv4(words) == four
    for word, shift in enumerate((96, 64, 32, 0)):
        bits = mask >> shift & 0xFFFFFFFF
        if bits:
            found &= words[:, word] & np.uint32(bits) == np.uint32(value >> shift & 0xFFFFFFFF)
    return found


def uniques(words: Any) -> tuple[Any, Any]:
    """The different addresses, and for each address which of them it is."""
    if len(words) and (words[:, :3] == words[0, :3]).all():
        last, inverse = np.unique(words[:, 3], return_inverse=True)
        unique = np.repeat(words[:1], len(last), 0)
        unique[:, 3] = last
        return unique, inverse
    unique, inverse = np.unique(words, axis=0, return_inverse=True)
    return unique, inverse.reshape(-1)
