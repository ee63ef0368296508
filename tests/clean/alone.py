# SPDX-License-Identifier: MIT
"""The wheel where nothing but python3 is: what works without numpy, which is not there."""
import errno
import importlib.util
import os
import sys
import tempfile

import mmview

if importlib.util.find_spec("numpy"):
    sys.exit("numpy is here, so this is no clean root")

os.chdir(tempfile.mkdtemp())
assert mmview.__file__.startswith(sys.prefix), mmview.__file__


def done(what):
    """A line for each part, for who watches."""
    print(f"{what}: works")


with open("data", "wb") as file:
    file.write(bytes(range(256)) * 20000)
with mmview.open("data", "r+") as data, data.view(4096, 4) as view:
    assert bytes(view) == bytes(range(4))
    view[:] = b"abcd"
with open("data", "rb") as changed:
    changed.seek(4096)
    assert changed.read(5) == b"abcd\x04"
done("a view")

with mmview.open("data", "r+") as data:
    for window in data.windows(record=256):
        assert len(window) % 256 == 0
        window[::256] = bytes([7]) * (len(window) // 256)
        del window
    with data.view() as view:
        assert set(view[::256]) == {7}
done("windows")


def set_second(records):
    for at in range(1, len(records), 65536):
        records[at] = 9


with mmview.open("data", "r+") as data:
    stats = data.walk(set_second, None, record=65536, length=65536 * 78)
    assert stats.records == 78 and stats.threads >= 1, stats
    with data.view(0, 65536 * 78) as view:
        assert set(view[1::65536]) == {9}
    total = data.reduce(lambda block: (len(block), sum(block[:4])), lambda a, b: (a[0] + b[0], a[1] + b[1]), None)
    assert total[0] == len(data), total
done("a walk, and a reduction")

kept: list = []
with mmview.open("data", "r+") as data:
    try:
        data.walk(kept.append, None)
        sys.exit("an array that was kept was not told of")
    except BufferError:
        pass
os.truncate("data", 0)
assert kept[0][0] == 7
done("what a walk's function keeps")

with open("numbers", "wb") as file:
    file.write(bytes(1 << 20))
with mmview.open("numbers", "r+") as data, mmview.job(data, "add 1") as job:
    data.walk(lambda block: block.__setitem__(0, block[0] + 1), None, record=4096, journal=job)
assert not [name for name in os.listdir(".") if ".mmj" in name]
done("a journal")

try:
    mmview.open("missing")
    sys.exit("a file that is not there was opened")
except FileNotFoundError as error:
    assert error.filename == "missing" and error.errno == errno.ENOENT
done("errors")

with mmview.named("clean", "x+", 4096) as shared, mmview.named("clean") as again:
    with shared.view() as one, again.view() as other:
        one[0] = 5
        assert other[0] == 5
    assert [info.kind for info in mmview.names() if info.name == "clean"] == ["map"]
with mmview.Mutex("clean"):
    pass
with mmview.Receiver("clean") as receiver:
    with mmview.Sender("clean") as sender:
        sender.send(b"hello")
    assert [bytes(message) for message in receiver] == [b"hello"]
assert not [name for name in os.listdir("/dev/shm") if name.startswith("mmv.clean")]
done("names, locks and channels")

with open("/proc/self/maps", encoding="utf-8") as maps:
    mapped = {line.split()[-1] for line in maps if ".so" in line}
own = [path for path in mapped if "mmview" in os.path.basename(path)]
assert own and all(path.startswith(os.path.realpath(sys.prefix)) for path in own), own
assert not [path for path in mapped if "gomp" in path or "uring" in path], mapped
done("the wheel's own library, and no other")
