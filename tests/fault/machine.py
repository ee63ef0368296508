# SPDX-License-Identifier: MIT
"""What the fault tests need of the machine: file systems on loop devices that can lose their power, and runs of mmbright."""
import fcntl
import os
import random
import shutil
import signal
import struct
import subprocess
import time

SHUTDOWN = 0x8004587D  # FS_IOC_SHUTDOWN, _IOR('X', 125, __u32)
NO_LOG_FLUSH = 2       # what is not on the device is lost, the log included
AMOUNT = 10


class Lost(Exception):
    """A promise that was not kept."""


def call(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise OSError(f"{' '.join(command)}: {done.stdout.strip()}")


class Disk:
    """A file system in a file, mounted; cut() takes its power away, and mounts what is left."""

    def __init__(self, kind, folder, size_mib=600):
        self.kind, self.image, self.mounted = kind, os.path.join(folder, f"{kind}.image"), os.path.join(folder, kind)
        with open(self.image, "wb") as image:
            image.truncate(size_mib << 20)
        call(f"mkfs.{kind}", "-q", self.image)
        os.mkdir(self.mounted)
        self.mount()

    def mount(self):
        call("mount", "-o", "loop", self.image, self.mounted)

    def cut(self, process=None):
        descriptor = os.open(self.mounted, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(descriptor)
        if process:
            process.kill()
            process.wait()
        call("umount", self.mounted)
        self.mount()

    def remove(self):
        subprocess.run(["umount", self.mounted], stderr=subprocess.DEVNULL)
        os.rmdir(self.mounted)
        os.unlink(self.image)


class Bench:
    """One image before and after, and mmbright on copies of it."""

    def __init__(self, tools, folder, size_mib):
        self.mmbright, self.folder = os.path.join(tools, "mmbright"), folder
        self.before, self.after = os.path.join(folder, "before.raw"), os.path.join(folder, "after.raw")
        with open(self.before, "wb") as file:
            file.write(random.Random(1).randbytes(size_mib << 20))
        # By a copy into a new file: nothing of a journal is involved in what counts as right.
        call(self.mmbright, "-q", f"--add={AMOUNT}", "-o", self.after, self.before)
        with open(self.before, "rb") as old, open(self.after, "rb") as new:
            self.old, self.new = old.read(), new.read()

    def lay(self, path):
        """A fresh copy, on its device."""
        if os.path.exists(path):
            os.unlink(path)
        with open(path, "wb") as file:
            file.write(self.old)
            os.fsync(file.fileno())

    def start(self, *arguments):
        return subprocess.Popen([self.mmbright, "-q", f"--add={AMOUNT}", *arguments], stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE)

    def finish(self, *arguments):
        """The same command again, to its end."""
        process = self.start(*arguments)
        _, said = process.communicate()
        if process.returncode != 0:
            raise Lost(f"{' '.join(arguments)}: exit status {process.returncode}: {said.decode().strip()}")

    def under(self, tracer, *arguments):
        """Exit status and stderr of mmbright under another program."""
        done = subprocess.run([*tracer, self.mmbright, "-q", f"--add={AMOUNT}", *arguments], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE)
        return done.returncode, done.stderr.decode(errors="replace").strip()

    def finish_under(self, tracer, *arguments):
        status, said = self.under(tracer, *arguments)
        if status != 0:
            raise Lost(f"{' '.join(tracer)}: exit status {status}: {said}")

    def is_new(self, path):
        with open(path, "rb") as file:
            return file.read() == self.new

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
