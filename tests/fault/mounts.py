# SPDX-License-Identifier: MIT
"""File systems that end and come back, or fill up under the journal; other images under one of mode power."""
import os
import shutil
import signal
import subprocess
import time

from machine import Disk, Lost, ended
from small import MARK, Small

FILLER = 1 << 20


class Mounts(Small):
    def mounts(self):
        """The page cache ends, the system does not: mode kill knows the mount that held the pages."""
        for kind in ("ext4", "xfs"):
            if os.geteuid() != 0 or not shutil.which(f"mkfs.{kind}"):
                print(f"SKIPPED: mounts of {kind}: it needs root and mkfs.{kind}")
                continue
            row = self.row(
                "P41",
                f"-i --journal=kill, killed, its journal or FILE synced in part, {kind} shut down and mounted "
                "again: refused, FILE as it is",
            )
            disk = Disk(kind, self.folder)
            try:
                wrong = sum(bool(row.trial(self.mounted_again, disk, row)) for _ in range(self.trials // 2 + 1))
            finally:
                disk.remove()
            row.note = (
                f"without the check {wrong} would have lost data: the journal says what FILE has not; "
                f"{row.after} had no journal any more"
            )
            row.must(wrong > 0 or self.trials < 50, "the journal was always right")

    def mounted_again(self, disk, row):
        """Whether the journal that came back says what is not so."""
        for name in os.listdir(disk.mounted):
            if name != "lost+found":
                os.unlink(os.path.join(disk.mounted, name))
        path = os.path.join(disk.mounted, "image.raw")
        self.bench.lay(path)
        os.sync()
        process = self.bench.start("-i", "--io=buffered", "-j1", path)
        if ended(process, 0.004 + 0.02 * self.random.random()):
            self.bench.rest(process)
            return False
        process.kill()
        self.bench.rest(process)
        journals = [os.path.join(disk.mounted, name) for name in self.journals(disk.mounted)]
        for name in self.random.sample([path, *journals], self.random.randrange(1, 2 + len(journals))):
            with open(name, "rb") as file:
                os.fsync(file.fileno())
        disk.cut()
        journals = [os.path.join(disk.mounted, name) for name in self.journals(disk.mounted)]
        marked = any(name.startswith(MARK) for name in os.listxattr(path))
        before = self.bench.get(path)
        if not journals and not marked:
            row.after += 1
            if before != self.bench.old and before != self.bench.new:
                raise Lost("a mixture, and nothing says so")
            return False
        wrong = self.is_wrong(path, before)
        for words in (("-i", *self.ways(), path), ("-i", "--add=11", path), ("-o", path + ".out", path)):
            said = self.refused(*words)
            if self.bench.get(path) != before:
                raise Lost(f"{words}: refused, and something was changed: {said}")
        self.good("--discard-journal", path, plain=True)
        return wrong

    def is_wrong(self, path, now):
        """Whether bytes that the journal calls changed are old, or bytes that it calls not changed are new."""
        said = subprocess.run([self.bench.mmbright, "--status", path], capture_output=True, check=False, text=True)
        for line in said.stdout.splitlines():
            words = line.split()
            if "from offset" not in line or line.endswith(": half changed"):
                continue
            first = int(words[words.index("offset") + 1].rstrip(":"))
            end = first + int(words[words.index("bytes") - 1])
            wanted = self.bench.old if line.endswith("not changed") else self.bench.new
            if now[first:end] != wanted[first:end]:
                return True
        return False

    # ---- full --------------------------------------------------------------------------------------------------------

    def full(self):
        """A store into the journal that a full copy-on-write file system does not take."""
        if os.geteuid() != 0 or not shutil.which("mkfs.btrfs"):
            print("SKIPPED: full file systems: it needs root and mkfs.btrfs")
            return
        old, new = self.bench.old, self.bench.new
        times = max(1, (96 << 20) // len(old))
        self.bench.old, self.bench.new = old * times, new * times
        try:
            for io in ("mmap", "buffered", "direct"):
                row = self.row(
                    "P42",
                    f"-i --io={io} while btrfs under its journal fills up: exit 0 or an error; room made, the "
                    "same command: changed once",
                )
                for number in range(self.trials // 10 + 1):
                    row.trial(self.fills_up, io, number % 3 == 2, row)
                row.note = f"{row.after} runs failed for want of room"
                row.must(row.after > 0 or self.trials < 20, "no run ever failed")
        finally:
            self.bench.old, self.bench.new = old, new

    def fills_up(self, io, beside, row):
        disk = Disk("btrfs", self.folder, 256 if beside else 64, [] if beside else ["-M"])
        path = os.path.join(disk.mounted if beside else self.folder, "full.raw")
        words = ["-i", "-j1", f"--io={io}", path]
        if not beside:
            words.insert(1, "--journal-file=" + os.path.join(disk.mounted, "journal"))
        try:
            if beside:
                # Its own bytes are written where they are; those of the journal never.
                open(path, "wb").close()
                subprocess.run(["chattr", "+C", path], check=True)
            self.lay_there(path)
            self.filled_under(disk, path, words, row)
        finally:
            if not beside and os.path.exists(path):
                os.unlink(path)
            disk.remove()

    def lay_there(self, path):
        with open(path, "wb") as file:
            file.write(self.bench.old)
            os.fsync(file.fileno())

    def filled_under(self, disk, path, words, row):
        process = self.bench.start(*words)
        fillers = [os.path.join(disk.mounted, f"fill{number}") for number in range(3)]
        try:
            self.fill_under(process, disk.mounted, fillers)
        finally:
            process.send_signal(signal.SIGCONT)
            # A full btrfs looks for room for a long time before it says no.
            said = self.bench.rest(process, 150)
        if process.returncode not in (0, 1):
            raise Lost(f"exit status {process.returncode}: {said.decode(errors='replace')}")
        row.after += process.returncode == 1
        for filler in fillers:
            if os.path.exists(filler):
                os.unlink(filler)
        subprocess.run(["sync", "-f", disk.mounted], check=False)
        if process.returncode != 0:
            self.good(*words)
        if not self.bench.is_new(path):
            raise Lost(f"exit status {process.returncode}, and the file is wrong: {said.decode(errors='replace')}")

    def fill_under(self, process, folder, fillers):
        """Once it has its journal: not a page is left for copies of what it stores there."""
        for _ in range(2000):
            if process.poll() is not None or any("journal" in name or ".mmj." in name for name in os.listdir(folder)):
                break
            time.sleep(0.001)
        ended(process, 0.03 * self.random.random())
        process.send_signal(signal.SIGSTOP)
        for filler, size in zip(fillers, (FILLER, 4096, 4096)):
            self.fill(filler, size)
            subprocess.run(["sync", "-f", folder], check=False)

    @staticmethod
    def fill(path, size):
        try:
            with open(path, "wb", buffering=0) as file:
                while file.write(bytes(size)) > 0:
                    pass
        except OSError:
            pass

    # ---- another image -----------------------------------------------------------------------------------------------

    def group(self):
        """Another image copied over FILE while a group of mode power is armed: none of its bytes is touched."""
        folder = self.fresh("group")
        path = os.path.join(folder, "image.raw")
        row = self.row(
            "P11",
            "-i --journal=power, killed in its first groups; another image copied over FILE, times put back: "
            "refused, or changed once from there",
        )
        other = bytes(reversed(self.bench.old))
        changed = self.path("other.new")
        with open(path, "wb") as file:
            file.write(other)
        self.good("-f", "-o", changed, path)
        for _ in range(self.trials // 2 + 1):
            row.trial(self.copied_over, path, other, self.bench.get(changed), row)
        row.note = f"{row.after} were refused"
        row.must(row.after > 0, "none was refused")
        self.control(row, "restored from the journal without a look", self.restored_blindly, path, other)

    def kill_in_group(self, path):
        for _ in range(50):
            self.bench.lay(path)
            # Of the first group's calls: the fourth sync and later are behind it.
            tracer = self.at_call("fdatasync", self.random.randrange(2, 5))
            self.bench.under(tracer, "-i", "--journal=power", "-j1", path)
            if self.journals(os.path.dirname(path)) and self.bench.get(path) != self.bench.old:
                return
        raise Lost("the instrument: nothing was begun")

    def copied_over(self, path, other, changed, row):
        self.kill_in_group(path)
        times = os.stat(path)
        with open(path, self.random.choice(("r+b", "wb"))) as file:
            file.write(other)
        if self.random.random() < 0.7:
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        status, said = self.tool("-i", "--journal=power", path)
        now = self.bench.get(path)
        row.after += status != 0
        if status != 0 and now != other:
            raise Lost(f"refused, and the other image was touched: {said}")
        if status == 0 and now != changed:
            raise Lost("exit 0, and the other image is wrong")
        self.good("--discard-journal", path, plain=True) if status != 0 else None

    def restored_blindly(self, path, other):
        """What the stashes hold is the old image's."""
        self.kill_in_group(path)
        with open(os.path.join(os.path.dirname(path), self.journals(os.path.dirname(path))[0]), "rb") as file:
            saved = file.read()
        if self.bench.old[:65536] in saved and self.bench.old[:65536] != other[:65536]:
            raise Lost("these bytes would be put back")
