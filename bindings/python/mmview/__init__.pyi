# SPDX-License-Identifier: MIT
# The public names, for type checkers and editors. help(mmview) has the words. Arrays are Any: numpy is optional.
# tests/python/test_stubs.py compares this file with the package.
import dataclasses
import os
from types import TracebackType
from typing import Any, Callable, Iterator, List, Optional, Protocol, Tuple, Type, TypeVar, Union

__version__: str

_Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
_Part = Optional[Tuple[int, int]]
_Value = TypeVar("_Value")
_Self = TypeVar("_Self")

class _Buffer(Protocol):
    """Whatever memoryview() takes: bytes, bytearray, memoryview, an array."""

# ---- errors

class Error(OSError):
    status: int
    offset: Optional[int]
    parameter: Optional[str]

class ArgumentError(Error, ValueError): ...
class TruncatedError(Error): ...
class JournalError(Error): ...
class AbandonedError(Error): ...
class NumberError(TypeError, ValueError): ...
class SizeError(OverflowError, ValueError): ...
class ImageError(ArgumentError): ...

# ---- files

class View:
    data: Any
    def __init__(self, owner: Map, offset: int, length: Optional[int]) -> None: ...
    @property
    def address(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def __array_interface__(self) -> dict[str, Any]: ...
    def __len__(self) -> int: ...
    def flush(self, durable: bool = ...) -> None: ...
    def check(self) -> None: ...
    def close(self) -> None: ...
    def __enter__(self) -> memoryview: ...
    def __exit__(
        self, kind: Optional[Type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None: ...

class Map:
    name: str
    mode: str
    writable: bool
    stores: bool
    is_file: bool
    created: bool
    def __init__(self, path: _Path, mode: str = ..., capacity: int = ...) -> None: ...
    def __len__(self) -> int: ...
    def fileno(self) -> int: ...
    def view(self, offset: int = ..., length: Optional[int] = ...) -> View: ...
    def windows(
        self,
        size: Optional[int] = ...,
        offset: int = ...,
        length: Optional[int] = ...,
        record: int = ...,
        part: _Part = ...,
        io: str = ...,
    ) -> Iterator[memoryview]: ...
    def walk(
        self,
        function: Callable[..., Any],
        dtype: Any = ...,
        *,
        offset: int = ...,
        length: Optional[int] = ...,
        part: _Part = ...,
        record: Optional[int] = ...,
        io: str = ...,
        threads: int = ...,
        window: int = ...,
        journal: Optional[Job] = ...,
        chunks: bool = ...,
    ) -> WalkStats: ...
    def walk_to(
        self,
        target: Map,
        function: Callable[..., Any],
        dtype: Any = ...,
        out_dtype: Any = ...,
        *,
        offset: int = ...,
        length: Optional[int] = ...,
        part: _Part = ...,
        record: Optional[int] = ...,
        out_record: Optional[int] = ...,
        out_offset: int = ...,
        io: str = ...,
        threads: int = ...,
        window: int = ...,
        chunks: bool = ...,
    ) -> WalkStats: ...
    def reduce(
        self,
        fold: Callable[[Any], _Value],
        merge: Callable[[_Value, _Value], _Value],
        dtype: Any = ...,
        *,
        offset: int = ...,
        length: Optional[int] = ...,
        part: _Part = ...,
        record: Optional[int] = ...,
        io: str = ...,
        threads: int = ...,
        block: int = ...,
        initial: Any = ...,
    ) -> Any: ...
    def grow(self, capacity: int) -> None: ...
    def shrink(self, capacity: int) -> None: ...
    def refresh(self) -> int: ...
    def share(self, name: str) -> None: ...
    def sync(self) -> None: ...
    def close(self) -> None: ...
    def __enter__(self: _Self) -> _Self: ...
    def __exit__(self, *_: Any) -> None: ...

class Chunk:
    index: int
    offset: int
    count: int
    thread: int
    is_trial: bool
    def __init__(self, index: int, offset: int, count: int, thread: int, is_trial: bool) -> None: ...

@dataclasses.dataclass(frozen=True)
class WalkStats:
    bytes: int
    records: int
    resumed: int
    threads: int
    io: str
    reason: str
    seconds: float

def open(path: _Path, mode: str = ..., capacity: int = ...) -> Map: ...
def shard(
    offset: int, length: int, index: int, count: int, record: int = ..., stride: int = ...
) -> Optional[Tuple[int, int]]: ...
def walk(map: Map, function: Callable[..., Any], dtype: Any = ..., **options: Any) -> WalkStats: ...
def walk_to(
    map: Map, target: Map, function: Callable[..., Any], dtype: Any = ..., out_dtype: Any = ..., **options: Any
) -> WalkStats: ...
def reduce(
    map: Map,
    fold: Callable[[Any], _Value],
    merge: Callable[[_Value, _Value], _Value],
    dtype: Any = ...,
    **options: Any,
) -> Any: ...

# ---- journals

class Job:
    path: str
    def __init__(
        self,
        map: Map,
        operation: str,
        mode: str = ...,
        offset: int = ...,
        length: Optional[int] = ...,
        files: int = ...,
        wait: float = ...,
        path: Optional[_Path] = ...,
        varies: bool = ...,
    ) -> None: ...
    def finish(self) -> None: ...
    def close(self) -> None: ...
    def __enter__(self: _Self) -> _Self: ...
    def __exit__(
        self, kind: Optional[Type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None: ...

def job(
    map: Map,
    operation: str,
    mode: str = ...,
    *,
    offset: int = ...,
    length: Optional[int] = ...,
    files: int = ...,
    wait: float = ...,
    path: Optional[_Path] = ...,
    varies: bool = ...,
) -> Job: ...

# ---- images

@dataclasses.dataclass(frozen=True)
class Header:
    format: str
    path: str
    file: str
    offset: int
    layout: str
    slope: float
    intercept: float
    low: float
    high: float
    no_data: Tuple[float, ...]
    meaning: str
    part: int
    parts: int
    part_name: str
    notes: Tuple[Tuple[str, str], ...]

class Image:
    array: Any
    header: Header
    def __init__(self, array: Any, header: Header, view: Optional[View] = ..., map: Optional[Map] = ...) -> None: ...
    @property
    def __array_interface__(self) -> dict[str, Any]: ...
    def __iter__(self) -> Iterator[Any]: ...
    def check(self) -> None: ...
    def sync(self) -> None: ...
    def close(self) -> None: ...
    def __enter__(self: _Self) -> _Self: ...
    def __exit__(
        self, kind: Optional[Type[BaseException]], value: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None: ...

def image(
    path: _Path,
    mode: str = ...,
    *,
    copy: bool = ...,
    format: str = ...,
    samples: int = ...,
    part: Union[int, str, None] = ...,
) -> Image: ...

# ---- names

class NamedMap(Map):
    def __init__(
        self,
        name: str,
        mode: str = ...,
        capacity: int = ...,
        *,
        limits: bool = ...,
        permissions: int = ...,
        persist: bool = ...,
        any_owner: bool = ...,
    ) -> None: ...

@dataclasses.dataclass(frozen=True)
class NameInfo:
    name: str
    kind: str
    capacity: int
    allocated: int
    user: int
    group: int
    permissions: int
    persists: bool
    in_use: bool

def named(
    name: str,
    mode: str = ...,
    capacity: int = ...,
    *,
    permissions: int = ...,
    persist: bool = ...,
    any_owner: bool = ...,
) -> NamedMap: ...
def names() -> List[NameInfo]: ...
def remove(name: str) -> None: ...

class Mutex:
    name: str
    created: bool
    def __init__(
        self,
        name: str,
        mode: str = ...,
        *,
        owned: bool = ...,
        permissions: int = ...,
        persist: bool = ...,
        any_owner: bool = ...,
    ) -> None: ...
    def acquire(self, timeout: Optional[float] = ...) -> bool: ...
    def release(self) -> None: ...
    def close(self) -> None: ...
    def __enter__(self: _Self) -> _Self: ...
    def __exit__(self, *_: Any) -> None: ...

class Event:
    name: str
    created: bool
    def __init__(
        self,
        name: str,
        mode: str = ...,
        *,
        manual: bool = ...,
        is_set: bool = ...,
        permissions: int = ...,
        persist: bool = ...,
        any_owner: bool = ...,
    ) -> None: ...
    def set(self) -> None: ...
    def reset(self) -> None: ...
    def wait(self, timeout: Optional[float] = ...) -> bool: ...
    def close(self) -> None: ...
    def __enter__(self: _Self) -> _Self: ...
    def __exit__(self, *_: Any) -> None: ...

class Semaphore:
    name: str
    created: bool
    def __init__(
        self,
        name: str,
        count: int = ...,
        mode: str = ...,
        *,
        most: Optional[int] = ...,
        permissions: int = ...,
        persist: bool = ...,
        any_owner: bool = ...,
    ) -> None: ...
    def acquire(self, timeout: Optional[float] = ...) -> bool: ...
    def release(self, count: int = ...) -> int: ...
    def close(self) -> None: ...
    def __enter__(self: _Self) -> _Self: ...
    def __exit__(self, *_: Any) -> None: ...

class Sender:
    name: str
    created: bool
    room: int
    def __init__(
        self,
        name: str,
        mode: str = ...,
        capacity: int = ...,
        *,
        permissions: int = ...,
        persist: bool = ...,
        any_owner: bool = ...,
    ) -> None: ...
    @property
    def has_peer(self) -> bool: ...
    def send(self, message: _Buffer, timeout: Optional[float] = ...) -> None: ...
    def close(self) -> None: ...
    def __enter__(self: _Self) -> _Self: ...
    def __exit__(self, *_: Any) -> None: ...

class Receiver:
    name: str
    created: bool
    room: int
    def __init__(
        self,
        name: str,
        mode: str = ...,
        capacity: int = ...,
        *,
        permissions: int = ...,
        persist: bool = ...,
        any_owner: bool = ...,
    ) -> None: ...
    @property
    def has_peer(self) -> bool: ...
    def receive(self, timeout: Optional[float] = ...) -> bytes: ...
    def close(self) -> None: ...
    def __iter__(self) -> Iterator[bytes]: ...
    def __next__(self) -> bytes: ...
    def __enter__(self: _Self) -> _Self: ...
    def __exit__(self, *_: Any) -> None: ...
