"""Office files as zip packages: parts read lazily, unchanged parts copied raw, files replaced atomically.

A package is never extracted and never rebuilt: only the parts that change are compressed again, all others keep
their compressed bytes as they came.
"""

from __future__ import annotations

import io
import os
import posixpath
import struct
import zlib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from jukixl.errors import InputError, Place, Problem, reason_of
from jukixl.workbook.file_kind import ASK_AGAIN, SAVE_AGAIN, describe_stranger, describe_zip
from jukixl.workbook.limits import MAX_PACKAGE_SIZE, MAX_PART_SIZE, MEGABYTE
from jukixl.workbook.zip_directory import (
    DEFLATED,
    ENCRYPTED,
    END,
    END_MAGIC,
    ENTRY,
    ENTRY_MAGIC,
    STORED,
    UTF8_NAME,
    VERSION,
    Entry,
    read_directory,
)

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date that a zip can hold
_ZIP_MAGIC = b"PK\x03\x04"
_CONTENT_TYPES = "[Content_Types].xml"
_DOS_DATE = 0x21  # 1980-01-01, the earliest a zip can say: the same content gives the same bytes on any day
_LOCAL = struct.Struct("<4s5H3L2H")


class _Packed(Struct, frozen=True):
    """A part as it lies in the zip: compression method (0 or 8), CRC-32, inflated size, bytes as stored."""

    method: int
    crc: int
    size: int
    data: bytes | memoryview


class Package(Mapping[str, bytes]):
    """The parts of a .xlsx or .docx: part name (`xl/workbook.xml`) → content, in the order of the zip.

    Immutable. Parts are inflated when first read. `name` is the file's name, for messages.
    """

    __slots__ = ("_inflated", "_packed", "_source", "name")

    def __init__(
        self, name: str, packed: dict[str, _Packed | None], inflated: dict[str, bytes], source: bytes | None
    ) -> None:
        self.name = name
        self._packed = packed  # every part in order; None where the content is new and not yet deflated
        self._inflated = inflated  # parts already read, and every new content
        self._source = source  # the whole file while nothing has changed

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Package:
        """Open the content of an Office file; `InputError` when it is none, encrypted, truncated or a zip bomb."""
        _check_magic(data, name)
        try:
            packed: dict[str, _Packed | None] = {**_pack(read_directory(data), data, name)}
        except (ValueError, struct.error) as error:
            raise _input_error(name, f"ファイルが壊れているか、途中で切れています。{ASK_AGAIN}") from error
        if _CONTENT_TYPES not in packed:
            raise _input_error(name, describe_zip(list(packed)))
        return cls(name, packed, {}, data)

    def __getitem__(self, part: str) -> bytes:
        """The part's content; `KeyError` when there is no such part, `InputError` when its data is damaged."""
        content = self._inflated.get(part)
        if content is None:
            packed = self._packed[part]
            assert packed is not None
            content = self._inflated[part] = _inflate(packed, self.name, part)
        return content

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)

    def __contains__(self, part: object) -> bool:
        return part in self._packed

    @property
    def size(self) -> int:
        """Of all parts together when inflated, in bytes, without inflating any."""
        return sum(map(self.size_of, self._packed))

    def size_of(self, part: str) -> int:
        """Of a part when inflated, in bytes, without inflating it."""
        packed = self._packed[part]
        return packed.size if packed else len(self._inflated[part])

    def stored(self, part: str) -> bytes | None:
        """A part as it lies in the file, compressed; None where its content is new. Equal ones have equal contents."""
        packed = self._packed[part]
        return bytes(packed.data) if packed else None

    def with_parts(self, parts: Mapping[str, bytes]) -> Package:
        """A package with these parts replaced in place or added at the end; itself when no content differs."""
        changed = {part: data for part, data in parts.items() if part not in self or self[part] != data}
        if not changed:
            return self
        return Package(self.name, self._packed | dict.fromkeys(changed), self._inflated | changed, None)

    def only(self, parts: Container[str]) -> Package:
        """A package with these parts of this one and no others."""
        packed = {part: data for part, data in self._packed.items() if part in parts}
        return Package(self.name, packed, {p: c for p, c in self._inflated.items() if p in packed}, None)

    def to_bytes(self) -> bytes:
        """The file's content. Deterministic; a package without changes gives exactly the bytes that were read."""
        source = self.pack()._source
        assert source is not None
        return source

    def pack(self, level: int = 6) -> Package:
        """This package ready to be written: parts that changed are deflated at `level` (0: stored), the others stay."""
        if self._source is not None:
            return self
        packed = {
            part: packed or _deflate(self._inflated[part], level) for part, packed in self._packed.items()
        }
        return Package(self.name, {**packed}, self._inflated, _write_zip(packed))


def read_package(path: str | os.PathLike[str]) -> Package:
    """Open an Office file; `InputError` when it is missing, unreadable or no .xlsx/.docx."""
    path = Path(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise _input_error(str(path), "ファイルがありません。名前とフォルダーを確かめてください。") from error
    except IsADirectoryError as error:
        raise _input_error(str(path), "フォルダーです。ファイルを指定してください。") from error
    except PermissionError as error:
        message = (
            "読み取れません。Excelなどで開いていれば閉じ、フォルダーの場合は中のファイルを指定してください。"
        )
        raise _input_error(str(path), message) from error
    return Package.from_bytes(data, path.name)


def write_atomic(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file so that a crash at any moment leaves the old content or the new, never a part of either.

    `InputError` when the folder is missing, not writable or full, or the file is open in Excel.
    """
    target = Path(os.path.realpath(path))  # a link stays a link: the file it points to is replaced
    temporary = target.with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")
    try:
        _write_new(temporary, data)
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o7777)
        os.replace(temporary, target)
    except OSError as error:
        raise _input_error(str(path), _describe_write_error(error)) from error
    finally:
        with suppress(OSError):  # gone already when the replacement succeeded
            temporary.unlink(missing_ok=True)


def stored_zip(parts: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of these parts in this order, the same bytes on every system: fixed dates, and nothing compressed, since
    another zlib compresses to other bytes."""
    import zipfile

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, content in parts:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 0
            package.writestr(info, content, zipfile.ZIP_STORED)
    return target.getvalue()


def relations_path(part: str) -> str:
    """Where the relations of a part stand ("" for the package)."""
    folder, file = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{file}.rels")


def require_new(path: Path) -> None:
    """InputError where a file is already there: what a command creates never overwrites."""
    if path.exists():
        message = "既にファイルがあります。上書きはしません。別の名前を指定してください。"
        raise InputError(Problem(message, Place(file=str(path))))


def keep_former(path: Path, new: bytes) -> Path | None:
    """Keep a different file of this name under a free name beside it: staff may have edited it. None if there is none."""
    if not path.exists() or path.read_bytes() == new:
        return None
    number = 1
    while (kept := path.with_name(f"{path.stem}_旧{number}{path.suffix}")).exists():
        number += 1
    write_atomic(kept, path.read_bytes())
    return kept


def write_keeping_former(path: Path, data: bytes) -> Path | None:
    """Write a file; a different one of this name is kept, see `keep_former`. Errors as for `write_atomic`."""
    kept = keep_former(path, data)
    write_atomic(path, data)
    return kept


def _write_new(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _describe_write_error(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return (
            "Excelなどで開いているか、書き込む権限がないため保存できません。"
            "開いていれば閉じてから、もう一度実行してください。元のファイルはそのままです。"
        )
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "保存先のフォルダーがありません。フォルダーを作るか、別の保存先を指定してください。"
    return (
        f"保存できません（{reason_of(error)}）。ディスクの空きと保存先を確かめてください。"
        "元のファイルはそのままです。"
    )


def _check_magic(data: bytes, name: str) -> None:
    """Say what the file is when it is a frequent mistake rather than an Office Open XML file."""
    if not data.startswith(_ZIP_MAGIC):
        raise _input_error(name, describe_stranger(data, name))


def _pack(entries: Sequence[Entry], data: bytes, name: str) -> dict[str, _Packed]:
    _check_entries(entries, name)
    view = memoryview(data)
    packed = {entry.name: _read_packed(entry, view) for entry in entries}
    if len(packed) != len(entries):
        raise _input_error(name, f"同じ部品が二つ入っている、壊れたファイルです。{ASK_AGAIN}")
    return packed


def _check_entries(entries: Sequence[Entry], name: str) -> None:
    """Refuse what cannot be inflated, and declared sizes that no real report reaches (zip bombs)."""
    if any(entry.flags & ENCRYPTED for entry in entries):
        raise _input_error(name, "暗号化されたzipファイルです。パスワードを解除して保存し直してください。")
    if any(entry.method not in (STORED, DEFLATED) for entry in entries):
        raise _input_error(name, f"ExcelやWordが使わない方式で圧縮されています。{SAVE_AGAIN}")
    sizes = [entry.size for entry in entries]
    if sum(sizes) > MAX_PACKAGE_SIZE or max(sizes, default=0) > MAX_PART_SIZE:
        limit = MAX_PART_SIZE // MEGABYTE
        message = f"展開すると大きすぎます(部品一つの上限は{limit}MB)。不要なシートや図を除いて保存し直してください。"
        raise _input_error(name, message)


def _read_packed(entry: Entry, view: memoryview) -> _Packed:
    """The entry's stored bytes; its sizes come from the central directory, only its start from the local header."""
    header = _LOCAL.unpack_from(view, entry.start)
    start = entry.start + _LOCAL.size + header[9] + header[10]
    data = view[start : start + entry.stored_size]
    if header[0] != _ZIP_MAGIC or len(data) != entry.stored_size:
        raise ValueError(entry.name)
    return _Packed(entry.method, entry.crc, entry.size, data)


def _inflate(packed: _Packed, name: str, part: str) -> bytes:
    """The part's content; never more than its declared size is inflated."""
    content = b""
    with suppress(zlib.error):  # told by the checksum below
        content = bytes(packed.data)
        if packed.method == DEFLATED:
            content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, packed.size + 1)
    if len(content) != packed.size or zlib.crc32(content) != packed.crc:
        raise _input_error(name, f"ファイルの中身({part})が壊れています。{ASK_AGAIN}")
    return content


def _deflate(content: bytes, level: int) -> _Packed:
    crc, size = zlib.crc32(content), len(content)
    if level == 0:
        return _Packed(STORED, crc, size, content)
    compressor = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return _Packed(DEFLATED, crc, size, compressor.compress(content) + compressor.flush())


def _write_zip(parts: Mapping[str, _Packed]) -> bytes:
    """Local headers, data, central directory (APPNOTE 4.3); sizes lie in the headers, there are no extra fields."""
    out, directory = io.BytesIO(), io.BytesIO()
    for part, packed in parts.items():
        data, encoded = packed.data, part.encode()
        flags = 0 if part.isascii() else UTF8_NAME
        sizes = (packed.crc, len(data), packed.size)
        common = (VERSION, flags, packed.method, 0, _DOS_DATE, *sizes, len(encoded), 0)
        directory.write(ENTRY.pack(ENTRY_MAGIC, VERSION, *common, 0, 0, 0, 0, out.tell()) + encoded)
        out.write(_LOCAL.pack(_ZIP_MAGIC, *common) + encoded)
        out.write(data)
    start, listing = out.tell(), directory.getvalue()
    out.write(listing)
    out.write(END.pack(END_MAGIC, 0, 0, len(parts), len(parts), len(listing), start, 0))
    return out.getvalue()


def _input_error(file: str, message: str) -> InputError:
    return InputError(Problem(message, Place(file=file)))
