"""Apple Pages, Numbers and Keynote documents, by the PDF preview that older versions store inside."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Callable

from semsearch.corpus.readers import text as plain_text
from semsearch.corpus.readers.archives.zip_file import open_zip
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Parsed

__all__ = ["read"]

_PREVIEW = "quicklook/preview.pdf"
_FAULTS = (EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
"""Errors of zipfile, besides its own, for archives that are damaged, encrypted or compressed in other ways."""
_LARGEST = 200_000_000
_WHAT = {
    "pages": "a Pages document without a preview: export it as Word or PDF",
    "numbers": "a Numbers document without a preview: export it as Excel or PDF",
    "key": "a Keynote presentation without a preview: export it as PowerPoint or PDF",
}


def read(data: bytes, kind: str, pdf: Callable[[bytes], Parsed]) -> Parsed:
    """Read a document by its preview with the reader `pdf`. A file that is not an archive may be text.

    Raises SourceUnreadable.
    """
    if not data.startswith(b"PK"):
        if data.lstrip().startswith(b"-----BEGIN"):
            raise SourceUnreadable("a cryptographic key")
        return plain_text.read(data)
    try:
        with open_zip(data) as archive:
            preview = next((info for info in archive.infolist() if info.filename.lower().endswith(_PREVIEW)), None)
            if preview is None:
                raise SourceUnreadable(_WHAT[kind])
            if preview.file_size > _LARGEST:
                raise SourceUnreadable("too large: its preview")
            page = archive.read(preview)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, *_FAULTS) as error:
        raise SourceUnreadable(f"broken {kind} file: {_WHAT[kind]}") from error
    return pdf(page)
