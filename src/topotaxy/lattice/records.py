"""Named tuples of arrays, handed to compiled code as one address.

numba passes a named tuple by its members: forty arrays are some three hundred values at every call of every
function, which takes longer to compile than the physics and longer to run than a short event. So the
members lie in a record of eight-byte words, of which compiled code gets the address: data and
shape of each array, or the number itself. A record is written when it is made and never again, which lets
the compiler keep what it has read; the arrays that it points to change as they may.
"""

from __future__ import annotations

import hashlib
import operator
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import from_dtype
from numba.core import cgutils, types
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    lower_builtin,
    lower_getattr_generic,
    models,
    register_model,
    typeof_impl,
    unbox,
)
from numba.np.arrayobj import getitem_array_tuple, getitem_arraynd_intp, load_item, setitem_array, store_item

_WORD = ir.IntType(64)


def _sources() -> bytes:
    """Digest of all that is compiled for records.

    numba looks whether the file of a kept function has changed, not at what it calls in others: a
    release that changes one of those would run the code of the one before.
    """
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for file in [*sorted(package.glob("*.py")), package.parent / "portable.py"]:
        digest.update(file.read_bytes())
    return digest.digest()


_SOURCES = _sources()


class Record:
    """A named tuple as compiled code sees it; keeps the arrays alive while it is there itself.

    Parameters
    ----------
    members : NamedTuple
        Of C-contiguous arrays, integers, floats and truth values.

    Raises
    ------
    TypeError
        Where a member is something else.
    """

    __slots__ = ("address", "members", "words")

    def __init__(self, members: Any) -> None:
        self.members = members
        self.words = np.array([word for member in members for word in _words(member)], dtype=np.int64)
        self.address = int(self.words.ctypes.data)


def _words(member: Any) -> list[int]:
    """What stands in a record for a member, as whole numbers."""
    if isinstance(member, np.ndarray):
        if not member.flags.c_contiguous:
            raise TypeError("an array of a record has to be contiguous")
        return [int(member.ctypes.data), *member.shape]
    if isinstance(member, bool | int | np.integer):
        return [int(member)]
    if isinstance(member, float | np.floating):
        return [int(np.float64(member).view(np.int64))]
    raise TypeError(f"a record holds arrays and numbers, not {type(member).__name__}")


class RecordArray(types.Array):
    """An array of a record; its indices are never negative, so nothing has to be counted from its end."""


register_model(RecordArray)(models.ArrayModel)


class RecordType(types.Type):
    """The type of a record: names and types of its members, in order."""

    def __init__(self, name: str, members: tuple[tuple[str, types.Type], ...]) -> None:
        self.members = members
        # Types are told apart by their names, and symbols are made of these: so they are short.
        digest = hashlib.sha256(repr(members).encode() + _SOURCES).hexdigest()[:12]
        super().__init__(name=f"{name}_{digest}")

    def place(self, name: str) -> tuple[int, types.Type] | None:
        """First word of a member and its type; None where there is none of that name.

        Parameters
        ----------
        name : str
            Name of the member, as the named tuple has it.
        """
        word = 0
        for member, kind in self.members:
            if member == name:
                return word, kind
            word += 1 + (kind.ndim if isinstance(kind, types.Array) else 0)
        return None


register_model(RecordType)(models.OpaqueModel)


@typeof_impl.register(Record)
def _type_of(record: Record, _: Any) -> RecordType:
    members = record.members
    kinds = tuple((name, _member_type(member)) for name, member in zip(members._fields, members, strict=True))
    return RecordType(type(members).__name__, kinds)


def _member_type(member: Any) -> types.Type:
    if isinstance(member, np.ndarray):
        return RecordArray(from_dtype(member.dtype), member.ndim, "C")
    if isinstance(member, bool):
        return types.boolean
    return types.float64 if isinstance(member, float | np.floating) else types.int64


@unbox(RecordType)  # type: ignore[no-untyped-call, untyped-decorator]
def _unboxed(_: RecordType, obj: Any, c: Any) -> NativeValue:
    number = c.pyapi.object_getattr_string(obj, "address")
    address = c.pyapi.long_as_voidptr(number)
    c.pyapi.decref(number)
    return NativeValue(address)  # type: ignore[no-untyped-call]


@infer_getattr
class _Members(AttributeTemplate):
    key = RecordType

    def generic_resolve(self, record: RecordType, name: str) -> types.Type | None:  # type: ignore[override]
        found = record.place(name)
        return None if found is None else found[1]


@lower_getattr_generic(RecordType)  # type: ignore[no-untyped-call, untyped-decorator]
def _member(context: Any, builder: Any, record: RecordType, value: Any, name: str) -> Any:
    found = record.place(name)
    assert found is not None
    word, kind = found
    words = builder.bitcast(value, _WORD.as_pointer())
    if isinstance(kind, types.Array):
        return _array(context, builder, kind, words, word)
    read = _read(builder, words, word)
    if kind == types.boolean:
        return builder.icmp_signed("!=", read, _WORD(0))
    return builder.bitcast(read, ir.DoubleType()) if kind == types.float64 else read


def _read(builder: Any, words: Any, word: int) -> Any:
    loaded = builder.load(builder.gep(words, [_WORD(word)], inbounds=True))
    loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
    return loaded


def _array(context: Any, builder: Any, kind: Any, words: Any, word: int) -> Any:
    """An array that nobody owns: compiled code neither keeps it nor frees it."""
    made = context.make_array(kind)(context, builder)
    data = builder.inttoptr(_read(builder, words, word), made.data.type)
    shape = [_read(builder, words, word + 1 + axis) for axis in range(kind.ndim)]
    size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    strides: list[Any] = []
    stride, items = _WORD(size), _WORD(1)
    for length in reversed(shape):
        strides.insert(0, stride)
        stride = builder.mul(stride, length)
        items = builder.mul(items, length)
    made.data = data
    made.shape = cgutils.pack_array(builder, shape)  # type: ignore[no-untyped-call]
    made.strides = cgutils.pack_array(builder, strides)  # type: ignore[no-untyped-call]
    made.nitems = items
    made.itemsize = _WORD(size)
    made.meminfo = cgutils.get_null_value(made.meminfo.type)  # type: ignore[no-untyped-call]
    made.parent = cgutils.get_null_value(made.parent.type)  # type: ignore[no-untyped-call]
    return made._getvalue()


def _place(context: Any, builder: Any, kind: Any, value: Any, kinds: Any, indices: Any) -> Any:
    """Address of one item."""
    array = context.make_array(kind)(context, builder, value)
    lengths = cgutils.unpack_tuple(builder, array.shape, kind.ndim)  # type: ignore[no-untyped-call]
    flat = None
    for of_index, index, length in zip(kinds, indices, lengths, strict=True):
        index = context.cast(builder, index, of_index, types.intp)
        flat = index if flat is None else builder.add(builder.mul(flat, length), index)
    return builder.gep(array.data, [flat], inbounds=True)


def _whole(kind: Any, of_index: Any) -> tuple[Any, ...] | None:
    """Types of the indices where they are whole numbers, one of each axis; else None."""
    kinds: tuple[Any, ...] = getattr(of_index, "types", (of_index,))
    fits = len(kinds) == kind.ndim and all(isinstance(k, types.Integer) for k in kinds)
    return kinds if fits else None


def _indices(builder: Any, of_index: Any, index: Any) -> Any:
    if isinstance(of_index, types.BaseTuple):
        return cgutils.unpack_tuple(builder, index, len(of_index))  # type: ignore[no-untyped-call]
    return [index]


@lower_builtin(operator.getitem, RecordArray, types.Integer)  # type: ignore[no-untyped-call, untyped-decorator]
@lower_builtin(operator.getitem, RecordArray, types.BaseTuple)  # type: ignore[no-untyped-call, untyped-decorator]
def _get_item(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    kind, of_index = sig.args
    kinds = _whole(kind, of_index)
    if kinds is None:
        usual = getitem_array_tuple if isinstance(of_index, types.BaseTuple) else getitem_arraynd_intp
        return usual(context, builder, sig, args)
    place = _place(context, builder, kind, args[0], kinds, _indices(builder, of_index, args[1]))
    return load_item(context, builder, kind, place)  # type: ignore[no-untyped-call]


@lower_builtin(operator.setitem, RecordArray, types.Any, types.Any)  # type: ignore[no-untyped-call, untyped-decorator]
def _set_item(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    kind, of_index, of_value = sig.args
    kinds = _whole(kind, of_index)
    if kinds is None:
        return setitem_array(context, builder, sig, args)
    place = _place(context, builder, kind, args[0], kinds, _indices(builder, of_index, args[1]))
    value = context.cast(builder, args[2], of_value, kind.dtype)
    store_item(context, builder, kind, value, place)  # type: ignore[no-untyped-call]
    return context.get_dummy_value()
