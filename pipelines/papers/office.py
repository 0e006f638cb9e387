"""Whether an Office file may be opened at all: it is a zip, and a small one may unpack to anything.

Its bounds, like those of a PDF, are counts and sizes and none of time.
"""

import io
import zipfile

from risk.papers import Unread

MOST_PARTS = 5_000
LARGEST_UNPACKED = 64 << 20
_ENCRYPTED = 1  # bit of a zip entry's flags
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WITH_PASSWORD = "EncryptedPackage".encode("utf-16-le")


def refused(data: bytes) -> Unread | None:
    """Why an Office file is not to be opened; None where it may be.

    A zip entry is never unpacked further than the size it declares, so that the declared sizes
    bound the work.
    """
    if data.startswith(_COMPOUND):
        return Unread.ENCRYPTED if _WITH_PASSWORD in data else Unread.UNREADABLE
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except Exception:  # a broken directory of a zip fails in every way there is
        return Unread.UNREADABLE
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        return Unread.ENCRYPTED
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        return Unread.TOO_LARGE
    return None
