# SPDX-License-Identifier: MIT
"""What the fault tests need of the machine: file systems on loop devices that can lose their power, and runs of
mmbright."""
import errno
import fcntl
import glob
import os
import random
import struct
import subprocess
import time

SHUTDOWN = 0x8004587D  # FS_IOC_SHUTDOWN, _IOR('X', 125, __u32)
NO_LOG_FLUSH = 2  # what is not on the device is lost, the log included
AMOUNT = 10
PATIENCE = 20  # seconds; a run takes less than one


class Lost(Exception):
    """A promise that was not kept."""


def call(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise OSError(f"{' '.join(command)}: {done.stdout.strip()}")


def injecting(name, what, *more):
    """What stands in front of a command whose call of this name is to fail, or to be its last."""
    # Faster, and only signals are not injected then (strace 6.1).
    fast = [] if what.startswith("signal=") else ["--seccomp-bpf"]
    expressions = ["-e", f"trace={name}", "-e", f"inject={name}:{what}"]
    return ["strace", *fast, "-f", "-qq", "-o", "/dev/null", *more, *expressions]


class Disk:
    """A file system in a file, mounted; cut() takes its power away, and mounts what is left."""

    def __init__(self, kind, folder, size_mib=600, options=()):
        self.kind, self.image, self.mounted = kind, os.path.join(folder, f"{kind}.image"), os.path.join(folder, kind)
        with open(self.image, "wb") as image:
            image.truncate(size_mib << 20)
        call(f"mkfs.{kind}", "-q", *options, self.image)
        os.makedirs(self.mounted, exist_ok=True)
        self.mount()

    def mount(self):
        call("mount", "-o", "loop", self.image, self.mounted)

    def cut(self, process=None):
        """The power goes: what was not written is lost, and so is the process."""
        self.fail()
        if process:
            process.kill()
            process.wait()
        self.again()

    def fail(self):
        """From now on every access fails."""
        descriptor = os.open(self.mounted, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(descriptor)

    def again(self):
        """Only what is on the device is left."""
        for seconds in (0.1, 0.5, 1, 2, 4, 8, 16):
            self.unmount()
            self.mount()
            if self.is_alive():
                return
            # Somebody still has the old one: a sync(2) that is under way, another mount namespace.
            time.sleep(seconds)
        raise OSError(f"{self.mounted}: it is still shut down")

    def is_alive(self):
        probe = os.path.join(self.mounted, "probe")
        try:
            with open(probe, "w"):
                pass
            os.unlink(probe)
            return True
        except OSError as error:
            return error.errno != errno.EIO

    def unmount(self):
        """What a killed process had handed to the device keeps it busy for a while."""
        for seconds in (0.1, 0.5, 1, 2, 4):
            if subprocess.run(["umount", self.mounted], stderr=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(seconds)
        call("umount", self.mounted)

    def remount(self, how):
        call("mount", "-o", f"remount,{how}", self.mounted)

    def device(self):
        """Major and minor number, as the kernel writes them."""
        number = os.stat(self.mounted).st_dev
        return f"{os.major(number)}:{os.minor(number)}"

    def remove(self):
        self.unmount()
        os.rmdir(self.mounted)
        os.unlink(self.image)


class Store:
    """A tmpfs: what lies in a sparse image there has less room than it seems, once shrink() has been called."""

    def __init__(self, folder):
        self.mounted = os.path.join(folder, "store")

    def __enter__(self):
        os.mkdir(self.mounted)
        call("mount", "-t", "tmpfs", "-o", "size=2g", "mmview", self.mounted)
        return self

    def shrink(self, left_mib):
        facts = os.statvfs(self.mounted)
        used = (facts.f_blocks - facts.f_bfree) * facts.f_frsize >> 20
        call("mount", "-o", f"remount,size={used + 1 + left_mib}m", self.mounted)

    def grow(self):
        call("mount", "-o", "remount,size=2g", self.mounted)

    def __exit__(self, *_):
        call("umount", self.mounted)
        os.rmdir(self.mounted)


class Throttle:
    """A control group whose processes write slowly to one device; what they have begun stays slow after their end."""

    ROOT = "/sys/fs/cgroup/blkio"

    def __init__(self, folder, device, bytes_per_second):
        self.group = os.path.join(self.ROOT, os.path.basename(folder))
        self.limit = f"{device} {bytes_per_second}"

    @classmethod
    def is_there(cls):
        return os.access(os.path.join(cls.ROOT, "blkio.throttle.write_bps_device"), os.W_OK)

    def __enter__(self):
        os.mkdir(self.group)
        with open(os.path.join(self.group, "blkio.throttle.write_bps_device"), "w") as file:
            file.write(self.limit)
        return self

    def enter(self):
        """For the process itself."""
        with open(os.path.join(self.group, "cgroup.procs"), "w") as file:
            file.write("0")

    def __exit__(self, *_):
        os.rmdir(self.group)


class Bench:
    """One image before and after, and mmbright on copies of it."""

    def __init__(self, tools, folder, size_mib, patience=PATIENCE):
        self.patience = patience
        self.mmbright, self.folder = os.path.join(os.path.abspath(tools), "mmbright"), folder
        self.megabytes = size_mib
        self.before, self.after = os.path.join(folder, "before.raw"), os.path.join(folder, "after.raw")
        with open(self.before, "wb") as file:
            file.write(random.Random(1).randbytes(size_mib << 20))
        # By a copy into a new file: nothing of a journal is involved in what counts as right.
        call(self.mmbright, "-q", f"--add={AMOUNT}", "-o", self.after, self.before)
        self.old, self.new = self.get(self.before), self.get(self.after)
        # For what is done very often.
        self.small = os.path.join(folder, "small.raw")
        with open(self.small, "wb") as file:
            file.write(self.old[: 1 << 16])

    def lay(self, path):
        """A fresh copy, on its device. What a lost trial has left must not make the next one fail."""
        for name in [path, *glob.glob(glob.escape(path) + ".mmj.*")]:
            if os.path.exists(name):
                os.unlink(name)
        with open(path, "wb") as file:
            file.write(self.old)
            os.fsync(file.fileno())

    @staticmethod
    def forget(path):
        """Out of the page cache: this file alone, others are being measured."""
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    @staticmethod
    def get(path):
        with open(path, "rb") as file:
            return file.read()

    def start(self, *arguments, **more):
        # Nothing comes on stdout of such a run; what starts programs for an emulator says there why it could not.
        return subprocess.Popen(
            [self.mmbright, "-q", f"--add={AMOUNT}", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **more,
        )

    def finish(self, *arguments):
        """The same command again, to its end."""
        process = self.start(*arguments)
        said = self.rest(process)
        if process.returncode != 0:
            words = said.decode(errors="replace").strip()
            raise Lost(f"{' '.join(arguments)}: exit status {process.returncode}: {words}")

    def rest(self, process, patience=None):
        """Wait for its end; what it said, on stderr first. Waiting for ever is a broken promise, too."""
        try:
            out, said = process.communicate(timeout=patience or self.patience)
            return (said or b"") + (out or b"")
        except subprocess.TimeoutExpired as late:
            process.kill()
            process.communicate()
            raise Lost("it hangs") from late

    def under(self, tracer, *arguments):
        """Exit status and stderr of mmbright under another program."""
        process = subprocess.Popen(
            [*tracer, self.mmbright, "-q", f"--add={AMOUNT}", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        said = self.rest(process)
        return process.returncode, said.decode(errors="replace").strip()

    def finish_under(self, tracer, *arguments):
        status, said = self.under(tracer, *arguments)
        if status != 0:
            raise Lost(f"{' '.join(tracer)}: exit status {status}: {said}")

    def is_new(self, path):
        return self.get(path) == self.new

    def seconds(self, path, *arguments):
        """How long an undisturbed run takes."""
        self.lay(path)
        start = time.monotonic()
        self.finish(*arguments)
        return time.monotonic() - start


def ended(process, seconds):
    """Whether the process came to its end in that time."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def check_end(process, way):
    """It came to its end by itself: well."""
    said = (process.stderr.read() + process.stdout.read()).decode(errors="replace").strip()
    if process.returncode != 0:
        raise Lost(f"{' '.join(way)}: exit status {process.returncode}: {said}")
