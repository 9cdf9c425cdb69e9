"""Archives: zip, and tar in any compression. Their files are read from memory; nothing is ever written to disk."""

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
                if not info.filename.endswith("/") and not _is_link(info) and not _passed_over(name, inside):
                    opening = partial(_open_zipped, archive, info)
                    inside.add(name, opening, size=info.file_size, packed=max(1, info.compress_size))
    except (*_BROKEN, NotImplementedError) as error:
        raise SourceUnreadable(f"broken zip file: {one_line(str(error), 80)}") from error
    return _parsed(inside)


def _beside(archive: zipfile.ZipFile, path: Path, most: int) -> bytes:
    """Return the beginning of a file of an archive; OSError where it cannot be read."""
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
        raise SourceUnreadable(f"packed by a method that is not read ({method})") from None
    except _BROKEN as error:
        raise SourceUnreadable(f"broken: {one_line(str(error), 80)}") from error


def _is_link(info: zipfile.ZipInfo) -> bool:
    """Tell of a symbolic link, as Unix stores it: its content is only a path."""
    return stat.S_ISLNK(info.external_attr >> 16)


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Return the name of a zipped file: one that does not say that it is UTF-8 often is all the same."""
    if info.flag_bits & _UTF_8 or info.filename.isascii():
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return info.filename


def read_tar(data: bytes, inside: Inside) -> Parsed:
    """Read the regular files of a tar archive, packed or not, in its order; links and devices are skipped."""
    stream = opened(data)
    counted = _Counted(stream, inside.settings.max_expanded_bytes) if stream is not None else BytesIO(data)
    remark = ""
    with cast("IO[bytes]", counted) as file:
        try:
            with tarfile.open(fileobj=file, mode="r|") as archive:
                for info in archive:
                    name = _name(info.name)
                    if info.isreg() and not _passed_over(name, inside):
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


class _Counted:
    """What an archive unpacks to, no more than may be unpacked: also what is skipped takes its time."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file, self._most, self._left = file, most, most

    def __enter__(self) -> _Counted:
        return self

    def __exit__(self, *raised: object) -> None:
        self._file.close()

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise Limited(f"what is inside expands to more than {sized(self._most)}")
        return data


def _passed_over(name: str, inside: Inside) -> bool:
    """Tell of a name that a walk over folders would not come to either, and of what systems leave in archives."""
    hidden = not inside.settings.hidden and any(part.startswith(".") for part in name.split("/"))
    return not name or hidden or bool(_JUNK.search(name))


def _name(name: str) -> str:
    """Return a name as a path below the archive: it names what is inside, and nothing on a disk."""
    return "/".join(part for part in name.replace("\\", "/").split("/") if part not in ("", ".", ".."))


def _parsed(inside: Inside, remark: str = "") -> Parsed:
    if not inside.members:
        raise SourceUnreadable("empty")
    return Parsed("", (), members=inside.members, remark=remark)
