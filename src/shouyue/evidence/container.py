"""The package as one file: a plain ZIP in one fixed form, so that not a byte of it can change unseen.

Files are stored uncompressed (nothing can swell), sorted by name, with the same date and rights for all. Any program opens
it; a program that packs it again writes other bytes, and then the unpacked folder is what is checked.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping

MOST_FILES = 400_000
MOST_BYTES = 4_000_000_000
SAFE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*\Z")

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_END = struct.Struct("<IHHHHIIH")
_END64 = struct.Struct("<IQHHIIQQQQ")
_WHERE64 = struct.Struct("<IIQI")
_UTF8, _DATE, _UNIX, _RIGHTS = 0x0800, 0x0021, 0x0314, 0o100644 << 16


class ContainerRefused(ValueError):
    """The file is not a package as it was written. The message says where it differs."""


def safe_name(name: str) -> bool:
    """Plain letters, no way out of the folder."""
    return len(name) <= 200 and bool(SAFE.match(name)) and ".." not in name


def _local(name: bytes, crc: int, size: int) -> bytes:
    return _LOCAL.pack(0x04034B50, 20, _UTF8, 0, 0, _DATE, crc, size, size, len(name), 0) + name


def _central(name: bytes, crc: int, size: int, offset: int) -> bytes:
    head = (
        0x02014B50,
        _UNIX,
        20,
        _UTF8,
        0,
        0,
        _DATE,
        crc,
        size,
        size,
        len(name),
        0,
        0,
        0,
        0,
        _RIGHTS,
        offset,
    )
    return _CENTRAL.pack(*head) + name


def _end(count: int, size: int, offset: int) -> bytes:
    few = min(count, 0xFFFF)
    end = _END.pack(0x06054B50, 0, 0, few, few, size, offset, 0)
    if count < 0xFFFF:
        return end
    large = _END64.pack(0x06064B50, 44, _UNIX, 45, 0, 0, count, count, size, offset)
    return large + _WHERE64.pack(0x07064B50, 0, offset + size, 1) + end


def pack(files: Mapping[str, bytes]) -> bytes:
    """The package with these files."""
    body, listing = bytearray(), bytearray()
    for name in sorted(files):
        if not safe_name(name):
            raise ValueError(f"{name!r} cannot be a file's name in a package")
        data = files[name]
        crc, raw, offset = zlib.crc32(data), name.encode(), len(body)
        body += _local(raw, crc, len(data)) + data
        listing += _central(raw, crc, len(data), offset)
    if len(files) > MOST_FILES or len(body) + len(listing) > MOST_BYTES:
        raise ValueError(f"{len(files)} files of {len(body)} bytes are more than one package may hold")
    return bytes(body + listing + _end(len(files), len(listing), len(body)))


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of a package, refused unless it is byte for byte as `pack` writes it."""
    if len(data) > MOST_BYTES:
        raise ContainerRefused(f"{len(data)} bytes are more than {MOST_BYTES}")
    if len(data) < _END.size or data[-_END.size :][:4] != b"PK\x05\x06":
        raise ContainerRefused("this is no package, or its end is missing")
    _, _, _, _, count, size, offset, _ = _END.unpack(data[-_END.size :])
    if count == 0xFFFF:
        at = len(data) - _END.size - _WHERE64.size - _END64.size
        if at < 0 or data[at : at + 4] != b"PK\x06\x06":
            raise ContainerRefused("the end of the package is not as it was written")
        count = _END64.unpack(data[at : at + _END64.size])[7]
    if count > MOST_FILES:
        raise ContainerRefused(f"{count} files are more than {MOST_FILES}")
    if offset + size > len(data) or data[offset + size :] != _end(count, size, offset):
        raise ContainerRefused("the end of the package is not as it was written")
    files: dict[str, bytes] = {}
    at, place, before = offset, 0, ""
    for number in range(count):
        head = data[at : at + _CENTRAL.size]
        if len(head) < _CENTRAL.size or head[:4] != b"PK\x01\x02":
            raise ContainerRefused(f"the list of files breaks off at file {number}")
        fields = _CENTRAL.unpack(head)
        crc, stored, length, letters = fields[7], fields[8], fields[9], fields[10]
        raw = data[at + _CENTRAL.size : at + _CENTRAL.size + letters]
        name = raw.decode("ascii", "replace")
        if not safe_name(name):
            raise ContainerRefused(f"the name {name[:80]!r} of file {number} is not allowed")
        if name <= before:
            raise ContainerRefused(f"{name} stands twice or out of order")
        listed = _central(raw, crc, length, place)
        local = _local(raw, crc, length)
        if (
            stored != length
            or data[at : at + len(listed)] != listed
            or data[place : place + len(local)] != local
        ):
            raise ContainerRefused(
                f"{name} is not packed as it was written (compressed, renamed or packed by another program); "
                "unpack it and check the folder instead"
            )
        start = place + len(local)
        content = data[start : start + length]
        if len(content) != length or start + length > offset:
            raise ContainerRefused(f"{name} breaks off")
        if zlib.crc32(content) != crc:
            raise ContainerRefused(f"{name} was changed: its check sum does not fit")
        files[name] = content
        at, place, before = at + len(listed), start + length, name
    if place != offset or at != offset + size:
        raise ContainerRefused("there are bytes in the package that belong to no file")
    return files
