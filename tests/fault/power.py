# SPDX-License-Identifier: MIT
"""File systems that lose their power, fail, fill up, or become read-only: ext4 and XFS on loop devices."""
import os
import shutil
import time

from machine import Disk, Lost, Store, Throttle, check_end, ended
from trials import WAYS, Row, Trials


class Power(Trials):
    def power(self):
        """Cut at random moments."""
        for kind, disk in self.disks("ext4", "xfs"):
            self.power_on(kind, disk)

    def disks(self, *kinds):
        """Each kind of file system that this machine can give us."""
        for kind in kinds:
            if os.geteuid() != 0 or not shutil.which(f"mkfs.{kind}"):
                print(f"SKIPPED: {kind}: it needs root and mkfs.{kind}")
                continue
            try:
                disk = Disk(kind, self.folder)
            except OSError as error:
                print(f"SKIPPED: {kind}: {error}")
                continue
            try:
                yield kind, disk
            finally:
                disk.remove()

    def power_on(self, kind, disk):
        path, out = (os.path.join(disk.mounted, name) for name in ("image.raw", "new.raw"))
        in_place = ("-i", "--journal=power", path)
        span = self.bench.seconds(path, *in_place)
        row = self.row("P10", f"-i --journal=power, power cut at random moments, {kind}")
        for _ in range(self.trials):
            row.trial(lambda: self.cut_in_place(disk, path, in_place, span, row))
        span = self.bench.seconds(path, "-f", "--sync", "-o", out, path)
        row = self.row(
            "P9", f"-o --sync, power cut at random moments, {kind}: absent or complete; complete after exit 0"
        )
        for _ in range(self.trials):
            row.trial(lambda: self.cut_output(disk, path, out, span))
        row = self.row("P7", f"-o --sync, power cut right after exit 0, {kind}")
        for _ in range(self.trials // 4 + 1):
            row.trial(lambda: self.cut_after(disk, path, out, ["--sync"]))
        # The instrument itself: without --sync data must be seen to be lost.
        control = Row("", "", quiet=True)
        for _ in range(5):
            control.trial(lambda: self.cut_after(disk, path, out, []))
        row.note = f"without --sync {control.lost} of {control.trials} were lost"
        row.must(control.lost > 0, "the control without --sync lost nothing")

    def cut_in_place(self, disk, path, arguments, span, row):
        self.bench.lay(path)
        os.sync()
        for _ in range(3):
            process = self.bench.start(*arguments)
            done = ended(process, self.random.random() * span)
            if done:
                check_end(process, arguments)
            disk.cut(process)
            if not done and self.was_over(path, disk.mounted):
                # Between the removal of the journal, which is synced, and the end of the process.
                row.after += 1
                row.note = f"{row.after} cuts came between the last step of a run and its exit status"
                done = True
            if done:
                break
        if not done:
            self.bench.finish(*arguments)
        if not self.bench.is_new(path):
            raise Lost("the file is wrong" + (" after exit 0" if done else ""))

    def cut_output(self, disk, path, out, span):
        self.bench.lay(path)
        if os.path.exists(out):
            os.unlink(out)
        os.sync()
        process = self.bench.start("--sync", "-o", out, path)
        done = ended(process, self.random.random() * span * 1.2)
        disk.cut(process)
        if os.path.exists(out) and not self.bench.is_new(out):
            raise Lost("OUT is there and not complete")
        if done and process.returncode == 0 and not os.path.exists(out):
            raise Lost("exit 0, and OUT is gone")
        left = sorted(os.listdir(disk.mounted))
        # The journal of a run that ended may come back with the power: it says that it is over, and the next run
        # removes it.
        if not {name for name in left if ".mmj." not in name} <= {"image.raw", "new.raw", "lost+found"}:
            raise Lost(f"left behind: {left}")

    def cut_after(self, disk, path, out, options):
        self.bench.lay(path)
        if os.path.exists(out):
            os.unlink(out)
        os.sync()
        self.bench.finish(*options, "-o", out, path)
        disk.cut()
        if not os.path.exists(out) or not self.bench.is_new(out):
            raise Lost("OUT is gone or wrong")

    # ---- failing devices ---------------------------------------------------------------------------------------------

    def failing(self):
        """The file system goes away under a run that goes on: an error, and the same command finishes it later."""
        for kind, disk in self.disks("ext4", "xfs"):
            path = os.path.join(disk.mounted, "image.raw")
            row = self.row(
                "P19",
                f"-i --journal=power, every call fails with EIO from a random moment on, {kind}: exit 1, "
                "finished once the disk is back",
            )
            span = self.bench.seconds(path, "-i", "--journal=power", path)
            for _ in range(self.trials // 4 + 1):
                row.trial(self.fails_under, disk, path, span)
            row = self.row(
                "P4",
                f"the same under -i --journal=off and -o, mapped or not, {kind}: exit 1 that names the file, no OUT",
            )
            for number in range(self.trials // 4 + 1):
                row.trial(self.fails_without, disk, path, number % 2 == 0)
        for kind, disk in self.disks("ext4"):
            path = os.path.join(disk.mounted, "image.raw")
            row = self.row("P10", f"-i, killed, and read-only for a while, {kind}: refused, then finished")
            for _ in range(self.trials // 10 + 1):
                row.trial(self.read_only, disk, path)

    def fails_under(self, disk, path, span):
        self.bench.lay(path)
        os.sync()
        process = self.bench.start("-i", "--journal=power", *self.random.choice(WAYS), path)
        done = ended(process, self.random.random() * span)
        disk.fail()
        said = self.bench.rest(process)
        if not done and process.returncode not in (0, 1):
            raise Lost(f"exit status {process.returncode}: {said.decode().strip()}")
        if not done and process.returncode == 1 and b"image.raw" not in said:
            raise Lost(f"no word of which file: {said.decode().strip()}")
        disk.again()
        refused = process.returncode != 0 and not self.finish_or_refuse("-i", "--journal=power", path)
        if not refused and not self.bench.is_new(path):
            raise Lost("the file is wrong")
        if refused:
            self.bench.finish("--discard-journal", path)

    def fails_without(self, disk, path, in_place):
        """No journal: what it says must name a file, and no part of OUT is seen."""
        out = os.path.join(disk.mounted, "new.raw")
        self.bench.lay(path)
        os.sync()
        self.bench.forget(path)
        process = self.bench.start(
            *self.random.choice(WAYS), *(("-i", "--journal=off", path) if in_place else ("-o", out, path))
        )
        ended(process, self.random.random() * 0.1)
        disk.fail()
        said = self.bench.rest(process)
        disk.again()
        if process.returncode not in (0, 1):
            raise Lost(f"exit status {process.returncode}: {said.decode().strip()}")
        if process.returncode == 1 and b".raw" not in said:
            raise Lost(f"no word of which file: {said.decode().strip()}")
        if process.returncode == 1 and os.path.exists(out):
            raise Lost("it failed, and OUT is there")
        if os.path.exists(out):
            os.unlink(out)

    def finish_or_refuse(self, *arguments):
        """After a sync that failed a journal may refuse for good, and says why: nobody knows what the device has."""
        try:
            self.bench.finish(*arguments)
            return True
        except Lost as lost:
            if "the device failed" not in str(lost):
                raise
            return False

    def read_only(self, disk, path):
        self.bench.lay(path)
        process = self.bench.start("-i", path)
        ended(process, 0.004 + 0.01 * self.random.random())
        process.kill()
        process.communicate()
        before = self.bench.get(path)
        disk.remount("ro")
        process = self.bench.start("-i", path)
        said = self.bench.rest(process)
        disk.remount("rw")
        if process.returncode != 1 or b"ead-only" not in said or self.bench.get(path) != before:
            raise Lost(f"read-only: exit status {process.returncode}: {said.decode().strip()}")
        if not self.was_over(path, disk.mounted):
            self.bench.finish("-i", path)
        if not self.bench.is_new(path):
            raise Lost("the file is wrong")

    def thin(self):
        """A device with less room than it says: errors come late, from writeback."""
        if os.geteuid() != 0:
            print("SKIPPED: thin devices: they need root")
            return
        for kind in ("ext4", "xfs"):
            if not shutil.which(f"mkfs.{kind}"):
                print(f"SKIPPED: thin {kind}: there is no mkfs.{kind}")
                continue
            refused = failed = 0
            row = self.row(
                "P8", f"a thin device runs out of room under -i and -o, {kind}: no exit 0 without the bytes on it"
            )
            for number in range(self.trials // 8 + 1):
                outcome = row.trial(self.runs_out, kind, ("power", "kill", "output")[number % 3])
                failed += outcome in ("failed", "refused")
                refused += outcome == "refused"
            row.note = f"{failed} runs failed, {refused} were refused afterwards because a sync had failed"

    def runs_out(self, kind, what):
        with Store(self.folder) as store:
            disk = Disk(kind, store.mounted)
            try:
                return self.runs_out_on(disk, store, what)
            finally:
                disk.remove()

    def runs_out_on(self, disk, store, what):
        path, out = (os.path.join(disk.mounted, name) for name in ("image.raw", "new.raw"))
        arguments = ("--sync", "-o", out, path) if what == "output" else ("-i", "--sync", f"--journal={what}", path)
        self.bench.lay(path)
        os.sync()
        store.shrink(self.random.randrange(3 * self.bench.megabytes if what == "power" else self.bench.megabytes))
        process = self.bench.start(*arguments)
        said = self.bench.rest(process)
        status = process.returncode
        if status not in (0, 1):
            raise Lost(f"{what}: exit status {status}: {said.decode().strip()}")
        store.grow()
        disk.again()
        result = out if what == "output" else path
        if status == 0:
            if not self.bench.is_new(result):
                raise Lost(f"{what}: exit 0, and the bytes are not on the device")
            return "done"
        if what == "output":
            if os.path.exists(out):
                raise Lost(f"exit 1, and OUT is there: {said.decode().strip()}")
            return "failed"
        done = self.finish_or_refuse(*arguments)
        if done and not self.bench.is_new(path):
            raise Lost(f"{what}: repeated with exit 0, and the bytes are wrong; first: {said.decode().strip()}")
        return "failed" if done else "refused"

    # ---- slow devices ------------------------------------------------------------------------------------------------

    def flight(self):
        """Killed with writes on their way to a slow device, and repeated at once: these must not land later on."""
        if not Throttle.is_there():
            print("SKIPPED: writes in flight: it needs root and the blkio controller")
            return
        for kind, disk in self.disks("ext4", "xfs"):
            path = os.path.join(disk.mounted, "image.raw")
            row = self.row(
                "P10", f"-i --io=direct, killed with writes in flight to a slow device, repeated at once, {kind}"
            )
            waited = 0
            for _ in range(self.trials // 8 + 1):
                waited += bool(row.trial(self.in_flight, disk, path))
            row.note = f"{waited} had to wait for them"
            row.must(waited > 0, "none had to wait for the writes of the one before")

    def in_flight(self, disk, path):
        self.bench.lay(path)
        os.sync()
        # The whole of it takes a second or two.
        with Throttle(self.folder, disk.device(), self.bench.megabytes << 19) as slow:
            process = self.bench.start("-i", "--io=direct", "-j2", path, preexec_fn=slow.enter)
            ended(process, 0.1 + self.random.random())
            process.kill()
            start = time.monotonic()
            if not self.journals(disk.mounted):
                process.communicate()
                return False
            self.bench.finish("-i", "--io=direct", path)
            seconds = time.monotonic() - start
            process.communicate()
            if not self.bench.is_new(path):
                raise Lost("the file is wrong")
            # What lands late lands now.
            os.sync()
        disk.again()
        if not self.bench.is_new(path):
            raise Lost("the file became wrong later")
        return seconds > 0.1
