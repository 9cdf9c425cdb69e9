"""Archives: zip, and tar in any compression. They are read in memory; nothing is written to disk."""

from __future__ import annotations

import re
import stat
import tarfile
import zipfile
import zlib
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, cast

from semsearch.corpus.readers.archives.unpack import opened
from semsearch.corpus.readers.archives.zip_file import open_zip
from semsearch.corpus.readers.nested import Inside, Limited, sized
from semsearch.corpus.text.decode import one_line
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Parsed

__all__ = ["read_tar", "read_zip"]

_JUNK = re.compile(r"(?:^|/)(?:__MACOSX/|Thumbs\.db$|desktop\.ini$)", re.I)
_ENCRYPTED = 1
_UTF_8 = 0x800
_METHODS = {1: "shrink", 6: "implode", 9: "deflate64", 93: "zstd", 95: "xz", 97: "wavpack", 98: "ppmd", 99: "AES"}
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, ValueError)


def read_zip(data: bytes, inside: Inside) -> Parsed:
    """Read the files of a zip archive, in its order."""
    try:
        with open_zip(data) as archive:
            inside.beside = partial(_beside, archive)
            for info in archive.infolist():
                name = _name(_zip_name(info))
                if not info.filename.endswith("/") and not _is_link(info) and not _is_skipped(name, inside):
                    opening = partial(_open_zipped, archive, info)
                    inside.add(name, opening, size=info.file_size, packed=max(1, info.compress_size))
    except (*_BROKEN, NotImplementedError) as error:
        raise SourceUnreadable(f"broken zip file: {one_line(str(error), 80)}") from error
    return _parsed(inside)


def _beside(archive: zipfile.ZipFile, path: Path, most: int) -> bytes:
    """Return the beginning of a file in an archive; OSError when it cannot be read."""
    try:
        with _open_zipped(archive, archive.getinfo(path.as_posix())) as file:
            return file.read(most)
    except (KeyError, SourceUnreadable, *_BROKEN) as error:
        raise OSError(str(error)) from error


def _open_zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    if info.flag_bits & _ENCRYPTED:
        raise SourceUnreadable("encrypted")
    try:
        return archive.open(info)
    except NotImplementedError:
        method = _METHODS.get(info.compress_type, str(info.compress_type))
        raise SourceUnreadable(f"unsupported compression ({method})") from None
    except _BROKEN as error:
        raise SourceUnreadable(f"broken: {one_line(str(error), 80)}") from error


def _is_link(info: zipfile.ZipInfo) -> bool:
    """Return whether an entry is a symbolic link of Unix, whose content is only a path."""
    return stat.S_ISLNK(info.external_attr >> 16)


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Return the name of a zipped file, decoded as UTF-8 if possible, since many archives omit the UTF-8 flag."""
    if info.flag_bits & _UTF_8 or info.filename.isascii():
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return info.filename


def read_tar(data: bytes, inside: Inside) -> Parsed:
    """Read the regular files of a tar archive, compressed or not, in its order; links and devices are skipped."""
    stream = opened(data)
    counted = _LimitedStream(stream, inside.settings.max_expanded_bytes) if stream is not None else BytesIO(data)
    remark = ""
    with cast("IO[bytes]", counted) as file:
        try:
            with tarfile.open(fileobj=file, mode="r|") as archive:
                for info in archive:
                    name = _name(info.name)
                    if info.isreg() and not _is_skipped(name, inside):
                        inside.add(name, partial(_open_stored, archive, info), size=info.size)
        except Limited as error:
            inside.leave("the rest", str(error))
        except Exception as error:
            if not inside.members:
                raise SourceUnreadable(f"broken tar file: {one_line(str(error), 80)}") from error
            remark = f"broken, what comes after {len(inside.members):,} files is lost: {one_line(str(error), 80)}"
    return _parsed(inside, remark)


def _open_stored(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(info)
    if file is None:
        raise SourceUnreadable("not a regular file")
    return file


class _LimitedStream:
    """The unpacked stream of an archive, up to a size limit, which also covers skipped files."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file, self._most, self._left = file, most, most

    def __enter__(self) -> _LimitedStream:
        return self

    def __exit__(self, *raised: object) -> None:
        self._file.close()

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise Limited(f"what is inside expands to more than {sized(self._most)}")
        return data


def _is_skipped(name: str, inside: Inside) -> bool:
    """Return whether a name is hidden, as in a walk over folders, or is a leftover of an operating system."""
    hidden = not inside.settings.hidden and any(part.startswith(".") for part in name.split("/"))
    return not name or hidden or bool(_JUNK.search(name))


def _name(name: str) -> str:
    """Return a name as a relative path below the archive, never one outside it."""
    return "/".join(part for part in name.replace("\\", "/").split("/") if part not in ("", ".", ".."))


def _parsed(inside: Inside, remark: str = "") -> Parsed:
    if not inside.members:
        raise SourceUnreadable("empty")
    return Parsed("", (), members=inside.members, remark=remark)
