# SPDX-License-Identifier: MIT
"""A header and its samples that several processes write in parts, and the command that gives both their names."""
import os
import shutil
import subprocess

from copies import LISTED, Copies
from machine import AMOUNT, Lost

# At which calls a process is killed, and at most at which of them.
PARTS = {"pwrite64": 12, "openat": 30, "renameat": 2, "unlinkat": 2, "close": 20}
END = {"renameat": 5, "linkat": 4, "unlinkat": 12, "openat": 20, "fchmod": 2}


class Finished(Copies):
    def finished(self):
        """Both files are old or new, whoever is killed."""
        row = self.row(
            "P9",
            f"-o OUT.mhd --shard=k/n of an image in {LISTED} files, 2 to 6 processes at once, and mmshard finish -f, "
            "killed at random, each repeated: header and samples are both old or both new",
        )
        folder = self.fresh("finished")
        for _ in range(self.trials):
            row.trial(self.made_in_parts, folder, row)
        row.note = f"{row.killed} killed"
        self.control(row, "named one after the other", self.named_by_hand, folder)

    def lay(self, folder):
        """The image, an older OUT or none, and what a single process makes."""
        shutil.rmtree(folder)
        os.mkdir(folder)
        image, out = self.lay_list(folder), os.path.join(folder, "out.mhd")
        self.good("-o", out, image)
        new = self.state(out)
        old = [None, None]
        for number, name in enumerate(self.names(out)):
            os.unlink(name)
            if self.random.random() < 0.5 or old[0]:
                old[number] = b"; old\n" * (number + 1)
                self.put(name, old[number])
        self.good("prepare", image, out, name="mmshard")
        return image, out, old, new

    @staticmethod
    def names(out):
        return out, out.replace(".mhd", ".raw")

    def state(self, out):
        return [self.bench.get(name) if os.path.exists(name) else None for name in self.names(out)]

    def made_in_parts(self, folder, row):
        image, out, old, new = self.lay(folder)
        self.write_parts(image, out, row)
        for attempt in range(30):
            at = self.random.choice(list(END))
            # The last attempts are left alone.
            tracer = self.at_call(at, self.random.randrange(1, END[at])) if attempt < 6 else []
            status = self.end(tracer, out)
            row.killed += status in (137, -9)
            self.tool("-q", out, name="mmstat")
            now = self.state(out)
            if now not in (old, new):
                raise Lost(f"exit status {status}, killed at {at}: neither old nor new: {os.listdir(folder)}")
            if now == new and not os.path.exists(out + ".parts"):
                return
            if status == 0:
                raise Lost(f"exit 0, and OUT is not there: {os.listdir(folder)}")
        raise Lost("finish never ends")

    def end(self, tracer, out):
        mmshard = os.path.join(os.path.dirname(self.bench.mmbright), "mmshard")
        run = subprocess.Popen(
            [*tracer, mmshard, "finish", "-f", out], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        self.bench.rest(run)
        return run.returncode

    def write_parts(self, image, out, row):
        count = self.random.randrange(2, 7)
        waiting = list(range(1, count + 1))
        for attempt in range(30):
            runs = [(part, self.start_copy(image, out, f"--shard={part}/{count}", attempt < 4)) for part in waiting]
            for _, run in runs:
                self.bench.rest(run)
            row.killed += sum(run.returncode in (137, -9) for _, run in runs)
            waiting = [part for part, run in runs if run.returncode != 0]
            if not waiting:
                return
        raise Lost(f"parts {waiting} of {count} never end")

    def start_copy(self, image, out, shard, may_be_killed):
        at = self.random.choice(list(PARTS))
        tracer = self.at_call(at, self.random.randrange(1, PARTS[at])) if may_be_killed else []
        words = [self.bench.mmbright, "-q", f"--add={AMOUNT}", *self.ways(), "-o", out, shard, image]
        return subprocess.Popen([*tracer, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def named_by_hand(self, folder):
        _, out, old, new = self.lay(folder)
        os.replace(out + ".parts/data", self.names(out)[1])
        if self.state(out) not in (old, new):
            raise Lost("mixed")
