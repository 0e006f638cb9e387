"""Ids of applications as people know them, as plain arrays.

As with `features.associations.numbering`, the many stay as they are until the few that came since
have become an eighth of them.
"""

from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.associations.arrays import are_few


class Names(NamedTuple):
    """Texts one behind the other.

    Attributes:
        offsets: Where each begins in `text`, and where the last ends, shape (n + 1,).
        text: All of them in UTF-8, shape (b,).
        late_offsets: The same of those that came since, in `late_text`, shape (l + 1,).
        late_text: All of those, shape (c,).
    """

    offsets: NDArray[np.int64]
    text: NDArray[np.uint8]
    late_offsets: NDArray[np.int64]
    late_text: NDArray[np.uint8]

    @classmethod
    def none(cls) -> Self:
        """No text."""
        offsets, text = np.zeros(1, np.int64), np.empty(0, np.uint8)
        return cls(offsets, text, offsets, text)

    @classmethod
    def of(cls, values: pa.Array) -> Self:
        """Texts of an array, shape (n,); a missing one is empty."""
        array = values.cast(pa.large_string())
        if not len(array):
            return cls.none()
        _, offsets, text = array.buffers()
        places = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
        data = np.frombuffer(text or b"", np.uint8)[places[0] : places[-1]]
        return cls.none()._replace(offsets=places - places[0], text=data)

    def texts(self) -> pa.LargeStringArray:
        """All of them, shape (n + l,)."""
        return pa.concat_arrays(self._parts())

    def taken(self, places: pa.Array) -> pa.LargeStringArray:
        """Those at some places; missing where a place is."""
        many, late = self._parts()
        since = pc.greater_equal(places, len(many))
        early = many.take(pc.if_else(since, None, places))
        return pc.coalesce(
            early, late.take(pc.if_else(since, pc.subtract(places, len(many)), None))
        )

    def at(self, places: NDArray[np.signedinteger]) -> Self:
        """Those at some places."""
        return self.of(self.taken(pa.array(places)))

    def joined(self, more: Self) -> Self:
        """With more behind."""
        late, late_text = self.late_offsets, self.late_text
        for offsets, text in ((more.offsets, more.text), (more.late_offsets, more.late_text)):
            late = np.append(late, offsets[1:] + len(late_text))
            late_text = np.append(late_text, text)
        if are_few(late[1:], self.offsets[1:]):
            return self._replace(late_offsets=late, late_text=late_text)
        return self.none()._replace(
            offsets=np.append(self.offsets, late[1:] + len(self.text)),
            text=np.append(self.text, late_text),
        )

    def _parts(self) -> tuple[pa.LargeStringArray, pa.LargeStringArray]:
        return _array(self.offsets, self.text), _array(self.late_offsets, self.late_text)


def _array(offsets: NDArray[np.int64], text: NDArray[np.uint8]) -> pa.LargeStringArray:
    buffers = [None, *(pa.py_buffer(np.ascontiguousarray(each)) for each in (offsets, text))]
    return pa.Array.from_buffers(pa.large_string(), len(offsets) - 1, buffers)
