# SPDX-License-Identifier: MIT
"""Each system call of a run in turn: killed there, made to fail, or not there at all. By strace."""
import os
import shutil

from machine import Lost, ended, injecting
from trials import Trials

# What a kernel, a container or a file system may not have; the run must end well, with the same bytes.
MISSING = [
    ("io_uring_setup", "ENOSYS"),
    ("io_uring_setup", "EPERM"),
    ("madvise", "EINVAL"),
    ("fallocate", "EOPNOTSUPP"),
    ("statx", "ENOSYS"),
    ("sync_file_range", "ENOSYS"),
    ("fadvise64", "EINVAL"),
    ("sched_getaffinity", "EPERM"),
    ("renameat2", "EINVAL"),
    ("setxattr", "EOPNOTSUPP"),
    ("fsetxattr", "EOPNOTSUPP"),
    ("flistxattr", "EOPNOTSUPP"),
    ("fgetxattr", "EOPNOTSUPP"),
]

# A journal gets its name in another way then. A new OUT finds out before that there is no /proc.
NO_LINKS = [("linkat", "EPERM"), ("linkat", "ENOENT")]

# The C library and the OpenMP runtime rely on it: who waits for another thread has nothing else to do.
NEVER_FAILS = ["futex"]


class Calls(Trials):
    def calls(self):
        """Killed at each system call of a run, and each made to fail in turn; in -i, in what takes up a run, and in
        -o."""
        if not shutil.which("strace"):
            print("SKIPPED: each system call in turn: there is no strace")
            return
        path, out = self.path("calls.raw"), self.path("calls.new")
        modes = [("-i", "--journal=kill"), ("-i", "--journal=power")]
        ways = [("--io=mmap", "-j2"), ("--io=buffered", "-j1"), ("--io=direct", "-j2")]
        if self.trials < 50:
            ways = [self.random.choice(ways)]
        killed = self.row("P10", "-i, killed at each system call in turn")
        again = self.row("P10", "-i, taken up and killed at each system call in turn")
        failed = self.row("P19", "-i, each system call made to fail in turn with EIO, ENOSPC, ENOMEM, EACCES or EINTR")
        for mode in modes:
            for way in ways:
                arguments = (*mode, *way, path)
                for call, number in self.each_call(path, arguments):
                    killed.trial(lambda: self.call_kills(path, arguments, call, number, killed, False))
                    again.trial(lambda: self.call_kills(path, arguments, call, number, again, True))
                    if call not in NEVER_FAILS:
                        failed.trial(lambda: self.call_fails(path, arguments, call, number))
        # What is taken up has less to do: many of the calls do not come. Of a handful it may be nearly all of them.
        for row, share in ((killed, 3), (again, 6)):
            least = row.trials // share if self.trials >= 50 else 0
            row.must(row.killed > least, f"only {row.killed} of {row.trials} runs were killed")
        output = self.row("P9", "-o --sync, killed at each system call in turn")
        arguments = ("--sync", "-j2", "-o", out, path)
        for call, number in self.each_call(path, arguments):
            output.trial(lambda: self.call_kills_output(path, out, arguments, call, number))
        for name in (path, out):
            if os.path.exists(name):
                os.unlink(name)

    def each_call(self, path, arguments):
        """(name, n) of the system calls of a run, from the opening of FILE on; of many alike the first, the last,
        some between."""
        self.bench.lay(path)
        log = os.path.join(self.folder, "calls.log")
        self.bench.finish_under(["strace", "-f", "-qq", "-o", log], *arguments)
        counts, before = {}, {}
        with open(log) as lines:
            for line in lines:
                name = line.split(maxsplit=1)[1].split("(")[0]
                # What comes before FILE is opened is the dynamic linker's and the C library's.
                if not before and f'"{path}"' in line and "execve" not in line:
                    before = dict(counts)
                if name.isidentifier() and name not in ("execve", "exit", "exit_group", "brk"):
                    counts[name] = counts.get(name, 0) + 1
        os.unlink(log)
        if os.path.exists(os.path.join(self.folder, "calls.new")):
            os.unlink(os.path.join(self.folder, "calls.new"))
        few = max(1, self.trials // 20)
        points = []
        for name, count in counts.items():
            numbers = range(before.get(name, 0) + 1, count + 1)
            if len(numbers) > 3 * few:
                numbers = sorted({*numbers[:few], *numbers[-few:], *self.random.sample(numbers, few)})
            points += ((name, number) for number in numbers)
        return self.some(points)

    def some(self, points):
        """All of them in a campaign, a handful in a check."""
        return points if self.trials >= 50 else self.random.sample(points, min(len(points), 4 * self.trials))

    def call_kills(self, path, arguments, call, number, row, resumed):
        self.bench.lay(path)
        if resumed:
            process = self.bench.start(*arguments)
            ended(process, 0.008 + 0.01 * self.random.random())
            process.kill()
            process.wait()
            if self.was_over(path):
                return
        status, _ = self.bench.under(injecting(call, f"signal=KILL:when={number}"), *arguments)
        row.killed += status not in (0, 1)
        if status != 0 and self.was_over(path):
            row.after += 1
            row.note = f"{row.after} kills came between the last step of a run and its exit status"
            return
        if status != 0:
            self.bench.finish(*arguments)
        if not self.bench.is_new(path) or not self.was_over(path):
            raise Lost(
                f"{' '.join(arguments)}: killed at {call} number {number}: the file is wrong, or something is left"
            )

    def call_fails(self, path, arguments, call, number):
        self.bench.lay(path)
        error = self.random.choice(("EIO", "ENOSPC", "ENOMEM", "EACCES", "EINTR"))
        status, said = self.bench.under(injecting(call, f"error={error}:when={number}"), *arguments)
        what = f"{' '.join(arguments)}: {call} number {number} fails with {error}"
        if status not in (0, 1, 2):
            raise Lost(f"{what}: exit status {status}: {said}")
        if status == 0 and not self.bench.is_new(path):
            raise Lost(f"{what}: exit 0, and the file is wrong")
        if status != 0 and not self.was_over(path):
            try:
                self.bench.finish(*arguments)
            except Lost as lost:
                # A sync that failed: the journal refuses, and that is the promise.
                if "the device failed" in str(lost):
                    return self.give_up(path)
                raise Lost(f"{what}: {said}; again: {lost}") from lost
        if not self.bench.is_new(path) or not self.was_over(path):
            raise Lost(f"{what}: exit {status}: the file is wrong, or something is left: {said}")
        return None

    def give_up(self, path):
        self.bench.finish("--discard-journal", path)

    def call_kills_output(self, path, out, arguments, call, number):
        self.bench.lay(path)
        if os.path.exists(out):
            os.unlink(out)
        self.bench.under(injecting(call, f"signal=KILL:when={number}"), *arguments)
        if os.path.exists(out) and not self.bench.is_new(out):
            raise Lost(f"killed at {call} number {number}: OUT is not complete")

    # ---- not there --------------------------------------------------------------------------------------------------

    def missing(self):
        """What a kernel or a container lacks: another road, the same bytes."""
        if not shutil.which("strace"):
            print("SKIPPED: missing features: there is no strace")
            return
        path, out = self.path("missing.raw"), self.path("missing.new")
        row = self.row("P18", "features that are missing, each with every backend: the same bytes")
        cases = []
        for io in ("auto", "mmap", "buffered", "direct"):
            for arguments in (("-i", path), ("-i", "--journal=power", path), ("-o", out, path)):
                for call, error in MISSING + (NO_LINKS if "-i" in arguments else []):
                    tracer = injecting(call, f"error={error}")
                    cases.append((tracer, f"{call}: {error}", (f"--io={io}", "-j2", *arguments)))
                # Of this file alone: everything else is still mapped.
                cases.append(
                    (
                        injecting("mmap", "error=ENODEV", "-P", path, "-P", out),
                        "mmap: ENODEV",
                        (f"--io={io}", "-j2", *arguments),
                    )
                )
        for tracer, what, arguments in self.some(cases):
            row.trial(self.without, tracer, what, arguments, path, out)
        for name in (path, out):
            if os.path.exists(name):
                os.unlink(name)

    def without(self, tracer, what, arguments, path, out):
        self.bench.lay(path)
        if os.path.exists(out):
            os.unlink(out)
        status, said = self.bench.under(tracer, *arguments)
        if status != 0 or not self.bench.is_new(out if "-o" in arguments else path):
            raise Lost(f"{' '.join(arguments)} with {what}: exit status {status}: {said}")
        if self.journals():
            raise Lost(f"{' '.join(arguments)} with {what}: {self.journals()} was left behind")
