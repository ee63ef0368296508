# SPDX-License-Identifier: MIT
"""Whole processes: running, timing and interleaving them, and the files they work on."""
import json
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
# Another build than the one that bench/run makes: for the tests.
BUILD = os.environ.get("MMVIEW_BUILD", os.path.join(TOP, "build/release"))
BUILD32 = os.path.join(TOP, "build/i386-release")
PHOTO = os.path.join(TOP, "testdata/raccoon-512x384-i16le-rgba.raw")
WIDTH, PIXEL = 512, 8
AMOUNT = 10


class Failed(Exception):
    """A command that should have worked did not; the report says so and goes on."""


def tool(name, build=BUILD):
    return os.path.join(build, "bench" if name == "mmbench" else "tools", name)


def plain(name):
    """A program that does the job without us, built beside mmbench."""
    return os.path.join(BUILD, "bench", name)


def run(command, **how):
    """subprocess.run(), but what is running when we are told to stop may clean up, too."""
    process = subprocess.Popen(command, **how)
    try:
        out, err = process.communicate()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def output_of(command):
    done = run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}: exit status {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout


def spawn(command, limit_kib=0):
    """Seconds from start to exit of a process whose output goes nowhere, and its resource usage."""
    if limit_kib:
        command = ["sh", "-c", f'ulimit -v {limit_kib}; exec "$0" "$@"', *command]
    actions = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    start = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=actions, setsigdef=[signal.SIGPIPE])
    try:
        _, status, usage = os.wait4(pid, 0)
    except BaseException:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
        raise
    seconds = time.perf_counter() - start
    if status != 0:
        raise Failed(f"{' '.join(command)}: ended with {status}")
    return seconds, usage


def interleave(commands, rounds):
    """{name: [seconds]} of functions that return seconds, run A B C, C B A, A B C ...; a first round is not counted."""
    times = {name: [] for name in commands}
    order = list(commands)
    for number in range(rounds + 1):
        for name in order if number % 2 else reversed(order):
            os.sync()
            seconds = commands[name]()
            if number:
                times[name].append(seconds)
    return times


def in_place(*paths, options=(), build=BUILD, kind="i16le", journal="off"):
    """mmbright -i; without a journal, as what it is compared with has none either. Brightened often, samples may
    begin like a header."""
    return [
        tool("mmbright", build),
        "-q",
        "-i",
        "--format=raw",
        f"--type={kind}",
        f"--add={AMOUNT}",
        f"--journal={journal}",
        *options,
        *paths,
    ]


def evict(path):
    """Take a file out of the page cache, and prove it."""
    os.sync()
    descriptor = os.open(path, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)
    resident = int(output_of(["fincore", "-nbo", "RES", path]).split()[0])
    if resident > 1 << 20:
        raise Failed(f"{path} cannot be made cold: {resident} bytes stay in memory")


class Image:
    """A file of repeated photographs, and how much has been added to it so far."""

    def __init__(self, path, size_mib, kind="i16le"):
        self.path, self.size, self.kind, self.added = path, size_mib << 20, kind, 0
        self.height = self.size // (WIDTH * PIXEL)
        free = shutil.disk_usage(os.path.dirname(path)).free
        if free < self.size * 1.05:
            raise Failed(f"no space for {size_mib} MiB in {os.path.dirname(path)}, {free >> 20} MiB are free")
        self.write(PHOTO, path)

    def write(self, tile, path, piece="1M"):
        """In writes of exactly one piece: that decides how the page cache holds it."""
        source = [
            tool("mmgen"),
            f"--type={self.kind}",
            f"--width={WIDTH}",
            f"--height={self.height}",
            f"--pattern=tile:{tile}",
            "-",
        ]
        with subprocess.Popen(source, stdout=subprocess.PIPE) as pipe:
            sink = subprocess.run(
                ["dd", f"of={path}", f"bs={piece}", "iflag=fullblock", "status=none"], stdin=pipe.stdout
            )
        if sink.returncode != 0 or pipe.returncode != 0:
            raise Failed(f"{path}: cannot be written")

    def hold(self, written):
        """Bring it into the page cache in another way: NAME-writes, copied or read-back."""
        if written == "read-back":
            evict(self.path)
            output_of(["dd", f"if={self.path}", "of=/dev/null", "bs=1M", "status=none"])
        elif written == "copied":
            os.rename(self.path, self.path + ".old")
            output_of(["cp", "--reflink=never", self.path + ".old", self.path])
            os.unlink(self.path + ".old")
        elif written != "1M-writes":
            os.unlink(self.path)
            self.write(PHOTO, self.path, written.removesuffix("-writes").lower())

    def count(self, times=1):
        self.added += times * AMOUNT

    def check(self, path=None):
        """Every byte must be what that many additions make of the photograph."""
        with tempfile.TemporaryDirectory() as folder:
            tile = os.path.join(folder, "tile")
            output_of([tool("mmbright"), "-q", f"--type={self.kind}", f"--add={self.added}", "-o", tile, PHOTO])
            source = [
                tool("mmgen"),
                f"--type={self.kind}",
                f"--width={WIDTH}",
                f"--height={self.height}",
                f"--pattern=tile:{tile}",
                "-",
            ]
            with subprocess.Popen(source, stdout=subprocess.PIPE) as pipe:
                same = subprocess.run(["cmp", "-s", "-", path or self.path], stdin=pipe.stdout).returncode == 0
        if not same:
            raise Failed(f"WRONG BYTES in {path or self.path}")

    def remove(self):
        os.unlink(self.path)


class LoopMount:
    """A file system of its own in a file, mounted for the time of a with block. Needs root."""

    def __init__(self, kind, folder, size_mib):
        self.kind, self.size_mib = kind, size_mib
        self.image, self.point = os.path.join(folder, f"{kind}.img"), None

    def __enter__(self):
        with open(self.image, "wb") as image:
            os.posix_fallocate(image.fileno(), 0, self.size_mib << 20)
        output_of([f"mkfs.{self.kind}", "-q", self.image])
        self.point = tempfile.mkdtemp(prefix="mmview-mount-")
        try:
            output_of(["mount", "-o", "loop", self.image, self.point])
        except Failed:
            self.__exit__()
            raise
        return self.point

    def __exit__(self, *_):
        if os.path.ismount(self.point):
            subprocess.run(["umount", self.point], check=True)
        os.rmdir(self.point)
        os.unlink(self.image)


def peak_private(command):
    """Highest anonymous resident memory while a command runs, polled, and its --json report."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = 0
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status") as status:
                for line in status:
                    if line.startswith("RssAnon"):
                        peak = max(peak, int(line.split()[1]) << 10)
        except OSError:
            pass
    if process.returncode != 0:
        raise Failed(f"{' '.join(command)}: exit status {process.returncode}")
    return peak, json.loads(process.stdout.read())


def median_rate(seconds, size):
    return size / statistics.median(seconds) / 1e9
