# SPDX-License-Identifier: MIT
"""
list_shards.py MMBRIGHT SHIM KIND [ROUNDS]: parts of one job over images whose samples lie in several files, in
any order, at once, killed at any call and repeated, moved, given up. Whose share each sample is, is computed here.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from listed import (  # noqa: E402
    CAN_KILL,
    MMBRIGHT,
    ROUNDS,
    TOOL,
    Listed,
    calls_of,
    get,
    injected,
    is_protected,
    marks,
    run,
    selection,
    traced,
)

BORDER = 65536


class Job:
    """A change of an image in so many parts, and what each of them must change."""

    def __init__(self, rng, image):
        self.image = image
        self.count = rng.randint(1, 7)
        region, channels, self.options = selection(rng, image)
        self.wanted = image.changed(7, region, channels)
        self.mode = rng.choice(([], [], ["--journal=power"]))
        self.borders = [self.border(index) for index in range(self.count + 1)]

    def border(self, index):
        """A byte of the image, as if the files lay one behind the other."""
        image = self.image
        slab = len(image.value) * image.size // len(image.names)
        at = slab * len(image.names) * index // self.count
        file, within = divmod(at, slab)
        if file == len(image.names):
            return at
        start = len(image.front)
        return file * slab + max(start, (start + within) // BORDER * BORDER) - start

    def value(self, parts):
        """When these parts are done."""
        image = self.image
        value = list(image.value)
        for part in parts:
            for i in range(-(-self.borders[part] // image.size), -(-self.borders[part + 1] // image.size)):
                value[i] = self.wanted[i]
        return value

    def works(self, part):
        """Whether a part has anything to do: a rectangle may lie elsewhere."""
        return self.value([part]) != self.image.value

    def is_over(self, done):
        return all(part in done or not self.works(part) for part in range(self.count))

    def command(self, rng, part, *more):
        ways = ["--io=" + rng.choice(["auto", "mmap", "buffered", "direct"]), f"-j{rng.randint(1, 3)}", *self.mode]
        shard = f"--shard={part + 1}/{self.count}"
        return [MMBRIGHT, "-q", "-i", "--add=7", shard, *ways, *more, *self.options, self.image.header_name]

    def check(self, what, done):
        value, what = self.value(done), f"{what} {sorted(done)} of {self.count} {self.options}"
        if self.is_over(done):
            self.image.compare(what, value)
            return
        for name, wanted in self.image.files(value).items():
            assert get(name) == wanted, f"{what}: {name} is wrong\n{self.image}"

    def protected(self, rng, done):
        """Nobody else changes any file of a job that is not over, also one that no part has come to."""
        image = self.image
        if self.is_over(done) or not any(self.works(part) for part in done):
            return
        touched = [name for name, bytes_ in image.files(self.wanted).items() if bytes_ != image.files()[name]]
        for name in touched:
            assert is_protected(name), f"{name} is not marked after {done}\n{image}"
        raw = ["--format=raw", "--type=u8", "--samples=1", rng.choice(touched)]
        run(MMBRIGHT, "-i", "--add=1", *raw, status=1)
        run(MMBRIGHT, "-i", "--add=1", "--journal=off", *raw, status=1)
        run(MMBRIGHT, "-i", "--add=7", *self.options, image.header_name, status=1)
        run(MMBRIGHT, "-i", "--add=8", f"--shard=1/{self.count}", *self.options, image.header_name, status=None)
        status = run(MMBRIGHT, "--status", image.header_name).stdout
        assert b"parts:" in status and b"interrupted" in status, status
        self.check("others", done)


def in_any_order(rng, job):
    job.image.write()
    order, done = rng.sample(range(job.count), job.count), set()
    for part in order:
        run(*job.command(rng, part, *rng.choice(([], ["--verify"]))))
        done.add(part)
        job.check("in any order", done)
        job.protected(rng, done)
        again = rng.choice(sorted(done))
        if not job.is_over(done):
            run(*job.command(rng, again))
            job.check("repeated", done)


def plan(job):
    """The plan has the same parts; its commands do the job."""
    image = job.image
    image.write()
    lines = run(TOOL["mmshard"], "plan", f"--count={job.count}", image.header_name).stdout.decode().splitlines()
    places = [tuple(map(int, line.split()[1:])) for line in lines]
    size = image.size
    borders = [-(-border // size) * size for border in job.borders]
    assert places == [(a, b - a) for a, b in zip(borders, borders[1:])], f"{lines} {borders}\n{image}"
    output = ["--output=parallel", f"--count={job.count}", image.header_name, "--", "--add=7", *job.options]
    for line in run(TOOL["mmshard"], "plan", *output).stdout.decode().splitlines():
        subprocess.run(
            ["sh", "-c", line], check=True, env={**os.environ, "PATH": os.path.dirname(MMBRIGHT) + ":/bin:/usr/bin"}
        )
    image.compare(f"plan of {job.count}", job.wanted)


def at_once(rng, job):
    job.image.write()
    running = [
        subprocess.Popen(job.command(rng, part), stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        for part in range(job.count)
    ]
    for part, process in enumerate(running):
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, f"part {part}: {said.decode()}\n{job.image}"
    job.check("at once", set(range(job.count)))


def kill(rng, job):
    """Each part is killed at a call, and repeated until it says 0."""
    if not CAN_KILL:
        return 0
    image = job.image
    commands = [(part, job.command(rng, part)) for part in rng.sample(range(job.count), job.count)]
    image.write()
    calls = [calls_of(command) for _, command in commands]
    job.check("traced", set(range(job.count)))
    image.write()
    kills, done = 0, set()
    for (part, command), names in zip(commands, calls):
        done.add(part)
        # A third of them are before anything of FILE is looked at.
        number = rng.randrange(len(names) // 3, len(names))
        name = names[number]
        killed = traced(command, injected(names, number, "signal=SIGKILL")) in (-9, 137)
        kills += killed
        left = [name for name in os.listdir(".") + os.listdir("sub") if ".mmj." in name]
        # A job that is over, record and all, begins anew when a part is repeated.
        files = image.files(job.wanted)
        is_over = not left and job.is_over(done) and all(get(name) == files[name] for name in image.names)
        if killed and not is_over:
            run(*command)
        job.check(f"part {part} killed={killed} at {name} {number}", done)
    return kills


def refused(rng, job):
    """What is not the job's files, or not its division, changes nothing."""
    image = job.image
    parts = [part for part in range(job.count) if job.works(part)]
    if len(parts) < 2:
        return
    image.write()
    first, second = rng.sample(parts, 2)
    run(*job.command(rng, first))
    other, refusals = job.command(rng, second), 0
    for part in range(job.count + 1):
        other[4] = f"--shard={part + 1}/{job.count + 1}"
        refusals += run(*other, status=None).returncode
    assert refusals > 0, f"{other}\n{image}"
    run(*[word.replace("=7", "=8") for word in job.command(rng, second)], status=1)
    job.check("another division", {first})
    # A copy in the place of a file of the part, or two files with each other's names.
    value = job.value([second])
    mine = [name for name, content in image.files(value).items() if content != image.files()[name]]
    name = rng.choice(mine)
    os.rename(name, "kept")
    shutil.copy("kept", name)
    assert b"is not the file" in run(*job.command(rng, second), status=1).stderr
    shutil.copy2("kept", name)
    run(*job.command(rng, second), status=1)
    os.rename("kept", name)
    others = [one for one in image.names if one != name]
    if others and len(mine) == 1 and image.skip >= 0:
        swap(name, others[0])
        run(*job.command(rng, second), status=1)
        swap(name, others[0])
    job.check("others in its place", {first})
    for part in set(parts) - {first}:
        run(*job.command(rng, part))
    job.check("after all", set(range(job.count)))


def swap(one, other):
    os.rename(one, "away")
    os.rename(other, one)
    os.rename("away", other)


def moved(rng, job):
    """The folder is called something else by now: the other parts go on."""
    image, home = job.image, os.getcwd()
    os.makedirs("before")
    os.chdir("before")
    image.write()
    order = rng.sample(range(job.count), job.count)
    run(*job.command(rng, order[0]))
    os.chdir(home)
    os.rename("before", "behind")
    os.chdir("behind")
    for part in order[1:]:
        run(*job.command(rng, part))
    job.check("moved", set(range(job.count)))
    os.chdir(home)
    shutil.rmtree("behind")


def given_up(rng, job):
    image = job.image
    parts = [part for part in range(job.count) if job.works(part)]
    if len(parts) < 2:
        return
    image.write()
    run(*job.command(rng, parts[0]))
    run(MMBRIGHT, "-q", "--discard-journal", rng.choice((image.header_name, image.names[0])), status=None)
    run(MMBRIGHT, "-q", "--discard-journal", image.header_name, status=None)
    left = [name for name in os.listdir(".") + os.listdir("sub") if ".mmj." in name]
    assert not left and not any(map(marks, image.names)), f"given up: {left}\n{image}"
    job.check("given up", {parts[0]})


def main():
    kills, rounds = 0, (ROUNDS + 1) // 2
    for seed in range(rounds):
        rng = random.Random(1000 + seed)
        image = Listed(rng, seed % 4 == 3)
        job = Job(rng, image)
        in_any_order(rng, job)
        plan(job)
        at_once(rng, job)
        kills += kill(rng, job)
        refused(rng, job)
        moved(rng, job)
        given_up(rng, job)
        for name in os.listdir("."):
            if name.endswith((".raw", ".mhd", ".nhdr")):
                os.remove(name)
        shutil.rmtree("sub")
    print(f"{rounds} jobs over lists, {kills} parts killed and repeated")


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    main()
