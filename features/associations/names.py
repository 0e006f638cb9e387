"""Ids of applications as people know them, as two plain arrays."""

from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


class Names(NamedTuple):
    """Texts one behind the other.

    Attributes:
        ends: Where each ends in `text`, shape (n,).
        text: All of them in UTF-8, shape (b,).
    """

    ends: NDArray[np.int64]
    text: NDArray[np.uint8]

    @classmethod
    def none(cls) -> Self:
        """No text."""
        return cls(np.empty(0, np.int64), np.empty(0, np.uint8))

    @classmethod
    def of(cls, values: pa.Array) -> Self:
        """Texts of an array, shape (n,); a missing one is empty."""
        array = values.cast(pa.large_string())
        _, ends, text = array.buffers()
        offsets = np.frombuffer(ends, np.int64)[array.offset : array.offset + len(array) + 1]
        if not len(array):
            return cls.none()
        data = np.frombuffer(text or b"", np.uint8)[offsets[0] : offsets[-1]]
        return cls(offsets[1:] - offsets[0], data)

    def texts(self) -> pa.LargeStringArray:
        """All of them, shape (n,)."""
        offsets = pa.py_buffer(np.concatenate([np.zeros(1, np.int64), self.ends]))
        buffers = [None, offsets, pa.py_buffer(np.ascontiguousarray(self.text))]
        return pa.Array.from_buffers(pa.large_string(), len(self.ends), buffers)

    def at(self, places: NDArray[np.signedinteger]) -> Self:
        """Those at some places."""
        return self.of(self.texts().take(pa.array(places)))

    def joined(self, more: Self) -> Self:
        """With more behind."""
        return self._replace(
            ends=np.append(self.ends, more.ends + len(self.text)),
            text=np.append(self.text, more.text),
        )

    def cut(self, count: int) -> Self:
        """The first of them."""
        ends = self.ends[:count]
        return self._replace(ends=ends, text=self.text[: ends[-1] if count else 0])
