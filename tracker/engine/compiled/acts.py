"""What the compiled storage does its own way: look up, allocate, hand out a row. Rows were reserved for the whole batch before."""

import numpy as np
from numba.extending import register_jitable

from tracker.capture import records
from tracker.engine import store as acts
from tracker.engine.compiled.dtypes import FLOW, INTERFACE, SLOT, TRANSITION, TROUBLE
from tracker.engine.compiled.intrinsics import address, clear, folded, rows_at
from tracker.engine.compiled.replace import instead_of
from tracker.engine.store import begin, is_swapped
from tracker.tcp import log, trouble

flow_at = rows_at(FLOW)
transition_at = rows_at(TRANSITION)
trouble_at = rows_at(TROUBLE)
slot_at = rows_at(SLOT)
interface_at_address = rows_at(INTERFACE)
FLOW_SIZE = FLOW.itemsize
LOW = np.uint64(0xFFFFFFFF)


@instead_of(records.interface_at)
def interface_at(interfaces, number):
    return interface_at_address(interfaces, np.int64(number))


@instead_of(log.new_transition)
def new_transition(store):
    n = store.transitions
    store.transitions = n + 1
    return transition_at(store.transitions_at, n)


@instead_of(log.transition_of)
def transition_of(store, index):
    return transition_at(store.transitions_at, np.int64(index))


@instead_of(log.last_row)
def last_row(store):
    return store.transitions


@instead_of(trouble.new_trouble)
def new_trouble(store):
    n = store.troubles
    store.troubles = n + 1
    return n


@instead_of(trouble.trouble_row)
def trouble_row(store, index):
    return trouble_at(store.troubles_at, np.int64(index))


@instead_of(acts.flow_of)
def flow_of(store, number):
    return flow_at(store.flows_at, np.int64(number))


@instead_of(acts.cleared)
def cleared(store, number):
    flow = flow_at(store.flows_at, np.int64(number))
    clear(store.flows_at + FLOW_SIZE * np.int64(number), np.int64(FLOW_SIZE))
    return flow


@instead_of(acts.is_swapped)
def swapped(segment):
    a, b = address(segment.src)
    c, d = address(segment.dst)
    ports = segment.sport > segment.dport
    return np.int64((a > c) | ((a == c) & ((b > d) | ((b == d) & ports))))  # without a branch: the ways alternate


@register_jitable(forceinline=True)
def ends_of(segment, turned):
    """A segment's addresses and ports as five words, those of its destination first if `turned` (0 or 1).

    Without a branch: which way the next segment goes nobody can predict.
    """
    a, b = address(segment.src)
    c, d = address(segment.dst)
    p, q = np.uint64(segment.sport), np.uint64(segment.dport)
    mask = np.uint64(0) - np.uint64(turned)
    x, y, z = (a ^ c) & mask, (b ^ d) & mask, (p ^ q) & mask
    return a ^ x, b ^ y, c ^ x, d ^ y, (p ^ z) << np.uint64(16) | (q ^ z)


@register_jitable(forceinline=True)
def prepare(segment, store):
    """Set what looking up needs: `side` to is_swapped(), and `hash`, the same for both directions.

    Without this run's keys nobody can choose tuples that collide.
    """
    keys = store.keys
    turned = is_swapped(segment)
    a, b, c, d, ports = ends_of(segment, turned)
    mixed = folded(a ^ keys[0], b ^ keys[1])
    mixed = folded(mixed ^ c, d ^ keys[2])
    segment.hash = np.int64(folded(mixed ^ ports, keys[0]) >> np.uint64(32))
    segment.side = turned


@register_jitable(forceinline=True)
def home(h, store):
    """The slot where looking for a hash begins. Slots are in the order of hashes, so that a larger index is filled in order."""
    return (np.int64(h) * store.index_size) >> 32


@register_jitable(forceinline=True)
def same_tuple(f, segment, turned):
    a, b, c, d, ports = ends_of(segment, turned)
    e, g = address(f.src)
    h, i = address(f.dst)
    other = np.uint64(f.sport) << np.uint64(16) | np.uint64(f.dport)
    return ((a ^ e) | (b ^ g) | (c ^ h) | (d ^ i) | (ports ^ other)) == np.uint64(0)


@register_jitable(forceinline=True)
def slot_of(segment, sw, store):
    """The slot of the segment's tuple, or the empty one where it belongs."""
    h = np.uint64(segment.hash)
    j = home(segment.hash, store)
    while True:
        entry = slot_at(store.index_at, j).entry
        if entry == np.uint64(0):
            return j
        if entry >> np.uint64(32) == h:
            f = flow_at(store.flows_at, np.int64(entry & LOW) - 1)
            if same_tuple(f, segment, sw ^ np.int64(f.swapped)):
                return j
        j += 1
        if j == store.index_size:
            j = np.int64(0)


@register_jitable(forceinline=True)
def insert(at, size, entry):
    """Put an entry that is not there into an index of `size` slots at an address."""
    j = (np.int64(entry >> np.uint64(32)) * size) >> 32
    while slot_at(at, j).entry != np.uint64(0):
        j += 1
        if j == size:
            j = np.int64(0)
    slot_at(at, j).entry = entry


@register_jitable(forceinline=True)
def number_in(j, store):
    return np.int64(slot_at(store.index_at, j).entry & LOW) - 1


@register_jitable(forceinline=True)
def add(store, j, segment, previous, incarnation):
    number = store.flows
    store.flows = number + 1
    slot_at(store.index_at, j).entry = np.uint64(segment.hash) << np.uint64(32) | np.uint64(number + 1)
    begin(flow_at(store.flows_at, number), segment, previous, incarnation)
    return number


@instead_of(acts.find)
def find(store, segment):
    sw = np.int64(segment.side)
    j = slot_of(segment, sw, store)
    number = number_in(j, store)
    if number < 0:
        number = add(store, j, segment, -1, 0)
    return number << 1 | sw


@instead_of(acts.look_up)
def look_up(store, segment):
    sw = np.int64(segment.side)
    number = number_in(slot_of(segment, sw, store), store)
    return number << 1 | sw if number >= 0 else np.int64(-1)


@instead_of(acts.next_life)
def next_life(store, place, segment):
    before = flow_at(store.flows_at, place >> 1)
    incarnation = min(np.int64(before.incarnation) + 1, 0xFFFF)
    return add(store, slot_of(segment, place & 1, store), segment, place >> 1, incarnation)
