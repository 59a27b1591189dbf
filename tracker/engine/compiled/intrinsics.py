"""What the dialect cannot say: a row by its address, a byte by its pointer, loads in a byte order, a wide product."""

from typing import Any

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils, config
from numba.extending import intrinsic
from numba.np.arrayobj import make_array


def rows_at(dtype: Any) -> Any:
    """at(address, i): row i of the rows of that type which start there, by reference."""
    row = numba.from_dtype(dtype)

    @intrinsic
    def at(typing, address, i):
        def code(context, builder, signature, args):
            size = context.get_constant(types.int64, dtype.itemsize)
            return builder.inttoptr(builder.add(args[0], builder.mul(args[1], size)), context.get_value_type(row))

        return row(types.int64, types.int64), code

    return at


@intrinsic
def pointer(typing, array):
    """The first byte of an array, without its reference count. With NUMBA_BOUNDSCHECK=1 the array itself: its reads are checked."""
    if config.BOUNDSCHECK:

        def same(context, builder, signature, args):
            context.nrt.incref(builder, signature.args[0], args[0])
            return args[0]

        return array(array), same

    def code(context, builder, signature, args):
        return make_array(signature.args[0])(context, builder, args[0]).data

    return types.CPointer(array.dtype)(array), code


@intrinsic
def prefetch(typing, address):
    """Ask for a cache line that will be written soon."""

    def code(context, builder, signature, args):
        byte, word = ir.PointerType(ir.IntType(8)), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [builder.inttoptr(args[0], byte), word(1), word(3), word(1)])
        return context.get_dummy_value()

    return types.none(types.int64), code


def load(bits: int, *, big: bool) -> Any:
    """read(b, o): an unsigned number of so many bits at any offset, as int64."""

    @intrinsic
    def read(typing, b, o):
        def code(context, builder, signature, args):
            word = ir.IntType(bits)
            place = builder.gep(args[0], [args[1]])
            value = builder.load(builder.bitcast(place, word.as_pointer()), align=1)
            if big:
                value = builder.bswap(value)
            return builder.zext(value, ir.IntType(64))

        return types.int64(b, types.int64), code

    return read


@intrinsic
def folded(typing, a, b):
    """The 128-bit product of two words, its halves folded together: mixes every bit of both."""

    def code(context, builder, signature, args):
        wide, word = ir.IntType(128), ir.IntType(64)
        product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
        high = builder.trunc(builder.lshr(product, wide(64)), word)
        return builder.xor(high, builder.trunc(product, word))

    return types.uint64(types.uint64, types.uint64), code


@intrinsic
def clear(typing, address, size):
    """Zero so many bytes at an address."""

    def code(context, builder, signature, args):
        byte = ir.PointerType(ir.IntType(8))
        cgutils.memset(builder, builder.inttoptr(args[0], byte), args[1], 0)
        return context.get_dummy_value()

    return types.none(types.int64, types.int64), code


@intrinsic
def address(typing, words):
    """The four words of an address, most significant first, as two words of 64 bits."""

    def code(context, builder, signature, args):
        word = ir.IntType(64)
        place = builder.bitcast(make_array(signature.args[0])(context, builder, args[0]).data, word.as_pointer())
        pair = [builder.load(builder.gep(place, [ir.IntType(32)(i)]), align=4) for i in range(2)]
        turned = [builder.or_(builder.shl(one, word(32)), builder.lshr(one, word(32))) for one in pair]
        return context.make_tuple(builder, signature.return_type, turned)

    return types.UniTuple(types.uint64, 2)(words), code
