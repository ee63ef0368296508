# SPDX-License-Identifier: MIT
"""Copies of a file that a killed run has changed in part; marks, parts, names, globs and pairs."""
import os
import shutil
import subprocess

from machine import AMOUNT, Disk, Lost, call
from small import MARK, Small


class Copies(Small):
    def copies(self):
        """A copy is no way around the journal, and what is done to it is not done to the original."""
        folder, elsewhere = self.fresh("copies"), self.fresh("elsewhere")
        if os.geteuid() == 0:
            call("mount", "-t", "tmpfs", "-o", "size=64m", "mmview", elsewhere)
        try:
            ways = {
                "cp": self.plain_copy,
                "cp -a": self.full_copy,
                "cp -a of the folder": self.folder_copy,
                "mv": self.renamed,
                "mv to another file system": self.moved,
                "restored from a backup": self.restored,
            }
            for what, way in ways.items():
                row = self.row("P37", f"-i, killed; {what}; other commands and --discard-journal on either; finished")
                for _ in range(self.trials // len(ways) + 1):
                    row.trial(way, folder, elsewhere, row)
                if what in ("cp -a", "mv"):
                    self.control(row, "with the traces removed", way, folder, elsewhere, row, True)
                if row.after:
                    row.note = "; ".join(filter(None, (row.note, f"{row.after} finished by --adopt")))
        finally:
            if os.geteuid() == 0:
                call("umount", elsewhere)

    def killed(self, folder):
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        path = os.path.join(folder, "image.raw")
        self.put(path)
        while self.is_old(path):
            self.put(path)
            self.interrupt("-i", path, folder=folder)
        return path

    def finished(self, path, what):
        self.good("-i", *self.ways(), path)
        self.check_new(path, what)

    def plain_copy(self, folder, _, row):
        """Bytes without a mark: the original is still finished."""
        path = self.killed(folder)
        copy = os.path.join(folder, "copy.raw")
        call("cp", path, copy)
        self.tool("--discard-journal", copy, plain=True)
        self.finished(path, "the original")

    def full_copy(self, folder, _, row, bare=False):
        path = self.killed(folder)
        copy = os.path.join(folder, "copy.raw")
        call("cp", "-a", path, copy)
        if bare:
            self.unmark(copy)
        self.copy_refuses(copy)
        if self.random.random() < 0.5:
            self.good("--discard-journal", copy, plain=True)
            if any(name.startswith(MARK) for name in os.listxattr(copy)):
                raise Lost("discarded, and the copy bears its mark")
        self.finished(path, "the original")

    def copy_refuses(self, copy):
        before, out = self.bench.get(copy), copy + ".out"
        for words in (("-i", copy), ("-i", "--journal=off", copy), ("-o", out, copy), ("-i", "--adopt", copy)):
            said = self.refused(*words)
            if self.bench.get(copy) != before or os.path.exists(out):
                raise Lost(f"{words}: refused, and something was changed: {said}")

    def folder_copy(self, folder, elsewhere, row):
        path = self.killed(folder)
        copied = os.path.join(folder, "copied")
        os.mkdir(copied)
        for name in os.listdir(folder):
            if name != "copied":
                call("cp", "-a", os.path.join(folder, name), copied)
        copy = os.path.join(copied, "image.raw")
        self.copy_refuses(copy)
        before = self.bench.get(copy)
        for _ in range(2):
            self.tool("--discard-journal", copy, plain=True)
        if self.bench.get(copy) != before:
            raise Lost("--discard-journal changed the copy")
        self.finished(path, "the original")

    def renamed(self, folder, _, row, bare=False):
        path = self.killed(folder)
        other = os.path.join(folder, "other.raw")
        if bare:
            self.unmark(path)
            for name in self.journals(folder):
                os.unlink(os.path.join(folder, name))
        os.rename(path, other)
        if not bare:
            self.refused("-i", "--add=11", other)
            self.refused("-o", other + ".out", other)
        self.good("-i", *self.ways(), other)
        self.check_new(other, "renamed")

    def moved(self, folder, elsewhere, row):
        """Another inode: refused, and finished with --adopt when it is what the run left."""
        path = self.killed(folder)
        moved = os.path.join(elsewhere, "image.raw")
        self.put(moved)
        journals = [os.path.join(folder, name) for name in self.journals(folder)]
        before = self.bench.get(path)
        call("mv", path, moved)
        spoiled = self.random.random() < 0.3
        if spoiled:
            with open(moved, "r+b") as file:
                file.write(bytes(SPOILT))
        for words in (("-i", moved), ("-i", "--adopt", "--add=11", moved)):
            if any(name.startswith(MARK) for name in os.listxattr(moved)):
                self.refused(*words)
        status, said = self.tool("-i", "--adopt", *self.ways(), f"--journal-file={journals[0]}", moved)
        if status == 0 and not spoiled:
            row.after += 1
            self.check_new(moved, "adopted")
        elif status == 0 and self.bench.get(moved)[SPOILT:] == self.new[SPOILT:]:
            # The bytes that somebody changed belong to no granule that is compared: they are his.
            pass
        elif status == 0:
            raise Lost("another image was adopted, and is wrong")
        elif not spoiled and self.bench.get(moved) != before:
            raise Lost(f"refused, and something was changed: {said}")
        elif not spoiled:
            raise Lost(f"--adopt is refused: {said}")
        self.tool("--discard-journal", f"--journal-file={journals[0]}", plain=True)

    def restored(self, folder, _, row):
        """A backup put back in place: the same inode and mark, other bytes."""
        path = self.killed(folder)
        begun = self.bench.get(path)
        with open(path, "r+b") as file:
            file.write(self.old)
        status, said = self.tool("-i", *self.ways(), path)
        if status == 0:
            return self.check_new(path, "restored, and taken up")
        if not self.is_old(path):
            raise Lost(f"refused, and the backup was changed: {said}")
        self.good("--discard-journal", path, plain=True)
        if begun == self.old:
            raise Lost("the instrument: nothing was begun")
        return self.finished(path, "begun anew")

    # ---- snapshots ---------------------------------------------------------------------------------------------------

    def snapshots(self):
        """The same inode and birth in another subvolume of btrfs: a copy all the same."""
        if os.geteuid() != 0 or not shutil.which("mkfs.btrfs"):
            print("SKIPPED: snapshots: it needs root and mkfs.btrfs")
            return
        row = self.row(
            "P37",
            "-i, killed; a snapshot of its folder (btrfs): nothing is done to the snapshot, and "
            "nothing through it to the original",
        )
        disk = Disk("btrfs", self.folder)
        try:
            call("btrfs", "subvolume", "create", os.path.join(disk.mounted, "real"))
            for _ in range(self.trials // 4 + 1):
                row.trial(self.snapshot, disk.mounted)
        finally:
            disk.remove()

    def snapshot(self, mounted):
        real, copied = os.path.join(mounted, "real"), os.path.join(mounted, "copied")
        path = self.killed(real)
        call("btrfs", "subvolume", "snapshot", real, copied)
        try:
            copy = os.path.join(copied, "image.raw")
            before = self.bench.get(copy)
            for words in (("-i", copy), ("-i", "--add=11", copy), ("-o", os.path.join(real, "out.raw"), copy)):
                said = self.refused(*words)
                if self.bench.get(copy) != before:
                    raise Lost(f"{words}: refused, and the snapshot was changed: {said}")
            self.tool("--discard-journal", copy, plain=True)
            self.finished(path, "the original")
        finally:
            call("btrfs", "subvolume", "delete", copied)

    # ---- parts -------------------------------------------------------------------------------------------------------

    def marks(self):
        """More parts than a file has room for marks: one mark leads to all of them."""
        if os.geteuid() != 0:
            print("SKIPPED: marks on ext4: it needs root")
            return
        row = self.row(
            "P38",
            "-i --shard=k/80 on ext4, all but one; renamed; parts repeated, killed; the last one: "
            "changed once, nothing left",
        )
        disk = Disk("ext4", self.folder)
        try:
            for _ in range(self.trials // 40 + 1):
                row.trial(self.eighty, disk.mounted, False)
            self.control(row, "with mark and record removed", self.eighty, disk.mounted, True)
        finally:
            disk.remove()

    def eighty(self, folder, bare):
        """Of a larger file: parts begin at multiples of 64 KiB."""
        count = 80
        path = self.emptied(folder)
        self.bench.lay(path)
        parts = list(range(1, count + 1))
        self.random.shuffle(parts)
        for part in parts[1:]:
            self.good("-i", f"--shard={part}/{count}", path)
        other = os.path.join(folder, "other.raw")
        if bare:
            self.unmark(path)
            for name in self.journals(folder):
                os.unlink(os.path.join(folder, name))
        os.rename(path, other)
        for part in self.random.sample(parts[1:], 5):
            self.good("-i", f"--shard={part}/{count}", other)
        self.refused("-i", other)
        last = ("-i", "--io=buffered", "-j1", f"--shard={parts[0]}/{count}", other)
        if self.bench.under(self.at_call("pwrite64", self.random.randrange(1, 8)), *last)[0] != 0:
            self.good(*last)
        if not self.was_over(other, folder):
            raise Lost("80 parts: the file is wrong, or something is left")
        if os.listxattr(other):
            raise Lost(f"left behind: {os.listxattr(other)}")

    def emptied(self, folder):
        for name in os.listdir(folder):
            if name != "lost+found":
                os.unlink(os.path.join(folder, name))
        path = os.path.join(folder, "image.raw")
        self.put(path)
        return path

    def shards(self):
        """All parts at once, killed, and repeated until each said 0."""
        ways = {
            "-i --shard=k/n, 2 to 6 processes at once": self.parts_at_once,
            f"the same of an image in {LISTED} files": self.list_at_once,
        }
        folder = self.fresh("parts")
        for what, way in ways.items():
            row = self.row("P38", f"{what}, killed at random; each repeated until exit 0: changed once, nothing left")
            for _ in range(self.trials):
                row.trial(way, folder, row, ())
            row.note = f"{row.killed} killed"
            self.control(row, "with --journal=off", way, folder, row, ("--journal=off",))

    def parts_at_once(self, folder, row, options):
        path = self.emptied(folder)
        self.check_new(path, f"{self.all_parts(path, row, options, {})} parts")

    def list_at_once(self, folder, row, options):
        path = self.lay_list(folder)
        count = self.all_parts(path, row, options, {"fsetxattr": LISTED + 1, "fremovexattr": LISTED})
        names = [os.path.join(folder, f"s{i}.raw") for i in range(LISTED)]
        if b"".join(map(self.bench.get, names)) != self.old.translate(BRIGHTER):
            raise Lost(f"{count} parts of a list: a file is wrong")
        left = self.journals(folder) + [name for name in names if os.listxattr(name)]
        if left:
            raise Lost(f"{count} parts of a list: {left} was left behind")

    def lay_list(self, folder):
        """The image in several files, and the header that lists them."""
        os.unlink(self.emptied(folder))
        slab, names = len(self.old) // LISTED, [f"s{i}.raw" for i in range(LISTED)]
        for i, name in enumerate(names):
            self.put(os.path.join(folder, name), self.old[i * slab : (i + 1) * slab])
        path = os.path.join(folder, "image.mhd")
        head = f"NDims = 3\nDimSize = 1024 {slab // 1024} {LISTED}\nElementType = MET_UCHAR\nElementDataFile = LIST\n"
        self.put(path, (head + "\n".join(names) + "\n").encode())
        return path

    def all_parts(self, path, row, options, calls):
        """How many there were. 'calls': at which others a process is killed, and at most which of them."""
        count = 2 if options else self.random.randrange(2, 7)
        waiting = list(range(1, count + 1))
        for attempt in range(30):
            # The last attempts are left alone.
            runs = [(part, self.start_part(path, part, count, options, calls, attempt < 4)) for part in waiting]
            for _, run in runs:
                self.bench.rest(run)
            row.killed += sum(run.returncode in (137, -9) for _, run in runs)
            waiting = [part for part, run in runs if run.returncode != 0]
            if not waiting:
                return count
        raise Lost(f"parts {waiting} of {count} never end")

    def start_part(self, path, part, count, options, calls, may_be_killed):
        words = [
            self.bench.mmbright,
            "-q",
            f"--add={AMOUNT}",
            "-i",
            "--io=buffered",
            "-j1",
            *options,
            f"--shard={part}/{count}",
            path,
        ]
        # A kill at its end could not say so: the stated gap.
        most = {"pwrite64": 12, "linkat": 2, "fsetxattr": 2, "openat": 12, "unlink": 2, **calls}
        at = self.random.choice(list(most))
        number = self.random.randrange(1, most[at])
        if options:
            at, number = "pwrite64", 2
        tracer = self.at_call(at, number) if may_be_killed else []
        return subprocess.Popen([*tracer, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


SPOILT = 4096
LISTED = 4  # files of one image
BRIGHTER = bytes(min(255, value + AMOUNT) for value in range(256))
