# SPDX-License-Identifier: MIT
"""
list_undo.py MMBRIGHT SHIM KIND [ROUNDS]: images whose samples lie in several files, changed by runs that keep what they
lose, and taken back: all files of a run, or none.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from listed import KIND, MMBRIGHT, ROUNDS, SHIM, Listed, get, marks, put, run, selection  # noqa: E402

CAN_RAISE = "address" not in KIND and "thread" not in KIND


def lossy(image):
    return ["--gain=" + ",".join(str(0.3 + c / 16) for c in range(image.samples)), "--keep-undo"]


def left(kind):
    return [os.path.join(folder, name) for folder in (".", "sub") for name in os.listdir(folder) if kind in name]


def contents(image):
    return {name: get(name) for name in image.names}


def begin(image):
    for name in left(".mm"):
        os.unlink(name)
    image.write()


def is_back(image, what):
    image.compare(what, None)
    assert not left(".mm"), f"{what}: {left('.mm')}\n{image}"


def refused(image, what, *command):
    before = contents(image), sorted(left(".mm"))
    said = run(*command, status=1).stderr.decode()
    assert (contents(image), sorted(left(".mm"))) == before, f"{what}: something was touched\n{image}"
    assert what in said, f"no {what!r}: {said}\n{image}"


def stores():
    return sorted(left(".mmu."))


def there_and_back(rng, image, options):
    begin(image)
    ways = ["--io=" + rng.choice(["auto", "mmap", "buffered", "direct"]), f"-j{rng.randint(1, 4)}"]
    ways += rng.choice([[], ["--journal=power"]])
    done = json.loads(run(MMBRIGHT, "-i", "--json", *lossy(image), *ways, *options, image.header_name).stdout)
    kept = stores()
    assert done["undo_bytes"] == sum(map(os.path.getsize, kept)), f"{done} {kept}\n{image}"
    changed = contents(image)
    planned = run(MMBRIGHT, "-n", "--undo", image.header_name).stdout
    assert b"would be as they were" in planned and contents(image) == changed and stores() == kept, planned
    told = json.loads(run(MMBRIGHT, "--undo", "--json", *ways, image.header_name).stdout)
    assert told.get("undo_files", 1) == len(kept), f"{told} {kept}\n{image}"
    is_back(image, f"there and back {ways} {options}")


def changed_byte(rng, image, options):
    """One byte of one file: none is taken back."""
    begin(image)
    run(MMBRIGHT, "-q", "-i", *lossy(image), *options, image.header_name)
    old = image.files()
    name = rng.choice(image.names)
    now = get(name)
    different = [i for i in range(len(now)) if now[i] != old[name][i]]
    if different:
        place = rng.choice(different)
        put(name, now[:place] + bytes([now[place] ^ 4]) + now[place + 1 :])
        refused(image, f"{name}: was changed since", MMBRIGHT, "-q", "--undo", image.header_name)
        put(name, now)
    # What is in front of the samples, and behind them, is nobody's.
    if image.behind:
        put(name, now[:-1] + b"?")
    run(MMBRIGHT, "-q", "--undo", image.header_name)
    if image.behind:
        assert get(name) == old[name][:-1] + b"?", f"behind the samples\n{image}"
        put(name, old[name])
    is_back(image, f"after a changed byte {options}")


def missing(rng, image, options):
    begin(image)
    run(MMBRIGHT, "-q", "-i", *lossy(image), *options, image.header_name)
    kept = stores()
    if len(kept) > 1:
        lost = rng.choice(kept)
        content = get(lost)
        os.unlink(lost)
        refused(image, "is gone: nothing is taken back", MMBRIGHT, "-q", "--undo", image.header_name)
        file = os.path.normpath(lost[: lost.index(".mmu.")])
        said = run(MMBRIGHT, "-q", "--undo", image.header_name, status=1).stderr.decode()
        assert f"{file}: the undo file" in said, f"{lost}: {said}\n{image}"
        put(lost, content[:-10])
        os.chmod(lost, 0o600)
        refused(image, "", MMBRIGHT, "-q", "--undo", image.header_name)
        put(lost, content)
        member = rng.choice(kept)
        refused(image, f"is one of {len(kept)} files that a run has changed together", MMBRIGHT, "-q", "--undo", file)
        refused(image, image.header_name, MMBRIGHT, "-q", f"--undo={member}", member[: member.index(".mmu.")])
    run(MMBRIGHT, "-q", "-i", "--add=1", "--keep-undo=elsewhere", image.header_name, status=2)
    run(MMBRIGHT, "-q", "--undo=elsewhere", image.header_name, status=2)
    run(MMBRIGHT, "-q", "--undo", image.header_name)
    is_back(image, f"after a missing undo file {options}")


def later_runs(rng, image, options):
    """Over all files, then over some of them, then over one: in reverse order."""
    begin(image)
    steps = [contents(image)]
    region, channels, some = selection(rng, image)
    name = rng.choice(image.names)
    raw = ["--format=raw", "--type=u8", "--samples=1", "--add=100", f"--offset={max(image.skip, 0)}"]
    commands = [[*options, image.header_name], [*some, image.header_name]]
    for command in commands:
        run(MMBRIGHT, "-q", "-i", *lossy(image), *command)
        steps.append(contents(image))
    run(MMBRIGHT, "-q", "-i", *raw, "--keep-undo", name)
    run(MMBRIGHT, "-q", "--undo", rng.choice([name, image.header_name]))
    while len(steps) > 1:
        assert contents(image) == steps.pop(), f"a step back {region} {channels}\n{image}"
        run(MMBRIGHT, "-q", "--undo", image.header_name)
    is_back(image, "three runs")
    run(MMBRIGHT, "-q", "--undo", image.header_name, status=1)


def later_run_broken(rng, image):
    """A run over some of the files has lost an undo file: it is not passed over for the run below it."""
    begin(image)
    run(MMBRIGHT, "-q", "-i", *lossy(image), image.header_name)
    first = set(stores())
    _, _, options = selection(rng, image)
    run(MMBRIGHT, "-q", "-i", *lossy(image), *options, image.header_name)
    later = sorted(set(stores()) - first)
    if len(later) > 1:
        lost = rng.choice(later)
        content = get(lost)
        os.unlink(lost)
        refused(image, "", MMBRIGHT, "-q", "--undo", image.header_name)
        put(lost, content)
        os.chmod(lost, 0o600)
    run(MMBRIGHT, "-q", "--undo", image.header_name)
    run(MMBRIGHT, "-q", "--undo", image.header_name)
    is_back(image, "above a broken run")


def two_at_once(image):
    begin(image)
    run(MMBRIGHT, "-q", "-i", *lossy(image), image.header_name)
    words = [MMBRIGHT, "-q", "--undo", image.header_name]
    both = [subprocess.Popen(words, stderr=subprocess.PIPE) for _ in range(2)]
    said = [one.communicate()[1] for one in both]
    assert sorted(one.returncode for one in both) in ([0, 1], [0, 0]), f"{said}\n{image}"
    is_back(image, f"two at once {said}")


def killed(rng, image, options):
    """Both directions, at a write to any of the files."""
    if not CAN_RAISE:
        return 0
    begin(image)
    kills = 0
    there = [MMBRIGHT, "-q", "-i", *lossy(image), "--io=buffered", "-j2", *options, image.header_name]
    back = [MMBRIGHT, "-q", "--undo", "--io=buffered", "-j2", image.header_name]
    for command in there, back:
        for _ in range(rng.randint(1, 3)):
            name = rng.choice([".raw", os.path.basename(rng.choice(image.names)) + ".mmu.1", ".mmu.1"])
            raised = {"SHIM_RAISE": f"{signal.SIGKILL.value}:{rng.randint(1, 2 * len(image.names))}:{name}"}
            status = run(*command, status=None, environment={"LD_PRELOAD": SHIM, **raised}).returncode
            if status != -signal.SIGKILL:
                assert status == 0, f"{status}\n{image}"
                break
            kills += 1
            unfinished = bool(left(".mmj."))
            if command is there and unfinished:
                before = contents(image)
                run(MMBRIGHT, "-q", "--undo", image.header_name, status=1)
                # An undo file of a file that is not begun may go: it has nothing.
                assert contents(image) == before, f"an unfinished run was taken back\n{image}"
        else:
            if command is there or left(".mm"):
                run(*command)
    is_back(image, f"{kills} kills {options}")
    return kills


def killed_anywhere(rng, image, options):
    """At any system call of the way back that has to do with files."""
    from listed import CAN_KILL, calls_of, injected, traced

    if not CAN_KILL:
        return 0
    begin(image)
    there = [MMBRIGHT, "-q", "-i", *lossy(image), *options, image.header_name]
    back = [MMBRIGHT, "-q", "--undo", "-j1", "--io=" + rng.choice(("buffered", "mmap")), image.header_name]
    run(*there)
    calls = calls_of(back)
    kills = 0
    is_back(image, "traced")
    # The end has more steps than the rest: each undo file is marked, each file unmarked, each undo file removed.
    for part in (2, 5, 5, 5):
        begin(image)
        run(*there)
        number = rng.randrange(len(calls) * (part - 1) // part, len(calls))
        if traced(back, injected(calls, number, "signal=SIGKILL")) not in (-9, 137):
            continue
        kills += 1
        if left(".mm"):
            run(*back)
        is_back(image, f"killed at call {number} {options}")
    return kills


def main():
    put("probe", bytes(8))
    if b"zstd" in run(MMBRIGHT, "-n", "-i", "--add=1", "--keep-undo", "probe", status=None).stderr:
        print("this build has no zstd")
        return
    kills = anywhere = 0
    for seed in range(ROUNDS):
        rng = random.Random(seed + 7000)
        image = Listed(rng)
        _, _, options = selection(rng, image)
        begin(image)
        there_and_back(rng, image, options)
        changed_byte(rng, image, options)
        missing(rng, image, options)
        later_runs(rng, image, options)
        later_run_broken(rng, image)
        two_at_once(image)
        kills += killed(rng, image, options)
        anywhere += killed_anywhere(rng, image, options)
        assert not any(map(marks, image.names)), image
        for name in [*image.names, image.header_name]:
            os.unlink(name)
    print(f"{ROUNDS} layouts, {kills} runs killed at a write and {anywhere} at any call, and gone on with")


SWEEP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support", "sweep_openmp.sh")
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.makedirs("sub")
    main()
    os.chdir("/")
subprocess.run(["sh", SWEEP], check=True)
