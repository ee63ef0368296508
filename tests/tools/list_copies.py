# SPDX-License-Identifier: MIT
"""
list_copies.py MMBRIGHT SHIM KIND [ROUNDS]: copies of images whose samples lie in several files, written in parts: in
any order, twice, at once, killed at any call, and finished. Which bytes each part writes is computed here.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from listed import (  # noqa: E402
    CAN_KILL,
    KIND,
    MMBRIGHT,
    ROUNDS,
    SHIM,
    TOOL,
    Listed,
    calls_of,
    get,
    injected,
    put,
    run,
    selection,
    traced,
)

BORDER = 65536
NOBODYS = b"\xee"  # what a byte is that no part has written
FINISH = TOOL["mmshard"], "finish"


class Copy:
    """A copy of an image in so many parts, and what it must be."""

    def __init__(self, rng, image):
        self.image = image
        self.count = rng.randint(1, 6)
        region, channels, self.options = selection(rng, image)
        self.out = "c" + os.path.splitext(image.header_name)[1]
        self.parts, self.data = self.out + ".parts", self.out + ".parts/data"
        image.write()
        self.samples = image.copied(image.changed(7, region, channels))
        os.makedirs("one")
        run(MMBRIGHT, "-q", "-o", "one/" + self.out, "--add=7", *self.options, image.header_name)
        assert get("one/c.raw") == self.samples, f"one process {self}"
        self.header, self.mode = get("one/" + self.out), os.stat("one/c.raw").st_mode
        shutil.rmtree("one")

    def __str__(self):
        return f"{self.count} parts {self.options}\n{self.image}"

    def border(self, index):
        """A byte of the copy, which the samples lie in from the end of the front on."""
        front, total = len(self.image.front), len(self.image.raw())
        if index == self.count:
            return front + total
        return max(front, (front + total * index // self.count) // BORDER * BORDER)

    def samples_of(self, part):
        """The least that it writes, and the most: a sample that changes is written by the part of its first byte."""
        front, size = len(self.image.front), self.image.size
        first, end = self.border(part) - front, self.border(part + 1) - front
        down, up = (lambda at: front + at // size * size), (lambda at: front + -(-at // size) * size)
        return (up(first), down(end)), (down(first), up(end))

    def prepare(self):
        shutil.rmtree(self.parts, ignore_errors=True)
        run(TOOL["mmshard"], "prepare", self.image.header_name, self.out)
        assert os.path.getsize(self.data) == len(self.samples), self

    def command(self, rng, part, add=7, count=None):
        ways = ["--io=" + rng.choice(["auto", "mmap", "buffered", "direct"]), f"-j{rng.randint(1, 3)}"]
        ways += rng.choice(([], [], ["--verify"], ["--sync"]))
        shard = f"--shard={part + 1}/{count or self.count}"
        return [MMBRIGHT, "-q", "-o", self.out, f"--add={add}", shard, *ways, *self.options, self.image.header_name]

    def spoil(self):
        """No part is done, and no byte is as it must be."""
        put(self.data, NOBODYS * len(self.samples))
        for name in os.listdir(self.parts):
            if "-of-" in name:
                os.remove(f"{self.parts}/{name}")

    def is_done(self, part):
        return os.path.exists(f"{self.parts}/{part + 1}-of-{self.count}")

    def is_written(self, part, what):
        first, end = self.samples_of(part)[0]
        assert get(self.data)[first:end] == self.samples[first:end], f"{what}: part {part + 1} of {self}"

    def is_published(self):
        return os.path.exists(self.out) and (get(self.out), get("c.raw")) == (self.header, self.samples)

    def left(self):
        return [name for name in os.listdir(".") if name.startswith(".c.") or name == self.parts]

    def check(self, what):
        """The copy is that of one process, and nothing is beside it."""
        if not self.is_published():
            found = get("c.raw")
            place = next((i for i, byte in enumerate(self.samples) if found[i : i + 1] != bytes([byte])), len(found))
            raise AssertionError(f"{what}: {len(found)} bytes, different at {place}, {get(self.out)!r} {self}")
        assert os.stat("c.raw").st_mode == self.mode, f"{what}: {os.stat('c.raw').st_mode:o} {self}"
        assert not self.left(), f"{what}: {self.left()} {self}"
        self.image.compare(what, None)

    def clear(self):
        for name in (self.out, "c.raw"):
            if os.path.exists(name):
                os.remove(name)
        shutil.rmtree(self.parts, ignore_errors=True)


def shares(rng, copy):
    """Each part writes its own bytes, and no others; what is around the image is one part's."""
    copy.prepare()
    front, end, around = len(copy.image.front), copy.border(copy.count), [0, 0]
    for part in range(copy.count):
        copy.spoil()
        run(*copy.command(rng, part))
        copy.is_written(part, "shares")
        found, (low, high) = get(copy.data), copy.samples_of(part)[1]
        for first, behind in ((front, low), (high, end)):
            others = found[first:behind]
            assert others == NOBODYS * len(others), f"part {part + 1} wrote what is not its own {copy}"
        for place, (first, behind) in enumerate(((0, front), (end, len(found)))):
            is_right = found[first:behind] == copy.samples[first:behind]
            assert is_right or found[first:behind] == NOBODYS * (behind - first), f"around, {part + 1} of {copy}"
            around[place] += is_right
    for count, length in zip(around, (front, len(copy.samples) - end)):
        assert length == 0 or count == 1, f"{count} parts wrote what is around the image {copy}"


def in_any_order(rng, copy):
    copy.prepare()
    order = rng.sample(range(copy.count), copy.count)
    order += rng.choices(order, k=2)
    for number, part in enumerate(order):
        said = run(*FINISH, copy.out, status=None)
        missing = sorted(part + 1 for part in set(range(copy.count)) - set(order[:number]))
        is_over = not missing and number > 0
        if is_over:
            break
        wanted = f"parts are missing: {' '.join(map(str, missing))}\n" if number else "no part is done\n"
        assert said.returncode == 1 and said.stderr.decode().endswith(wanted), f"{said.stderr} {copy}"
        assert not os.path.exists(copy.out) and not os.path.exists("c.raw"), copy
        run(*copy.command(rng, part))
    if not os.path.exists(copy.out):
        run(*FINISH, copy.out)
    copy.check("in any order")
    # A name that is taken is kept, unless it is said.
    copy.prepare()
    for part in range(copy.count):
        run(*copy.command(rng, part))
    put("c.raw", b"old")
    assert b"exists already" in run(*FINISH, copy.out, status=2).stderr
    os.remove("c.raw")
    assert b"exists already" in run(*FINISH, copy.out, status=2).stderr
    assert not os.path.exists("c.raw")
    run(*FINISH, "--force", "--sync", copy.out)
    copy.check("replaced")
    copy.clear()


def refused(rng, copy):
    """Parts of another command, division or image, and names that are taken."""
    image, name = copy.image, rng.choice(copy.image.names)
    run(*copy.command(rng, 0), status=2)
    assert b"which ends with" in run(TOOL["mmshard"], "prepare", image.header_name, "c.raw", status=2).stderr
    taken = os.path.splitext(name)[0] + os.path.splitext(copy.out)[1]
    assert b" input " in run(TOOL["mmshard"], "prepare", image.header_name, taken, status=2).stderr
    copy.prepare()
    assert b"is there already" in run(TOOL["mmshard"], "prepare", image.header_name, copy.out, status=2).stderr
    run(*copy.command(rng, 0))
    assert b"by another command" in run(*copy.command(rng, 0, add=8), status=2).stderr
    assert b"these cannot be" in run(*copy.command(rng, 0, count=copy.count + 1), status=2).stderr
    for tool in (TOOL["mmstat"], TOOL["mmdump"]):
        for file in ("data", "header"):
            assert b"of a new file" in run(tool, f"{copy.parts}/{file}", status=2).stderr
    before = os.stat(name)
    for touched in (name, image.header_name):
        kept = os.stat(touched)
        os.utime(touched, ns=(kept.st_atime_ns, kept.st_mtime_ns + 1))
        assert b"was changed since" in run(*copy.command(rng, 0), status=1).stderr, f"{touched} {copy}"
        os.utime(touched, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    content = get(name)
    os.rename(name, "kept")
    put(name, content)
    os.utime(name, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert b"prepared for another file" in run(*copy.command(rng, 0), status=1).stderr, copy
    os.rename("kept", name)
    run(*copy.command(rng, 0))
    # Whole, or not at all.
    for part in range(1, copy.count):
        run(*copy.command(rng, part))
    os.rename(copy.parts + "/header", "kept")
    run(*FINISH, copy.out, status=1)
    assert not os.path.exists(copy.out) and not os.path.exists("c.raw"), copy
    os.rename("kept", copy.parts + "/header")
    run(*FINISH, copy.out)
    copy.check("refused")
    copy.clear()


def changed_meanwhile(rng, copy):
    """A part whose image is changed while it is copied is not done."""
    if "address" in KIND or "thread" in KIND:
        return
    copy.prepare()
    part = max(range(copy.count), key=lambda part: copy.border(part + 1) - copy.border(part))
    command = copy.command(rng, part) + ["-j1", "--io=buffered"]
    stop = {"LD_PRELOAD": SHIM, "SHIM_RAISE": f"{signal.SIGSTOP.value}:1:/data"}
    with subprocess.Popen(
        command, env={**os.environ, **stop}, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as process:
        _, state = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(state), copy
        name = rng.choice(copy.image.names)
        kept = os.stat(name)
        os.utime(name, (1, 1))
        process.send_signal(signal.SIGCONT)
        said = process.communicate(timeout=60)[1]
        assert process.returncode == 1 and b"this part is not done" in said, f"{said} {copy}"
    assert not copy.is_done(part), copy
    os.utime(name, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    for part in range(copy.count):
        run(*copy.command(rng, part))
    run(*FINISH, copy.out)
    copy.check("changed meanwhile")
    copy.clear()


def at_once(rng, copy):
    """Each part twice, then two that finish."""
    copy.prepare()

    def end(processes, what):
        said = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
        assert all(status in (0, 1) for _, status in said) and any(status == 0 for _, status in said), f"{what} {said}"
        return said

    def start(command):
        return subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)

    running = [[start(copy.command(rng, part)) for _ in range(2)] for part in range(copy.count)]
    for processes in running:
        for said, status in end(processes, "parts"):
            assert status == 0 or b"on this part" in said, f"{said} {copy}"
    end([start([*FINISH, "--force", copy.out]) for _ in range(2)], "finish")
    copy.check("at once")
    copy.clear()


def by_plan(copy):
    """The commands of a job file."""
    copy.prepare()
    words = ["--output=parallel", f"--count={copy.count}", "--into=" + copy.out, copy.image.header_name]
    lines = run(TOOL["mmshard"], "plan", *words, "--", "--add=7", *copy.options).stdout.decode().splitlines()
    assert len(lines) == copy.count, lines
    path = {"PATH": os.path.dirname(MMBRIGHT) + ":/bin:/usr/bin"}
    for line in lines:
        subprocess.run(["sh", "-c", line], check=True, env={**os.environ, **path}, stderr=subprocess.DEVNULL)
    run(*FINISH, copy.out)
    copy.check("by plan")
    copy.clear()


# At which calls a part is killed, and at most at which of them.
MOMENTS = {"pwrite64": 6, "openat": 30, "renameat": 1, "close": 20, "mmap": 60}


def kill_parts(rng, copy):
    """A part that was killed is done, and then whole, or done again."""
    copy.prepare()
    copy.spoil()
    kills = 0
    for part in rng.sample(range(copy.count), copy.count):
        command = copy.command(rng, part)
        call = rng.choice(list(MOMENTS))
        what = f"--inject={call}:signal=SIGKILL:when={rng.randint(1, MOMENTS[call])}"
        killed = traced(command, what, calls=call) in (-9, 137)
        kills += killed
        if copy.is_done(part):
            copy.is_written(part, f"killed={killed} {what}")
        else:
            assert killed, f"{what} {copy}"
            run(*FINISH, copy.out, status=1)
            run(*command)
    run(*FINISH, copy.out)
    copy.check("killed parts")
    copy.clear()
    return kills


# Of finishing: what changes names.
NAMING = "?rename,?renameat,?renameat2,?link,?linkat,?unlink,?unlinkat"
WAYS: list[dict[str, str]] = [{}, {"SHIM_NO_TMPFILE": "1"}, {"SHIM_NO_TMPFILE": "1", "SHIM_NO_LINK": "1"}]
OLD = b"# another one\n", b"old samples"


def is_plain(copy):
    """What a program sees that knows no records: a header has the samples that it was made for."""
    if not os.path.exists(copy.out) or not os.path.exists("c.raw") or os.path.getsize(copy.out) == 0:
        return True
    return copy.is_published() or (get(copy.out), get("c.raw")) == OLD


def lay(copy, is_old):
    """All parts are done, and there is an older copy, or none."""
    copy.clear()
    for name in copy.left():
        os.remove(name)
    shutil.copytree("kept", copy.parts)
    if is_old:
        put(copy.out, OLD[0])
        put("c.raw", OLD[1])


def kill_finish(rng, copy, trials):
    """Killed, or failing, at any call: both files are old or new, and the same command makes the new ones."""
    copy.prepare()
    for part in range(copy.count):
        run(*copy.command(rng, part))
    os.rename(copy.parts, "kept")
    kills = 0
    for way in rng.sample(WAYS, 2):
        shim = {**way, "LD_PRELOAD": SHIM}
        is_old = rng.random() < 0.6
        command = [*FINISH, *(["--force"] if is_old else []), copy.out]
        lay(copy, is_old)
        names = calls_of(command, NAMING, shim)
        copy.check(f"traced {way}")
        for number in rng.sample(range(len(names)), min(trials, len(names))):
            lay(copy, is_old)
            how = rng.choice(("signal=SIGKILL", "signal=SIGKILL", "error=ENOSPC"))
            status = traced(command, injected(names, number, how), calls=NAMING, environment=shim)
            kills += status in (-9, 137)
            what = f"{how} at {number} {names[number]}, {way}, old={is_old}: {status} {os.listdir('.')}"
            assert is_plain(copy), f"{what}: a mixture for plain programs {copy}"
            run(TOOL["mmstat"], "-q", "--type=u8", "--samples=1", "c.raw", status=None)
            if os.path.exists(copy.out):
                run(TOOL["mmstat"], "-q", copy.out, status=None)
            new = copy.is_published()
            assert new or is_old == os.path.exists(copy.out), f"{what} {copy}"
            assert new or is_old == os.path.exists("c.raw"), f"{what} {copy}"
            assert new or not is_old or (get(copy.out), get("c.raw")) == OLD, f"{what}: a mixture {copy}"
            if os.path.exists(copy.parts):
                run(*command)
            assert copy.is_published(), f"{what}, and again {copy}"
            assert not os.path.exists(copy.parts), f"{what}: the folder is left {copy}"
            if not way:
                copy.check(what)
    give_up(copy)
    shutil.rmtree("kept")
    return kills


def give_up(copy):
    """Killed between the two names, and the folder removed by hand: what was there before is there."""
    command = [*FINISH, "--force", copy.out]
    lay(copy, True)
    names = calls_of(command, NAMING)
    renames = [i for i, name in enumerate(names) if name == "renameat"]
    lay(copy, True)
    # The header's, when the samples have theirs.
    traced(command, injected(names, renames[-1], "signal=SIGKILL"), calls=NAMING)
    assert get("c.raw") == copy.samples and not os.path.exists(copy.out), f"{os.listdir('.')} {copy}"
    shutil.rmtree(copy.parts)
    run(TOOL["mmstat"], copy.out, status=None)
    assert (get(copy.out), get("c.raw")) == OLD and not copy.left(), f"{os.listdir('.')} {copy}"
    copy.clear()


def rights(rng, copy):
    """The copy is no more open than any of the files."""
    os.chmod(copy.image.names[-1], 0o640)
    copy.prepare()
    for part in range(copy.count):
        run(*copy.command(rng, part))
    run(*FINISH, copy.out)
    mode = os.stat("c.raw").st_mode & 0o777
    assert mode == (0o600 if len(copy.image.names) > 1 else 0o640), oct(mode)
    assert os.stat(copy.out).st_mode == os.stat(copy.image.header_name).st_mode, copy
    copy.clear()


def drawn(rng, is_large):
    """Not of thousands of files, which each part looks at."""
    image = Listed(rng, is_large)
    while len(image.names) > 40:
        image = Listed(rng, is_large)
    return image


def main():
    kills, rounds = 0, (ROUNDS + 1) // 4
    for seed in range(rounds):
        rng = random.Random(2000 + seed)
        is_large = seed % 2 == 1  # parts end inside of files, and have all kinds of borders
        copy = Copy(rng, drawn(rng, is_large))
        shares(rng, copy)
        in_any_order(rng, copy)
        at_once(rng, copy)
        if CAN_KILL:
            kills += kill_parts(rng, copy)
        if not is_large:
            refused(rng, copy)
            changed_meanwhile(rng, copy)
            by_plan(copy)
            kills += kill_finish(rng, copy, max(4, ROUNDS // 4)) if CAN_KILL else 0
            rights(rng, copy)
        for name in os.listdir("."):
            if name.endswith((".raw", ".mhd", ".nhdr")):
                os.remove(name)
        shutil.rmtree("sub")
    print(f"{rounds} copies in parts, {kills} parts and ends killed and repeated")


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    main()
