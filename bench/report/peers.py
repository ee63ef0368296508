# SPDX-License-Identifier: MIT
"""The same job with the programs of bench/peers/, each in turn with mmbright, whole processes."""
import os
import subprocess
import time

import stats
from process import AMOUNT, TOP, WIDTH, Failed, Image, in_place, interleave, spawn, tool
from process import run as run_process

FOLDER = os.path.join(TOP, "bench/peers")


class Peer:
    def __init__(self, name):
        self.name, self.program = name, os.path.join(FOLDER, name)
        lines = subprocess.run(
            [self.program, "describe"], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        facts = dict(line.split("=", 1) for line in lines if "=" in line)
        self.title, self.job, self.kind = facts["title"], facts["job"], facts.get("type", "i16le") or "i16le"
        self.compares, self.note = facts.get("compare") == "bytes", facts.get("note", "")
        self.packages = facts.get("packages", "")
        self.why, self.version, self.pass_seconds = "", "", []

    def probe(self):
        done = subprocess.run([self.program, "probe"], capture_output=True, text=True)
        text = (done.stdout + done.stderr).strip().splitlines()
        self.version = text[0] if text else ""
        if done.returncode != 0:
            self.why = self.version or f"probe: exit status {done.returncode}"
        return done.returncode == 0

    def reason(self, text):
        """The last line says why; those before it name files that are gone when it is read."""
        lines = text.strip().splitlines()
        return lines[-1][-300:].removeprefix(f"{self.name}: ") if lines else ""

    def prepare(self, work, image):
        done = subprocess.run(
            [self.program, "prepare", work, image.path, str(WIDTH), str(image.height)], capture_output=True, text=True
        )
        if done.returncode != 0:
            raise Failed(self.reason(done.stderr or done.stdout))

    def command(self, work, image, out, threads):
        return [self.program, "run", work, image.path, out, str(WIDTH), str(image.height), str(AMOUNT), str(threads)]

    def run(self, work, image, out, threads):
        """Seconds of the whole process, and what it printed as 'key=value'."""
        if out != "-" and os.path.exists(out):
            os.unlink(out)
        os.sync()
        log = os.path.join(work, "out")
        with open(log, "w") as stdout:
            start = time.perf_counter()
            done = run_process(
                self.command(work, image, out, threads), stdout=stdout, stderr=subprocess.PIPE, text=True
            )
            seconds = time.perf_counter() - start
        if done.returncode != 0:
            raise Failed(self.reason(done.stderr) or f"exit status {done.returncode}")
        with open(log) as text:
            return seconds, dict(line.strip().split("=", 1) for line in text if "=" in line)


def all_peers():
    names = sorted(
        name
        for name in os.listdir(FOLDER)
        if os.access(os.path.join(FOLDER, name), os.X_OK) and os.path.isfile(os.path.join(FOLDER, name))
    )
    return [Peer(name) for name in names]


class Result:
    """A peer's times and mmbright's for the same job, or why there are none."""

    def __init__(self, peer, times=None, pass_seconds=(), why=""):
        self.peer, self.times, self.pass_seconds, self.why = peer, times, list(pass_seconds), why

    @property
    def ratio(self):
        return stats.Ratio(self.times["peer"], self.times["mmbright"])


class Race:
    def __init__(self, folder, size_mib, rounds):
        self.folder, self.size_mib, self.rounds = folder, size_mib, rounds
        self.threads = len(os.sched_getaffinity(0))

    def ours(self, image, out, kind, job):
        if job == "inplace":
            return in_place(image.path, kind=kind)
        return [tool("mmbright"), "-q", f"--type={kind}", f"--add={AMOUNT}", "-o", out, image.path]

    def race(self, peer):
        work = os.path.join(self.folder, "work")
        os.makedirs(work, exist_ok=True)
        image = Image(os.path.join(self.folder, "image.raw"), self.size_mib, peer.kind)
        ours, theirs = (os.path.join(self.folder, name) for name in ("ours.raw", "theirs.raw"))
        in_place_job = peer.job == "inplace"
        passes = []

        def run_peer():
            seconds, said = peer.run(work, image, "-" if in_place_job else theirs, self.threads)
            passes.append(float(said["pass_seconds"]) if "pass_seconds" in said else None)
            return seconds

        def run_ours():
            if os.path.exists(ours):
                os.unlink(ours)
            os.sync()
            return spawn(self.ours(image, ours, peer.kind, peer.job))[0]

        try:
            peer.prepare(work, image)
            times = interleave({"mmbright": run_ours, "peer": run_peer}, self.rounds)
            self.check(peer, image, theirs)
        finally:
            for path in (image.path, ours, theirs):
                if os.path.exists(path):
                    os.unlink(path)
            subprocess.run(["rm", "-rf", work], check=True)
        return Result(peer, times, [p for p in passes[1:] if p is not None])

    def check(self, peer, image, theirs):
        if peer.job == "inplace":
            image.count(2 * (self.rounds + 1))
            image.check()
        elif peer.job == "copy":
            image.check(theirs)
        elif peer.compares:
            image.count()
            image.check(theirs)

    def device_rate(self, name, image):
        """What fio says the device gives."""
        work = os.path.join(self.folder, "work")
        os.makedirs(work, exist_ok=True)
        peer = Peer(name)
        peer.prepare(work, image)
        return float(peer.run(work, image, "-", self.threads)[1]["bytes_per_second"]) / 1e9

    def all(self, say):
        results = []
        for peer in all_peers():
            if peer.job == "device":
                continue
            if not peer.probe():
                say(f"SKIPPED {peer.name}: {peer.why}")
                results.append(Result(peer, why=f"skipped: {peer.why}"))
                continue
            try:
                results.append(self.race(peer))
            except (Failed, OSError) as error:
                say(f"{peer.name}: {error}")
                results.append(Result(peer, why=str(error)))
        return results
