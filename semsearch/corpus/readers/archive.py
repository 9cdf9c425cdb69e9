"""Archives: zip, and tar in any compression. Their files are read from memory; nothing is ever written to disk."""

from __future__ import annotations

import re
import tarfile
import zipfile
import zlib
from functools import partial
from io import BytesIO
from typing import IO

from semsearch.corpus.inside import Inside, Limited, sized
from semsearch.corpus.readers import compressed
from semsearch.errors import SourceUnreadable
from semsearch.types import Parsed

__all__ = ["read_tar", "read_zip"]

_CHUNK = 1 << 16
_HIDDEN = re.compile(r"(?:^|/)\.(?!\.?/)[^/]")
_JUNK = re.compile(r"(?:^|/)(?:__MACOSX/|Thumbs\.db$|desktop\.ini$)", re.I)
_ENCRYPTED = 1
_METHODS = {1: "shrink", 6: "implode", 9: "deflate64", 93: "zstd", 95: "xz", 97: "wavpack", 98: "ppmd"}


def read_zip(data: bytes, inside: Inside) -> Parsed:
    """Read the files of a zip archive, in its order."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for info in archive.infolist():
                if not info.is_dir() and not _passed_over(info.filename, inside):
                    opening = partial(_open_zipped, archive, info)
                    inside.add(_name(_zip_name(info)), opening, size=info.file_size, packed=max(1, info.compress_size))
            comment = archive.comment
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise SourceUnreadable(f"broken zip file: {error}") from error
    return _parsed(inside, comment)


def _open_zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    if info.flag_bits & _ENCRYPTED:
        raise SourceUnreadable("encrypted")
    try:
        return archive.open(info)
    except NotImplementedError:
        method = _METHODS.get(info.compress_type, str(info.compress_type))
        raise SourceUnreadable(f"packed by a method that is not read ({method})") from None
    except (zipfile.BadZipFile, OSError, ValueError, EOFError) as error:
        raise SourceUnreadable(f"broken: {error}") from error


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Return the name of a zipped file: one that does not say it is UTF-8 often is, or is of the old DOS page."""
    if info.flag_bits & 0x800 or info.filename.isascii():
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return info.filename


def read_tar(data: bytes, inside: Inside) -> Parsed:
    """Read the regular files of a tar archive, packed or not, in its order; links and devices are passed over."""
    packed = compressed.opened(data)
    with _Counted(packed or BytesIO(data), inside if packed is not None else None) as stream:
        try:
            with tarfile.open(fileobj=stream, mode="r|") as archive:
                for info in archive:
                    if info.isreg() and not _passed_over(info.name, inside):
                        inside.add(_name(info.name), partial(_open_stored, archive, info), size=info.size)
        except Limited:
            inside.leave("")
        except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError) as error:
            if not inside.members:
                raise SourceUnreadable(f"broken tar file: {error}") from error
            return _parsed(inside, b"", f"broken after {len(inside.members):,} files: {error}")
    return _parsed(inside, b"")


def _open_stored(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(info)
    if file is None:
        raise SourceUnreadable("not a regular file")
    return file


class _Counted:
    """What an archive unpacks to, no more than may be unpacked: also what is passed over takes its time."""

    def __init__(self, file: IO[bytes], inside: Inside | None) -> None:
        self._file, self._inside = file, inside
        self._left = inside.settings.max_expanded_bytes if inside is not None else 0

    def __enter__(self) -> _Counted:
        return self

    def __exit__(self, *raised: object) -> None:
        self._file.close()

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        if self._inside is not None:
            self._left -= len(data)
            if self._left < 0:
                raise Limited(f"expands to more than {sized(self._inside.settings.max_expanded_bytes)}")
        return data


def _passed_over(name: str, inside: Inside) -> bool:
    """Tell of a name that a walk over folders would not come to either."""
    return bool(_JUNK.search(name)) or (not inside.settings.hidden and bool(_HIDDEN.search(name)))


def _name(name: str) -> str:
    """Return a name as a path below the archive: it names what is inside, and nothing on a disk."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join(parts)


def _parsed(inside: Inside, comment: bytes, remark: str = "") -> Parsed:
    if not inside.members:
        raise SourceUnreadable("empty")
    return Parsed("", (), members=inside.members, remark=remark)
