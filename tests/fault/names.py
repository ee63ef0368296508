# SPDX-License-Identifier: MIT
"""Names: of the tools' own files in globs and in /dev/shm, of random bytes, and of two files that are one output."""
import os
import re
import shutil
import subprocess

from machine import AMOUNT, Lost
from small import STEADY, Small

PAYLOADS = [
    b"'; touch PWNED; '",
    b"$(touch PWNED)",
    b"`touch PWNED`",
    b"\ntouch PWNED #",
    b"\x1b]0;T\x07\x1b[2J",
    b"\\",
    b"\xff\xfe",
    b"\xc2\x9b31m",
    b'"; touch PWNED; "',
    b"-i",
    b"--add=12",
    b" ",
    b"\r\x08\x7f",
    b"&touch PWNED&",
    b"*",
]


class Names(Small):
    def globs(self):
        """The same line typed again, whose glob now holds the journal, too."""
        row = self.row(
            "P39", "-i d/*, killed, typed again with the journal among its names: finished, no own file changed"
        )
        folder = self.fresh("globs")
        for _ in range(self.trials):
            row.trial(self.typed_again, folder, row)
        row.note = f"{row.after} own files were named"
        row.must(row.after > 0, "no own file was ever named")
        self.control(row, "files that are only called so are images", self.called_so, folder)

    def glob(self, folder):
        return sorted(os.path.join(folder, name) for name in os.listdir(folder))

    def typed_again(self, folder, row):
        shutil.rmtree(folder)
        os.mkdir(folder)
        for name in ("a.raw", "b.raw"):
            self.put(os.path.join(folder, name))
        self.interrupt("-i", *self.glob(folder), folder=folder, files=2)
        own = [name for name in self.glob(folder) if ".mmj." in name]
        row.after += len(own)
        for name in own:
            self.tool("-i", "--journal=off", name)
        self.good("-i", *self.ways(), *self.glob(folder))
        for name in ("a.raw", "b.raw"):
            self.check_new(os.path.join(folder, name), "typed again")

    def called_so(self, folder):
        path = os.path.join(folder, "c.raw.mmj.0-4096")
        with open(path, "wb") as file:
            file.write(self.old)
        self.tool("-i", "--journal=off", path)
        if not self.is_old(path):
            raise Lost("it was changed")

    # ---- /dev/shm ----------------------------------------------------------------------------------------------------

    def memory(self):
        """Named maps live where images may lie: neither takes the other's files away."""
        if not os.access("/dev/shm", os.W_OK):
            print("SKIPPED: /dev/shm: it cannot be written")
            return
        row = self.row(
            "P32",
            "-i and -o on files in /dev/shm called like named maps, killed; mmipc list, create, write, "
            "remove beside them: journal and result stay",
        )
        for _ in range(self.trials):
            row.trial(self.in_memory, False)
        self.control(row, "with the journal removed", self.in_memory, True)

    def in_memory(self, bare):
        name = f"campaign{os.getpid()}x{self.random.randrange(10**9)}"
        path = f"/dev/shm/mmv.{name}"
        try:
            self.put(path)
            number = self.some_write()
            self.bench.under(self.at_call("pwrite64", number), *STEADY, "-i", path)
            out = path + "out"
            self.good("-o", out, self.bench.small)
            for words in (["list"], ["create", name + "q", "64K"], ["list"], ["remove", name + "q"], ["remove", name]):
                self.tool(*words, name="mmipc")
            journals = [own for own in os.listdir("/dev/shm") if name in own and ".mmj." in own]
            if not os.path.exists(out) or not os.path.exists(path) or not journals:
                raise Lost("a result, an image or its journal was removed")
            if bare:
                self.unmark(path)
                for own in journals:
                    os.unlink(os.path.join("/dev/shm", own))
            self.good("-i", *self.ways(), path)
            self.check_memory(path, name)
        finally:
            for own in os.listdir("/dev/shm"):
                if name in own:
                    os.unlink(os.path.join("/dev/shm", own))

    def check_memory(self, path, name):
        if self.bench.get(path) != self.new:
            raise Lost("the file is wrong")
        if [own for own in os.listdir("/dev/shm") if name in own and ".mmj." in own]:
            raise Lost("a journal was left behind")

    # ---- random bytes ------------------------------------------------------------------------------------------------

    def bytes(self):
        """What the tools say is safe on a terminal, and their advice is safe in a shell."""
        row = self.row(
            "P40",
            "names of random bytes: the advice, word for word through sh, does what it says and no more; "
            "no control byte reaches the terminal",
        )
        folder = self.fresh("bytes")
        for _ in range(self.trials):
            row.trial(self.named, folder, row, False)
        row.note = f"{row.after} times advice was followed"
        row.must(row.after > 0, "no advice was given")
        self.control(row, "with the name as it is", self.named, folder, row, True)

    def some_name(self):
        parts = [
            self.random.choice(PAYLOADS) if self.random.random() < 0.6 else self.random.randbytes(3)
            for _ in range(self.random.randrange(1, 5))
        ]
        return b"n" + b"".join(parts).replace(b"/", b"").replace(b"\0", b"") + b".raw"

    def named(self, folder, row, bare):
        shutil.rmtree(folder)
        os.mkdir(folder)
        name = b"';touch PWNED;'" if bare else self.some_name()
        path = os.path.join(os.fsencode(folder), name)
        with open(path, "wb") as file:
            file.write(self.old)
        self.bench.under(self.at_call("pwrite64", self.some_write()), *STEADY, "-i", path)
        done = subprocess.run([self.bench.mmbright, "-i", "--add=11", path], capture_output=True, check=False)
        said = done.stdout + done.stderr
        for noisy in (["--status", path], ["-v", "-i", f"--add={AMOUNT + 1}", path]):
            more = subprocess.run([self.bench.mmbright, *noisy], capture_output=True, check=False)
            said += more.stdout + more.stderr
        self.is_clean(said)
        advice = [line.split(b" with ", 1)[1] for line in done.stderr.splitlines() if b"--discard-journal" in line]
        if not advice:
            raise Lost(f"no advice: {done.stderr!r}")
        if bare:
            advice = [b"--discard-journal '" + path + b"'"]
        row.after += 1
        # $'...' is of the shells that people type into, and of POSIX since 2024; for others no such file is there.
        for shell in (b"sh", b"bash"):
            subprocess.run(
                [shell, b"-c", os.fsencode(self.bench.mmbright) + b" " + advice[0]],
                cwd=folder,
                capture_output=True,
                check=False,
            )
            there = sorted(os.listdir(os.fsencode(folder)))
            if there != [name] and (shell == b"bash" or there != sorted([name, name + b".mmj.0-%d" % len(self.old)])):
                raise Lost(f"{name!r}: {shell!r}: {advice[0]!r} made {there}")

        self.planned(folder, name, path)

    def planned(self, folder, name, path):
        """Lines for a scheduler: each is a command over this FILE, or there are none."""
        tools = os.path.dirname(self.bench.mmbright)
        self.put(os.path.join(folder, "second.raw"))
        done = subprocess.run(
            [os.path.join(tools, "mmshard"), "plan", "--count=2", "--output=parallel", path],
            capture_output=True,
            check=False,
        )
        for line in done.stdout.splitlines():
            subprocess.run(
                [b"bash", b"-c", line],
                cwd=folder,
                capture_output=True,
                check=False,
                env={"PATH": tools + ":/usr/bin:/bin"},
            )
        there = [own for own in os.listdir(os.fsencode(folder)) if b".mmj." not in own]
        if sorted(there) != sorted([name, b"second.raw"]) or not self.is_old(os.path.join(folder, "second.raw")):
            raise Lost(f"{name!r}: the plan {done.stdout!r} made {there}")

    @staticmethod
    def is_clean(said):
        if re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", said):
            raise Lost(f"a control byte: {said!r}")
        try:
            if re.search("[\x80-\x9f]", said.decode()):
                raise Lost(f"a control character: {said!r}")
        except UnicodeDecodeError as error:
            raise Lost(f"no UTF-8: {said!r}") from error

    # ---- two files ---------------------------------------------------------------------------------------------------

    def pairs(self):
        """Samples and their header: both old or both new."""
        row = self.row(
            "P9",
            "-f -o OUT.nhdr: killed or failing at each change of a name: header and samples are both old "
            "or both new",
        )
        folder = self.fresh("pairs")
        calls = ["linkat", "renameat", "renameat2", "unlinkat", "fsync", "openat", "ftruncate"]
        tried = 0
        for call in calls:
            for how in ("signal=KILL", "error=ENOSPC"):
                for number in range(1, 24 if call == "openat" else 8):
                    if tried < self.trials or number == 1:
                        row.trial(self.pair, folder, self.at_call(call, number, how), row)
                        tried += 1
        row.note = f"{row.killed} did not end well"
        self.control(row, "written one after the other", self.pair_by_hand, folder)

    def image(self, folder, name, side, byte):
        with open(os.path.join(folder, name + ".raw"), "wb") as file:
            file.write(bytes([byte, 0]) * (side * side))
        with open(os.path.join(folder, name + ".nhdr"), "w") as file:
            file.write(
                f"NRRD0004\ntype: short\ndimension: 2\nsizes: {side} {side}\nencoding: raw\nendian: little\n"
                f"data file: {name}.raw\n"
            )

    def pair_state(self, folder):
        return [
            self.bench.get(os.path.join(folder, f"out.{end}"))
            if os.path.exists(os.path.join(folder, f"out.{end}"))
            else None
            for end in ("nhdr", "raw")
        ]

    def lay_pair(self, folder):
        shutil.rmtree(folder)
        os.mkdir(folder)
        self.image(folder, "in", 64, 1)
        self.image(folder, "out", 64 if self.random.random() < 0.5 else 32, 2)
        return [os.path.join(folder, name) for name in ("in.nhdr", "out.nhdr")]

    def pair(self, folder, tracer, row):
        source, out = self.lay_pair(folder)
        old = self.pair_state(folder)
        status, said = self.bench.under(tracer, "-s", "1", "-f", "-o", out, source)
        row.killed += status != 0
        # The next reader finds one of them: by itself, or because a tool puts right what was left.
        self.tool(out, name="mmstat")
        now = self.pair_state(folder)
        if now != old and (
            now[1] is None
            or now[1][:1] != bytes([1 + AMOUNT])
            or len(now[1]) != 8192
            or now[0] is None
            or b"sizes: 64 64" not in now[0]
        ):
            raise Lost(f"exit status {status}: mixed: {said}")
        if status == 0 and now == old:
            raise Lost("exit 0, and OUT is old")

    def pair_by_hand(self, folder):
        source, out = self.lay_pair(folder)
        old = self.pair_state(folder)
        shutil.copyfile(source.replace("nhdr", "raw"), out.replace("nhdr", "raw"))
        now = self.pair_state(folder)
        if now[0] == old[0] and now[1] != old[1]:
            raise Lost("mixed")
