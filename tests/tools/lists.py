# SPDX-License-Identifier: MIT
"""
lists.py MMBRIGHT SHIM KIND [ROUNDS]: images whose samples lie in several files, changed and read by the tools in every
way.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from listed import (  # noqa: E402
    KIND,
    MMBRIGHT,
    ROUNDS,
    SHIM,
    TOOL,
    Listed,
    get,
    is_protected,
    marks,
    put,
    run,
    selection,
)


def change_in_place(rng, image, options, wanted):
    image.write()
    ways = ["--io=" + rng.choice(["auto", "mmap", "buffered", "direct"]), f"-j{rng.randint(1, 4)}"]
    ways += rng.choice([[], ["--verify"], ["--journal=power"], ["--journal=off"]])
    done = json.loads(run(MMBRIGHT, "-i", "--json", "--add=7", *ways, *options, image.header_name).stdout)
    image.compare(f"in place {ways} {options}", wanted)
    assert done["files"] == len(image.names), done
    if image.type == "u8":
        put("whole.raw", image.raw())
        raw = [*image.options(), *[option for option in options], "whole.raw"]
        whole = json.loads(run(MMBRIGHT, "-i", "--json", "--add=7", "--format=raw", *raw).stdout)
        for key in ("saturated_low", "saturated_high", "records"):
            assert done[key] == whole[key], f"{key}: {done[key]} {whole[key]}\n{image}"


def refuse_saturation(image, options):
    if image.type != "u8" or 252 not in image.value:
        return
    image.write()
    counted = json.loads(run(MMBRIGHT, "-n", "--count", "--json", "-i", "--add=7", *options, image.header_name).stdout)
    saturated = sum(counted["saturated_high"])
    run(MMBRIGHT, "-q", "-i", "--add=7", "--max-saturated=0", *options, image.header_name, status=saturated > 0)
    if saturated:
        image.compare("refused", None)


def kill_and_go_on(rng, image, options, wanted):
    # Sanitizers that bring their own pwrite hide the shim's.
    if "address" in KIND or "thread" in KIND:
        return 0
    image.write()
    command = [MMBRIGHT, "-q", "-i", "--add=7", "--io=buffered", "-j2", "--verify", *options, image.header_name]
    number = rng.randint(1, len(image.names))
    raised = {"LD_PRELOAD": SHIM, "SHIM_RAISE": f"{signal.SIGKILL.value}:{number}:.raw"}
    killed = run(*command, status=None, environment=raised).returncode == -signal.SIGKILL
    if killed:
        marked = [name for name in image.names if is_protected(name)]
        assert marked, f"killed, and no file is marked\n{image}"
        protected(rng, image, marked, options)
        run(*command, status=0)
    image.compare(f"killed={killed} at {number}, gone on {options}", wanted)
    return int(killed)


def protected(rng, image, marked, options):
    """What an unfinished run has begun nobody changes, and who reads it is told."""
    one, raw = rng.choice(marked), ["--format=raw", "--type=u8", "--samples=1"]
    run(MMBRIGHT, "-i", "--add=1", *raw, one, status=1)
    run(MMBRIGHT, "-i", "--add=1", "--journal=off", *raw, one, status=1)
    run(MMBRIGHT, "-i", "--add=8", *options, image.header_name, status=1)
    run(MMBRIGHT, "-i", "--add=7", "--journal=off", *options, image.header_name, status=1)
    assert b"interrupted" in run(MMBRIGHT, "--status", image.header_name).stdout
    for tool in ("mmstat", "mmdump"):
        assert b"mixture" in run(TOOL[tool], image.header_name).stderr, f"{tool}\n{image}"
    if os.path.exists(TOOL["mmpng"]):
        drawn = run(TOOL["mmpng"], "export", "-f", "--range=auto", image.header_name, "m.png")
        assert b"mixture" in drawn.stderr, f"mmpng\n{image}"
    out = "m" + os.path.splitext(image.header_name)[1]
    run(MMBRIGHT, "-o", out, "--add=7", image.header_name, status=1)
    assert not os.path.exists(out) and not os.path.exists("m.raw"), f"a copy of a mixture\n{image}"


def kill_anywhere(rng, image, options, wanted):
    """At any system call that has to do with files."""
    if not shutil.which("strace") or "address" in KIND or "thread" in KIND:
        return 0
    image.write()
    command = [MMBRIGHT, "-q", "-i", "--add=7", "--io=" + rng.choice(("buffered", "mmap")), *options, image.header_name]
    run("strace", "-f", "-qq", "-o", "trace", "--trace=%file,%desc", *command, status=None)
    with open("trace", encoding="ascii", errors="replace") as file:
        calls = [line.split()[1].split("(")[0] for line in file if "(" in line and "resumed" not in line]
    image.write()
    # A third of them are before anything of FILE is looked at. strace counts the calls of each name.
    number = rng.randrange(len(calls) // 3, len(calls))
    name = calls[number]
    inject = f"--inject={name}:signal=SIGKILL:when={calls[:number + 1].count(name)}"
    killed = run("strace", "-f", "-qq", "-o", "trace", inject, *command, status=None).returncode in (-9, 137)
    if not killed:
        return 0
    # A run that is over, journal and all, begins anew when its command is repeated.
    journals = [name for name in os.listdir(".") + os.listdir("sub") if ".mmj." in name]
    if not journals and all(get(name) == content for name, content in image.files(wanted).items()):
        image.compare(f"killed at call {number}, when all was over", wanted)
        return 1
    run(*command, status=0)
    image.compare(f"killed at call {number} {options}", wanted)
    return 1


def adopt(rng, image, options, wanted):
    """Copies of the files, marks and journal included, go on when the originals are gone."""
    if "address" in KIND or "thread" in KIND:
        return
    image.write()
    raised = {"LD_PRELOAD": SHIM, "SHIM_RAISE": f"{signal.SIGKILL.value}:{rng.randint(1, len(image.names))}:.raw"}
    command = [MMBRIGHT, "-q", "-i", "--add=7", "--io=buffered", *options, image.header_name]
    if run(*command, status=None, environment=raised).returncode != -signal.SIGKILL:
        return
    first = next(name for name in image.names if marks(name)) if any(map(marks, image.names)) else None
    if first is None:
        run(*command)
        return
    home = os.getcwd()
    with tempfile.TemporaryDirectory(dir=home) as there:
        moved = os.path.join(there, "moved")
        os.makedirs(os.path.join(moved, "sub"))
        for name in [*image.names, image.header_name, *(name for name in os.listdir(".") if ".mmj." in name)]:
            shutil.copy2(name, os.path.join(moved, name))
        for name in (name for name in os.listdir("sub") if ".mmj." in name):
            shutil.copy2(os.path.join("sub", name), os.path.join(moved, "sub", name))
        before = {name: get(os.path.join(moved, name)) for name in image.names}
        os.chdir(moved)
        run(*command, status=1)
        # As long as the originals are there, the copies are nobody's to finish.
        run(MMBRIGHT, *command[1:2], "--adopt", *command[2:], status=1)
        assert before == {name: get(name) for name in image.names}, f"refused, and changed\n{image}"
        for name in image.names:
            os.remove(os.path.join(home, name))
        for folder in (home, os.path.join(home, "sub")):
            for name in os.listdir(folder):
                if ".mmj." in name:
                    os.remove(os.path.join(folder, name))
        run(MMBRIGHT, *command[1:2], "--adopt", *command[2:])
        image.compare(f"adopted {options}", wanted)
        os.chdir(home)


def give_up(rng, image):
    if "address" in KIND or "thread" in KIND:
        return
    image.write()
    number = rng.randint(1, len(image.names))
    raised = {"LD_PRELOAD": SHIM, "SHIM_RAISE": f"{signal.SIGKILL.value}:{number}:.raw"}
    command = [MMBRIGHT, "-q", "-i", "--add=7", "--io=buffered", image.header_name]
    if run(*command, status=None, environment=raised).returncode == -signal.SIGKILL:
        run(MMBRIGHT, "-q", "--discard-journal", image.header_name)
        for name in image.names:
            assert not marks(name), f"{name} is marked after --discard-journal\n{image}"
        run(MMBRIGHT, "--discard-journal", image.header_name, status=1)


def refused(image):
    """What several files cannot have."""
    image.write()
    head = image.header_name
    for command in (
        [MMBRIGHT, "-o", "-", "--add=7", head],
        [MMBRIGHT, "-i", "--add=7", "--offset=4", head],
        [TOOL["mmdump"], "--record=u8 a", head],
    ):
        assert b"files, " in run(*command, status=2).stderr, command
    image.compare("refused", None)


def pixels(header):
    """All of them, as mmdump prints them."""
    lines = run(TOOL["mmdump"], "--count=0", "--output=csv", header).stdout.decode().split("\r\n")[1:-1]
    return [[float(text) for text in line.split(",")] for line in lines]


def pixels_of(image, value):
    places = [divmod(number, image.width) for number in range(image.width * image.height)]
    return [[value[image.place(x, y, c)] for c in range(image.samples)] for y, x in places]


def copies(rng, image, options, wanted):
    """A copy is a header and one file."""
    image.write()
    head, ending = image.header_name, os.path.splitext(image.header_name)[1]
    ways = ["--io=" + rng.choice(["auto", "mmap", "buffered", "direct"]), f"-j{rng.randint(1, 4)}"]
    ways += rng.choice([[], ["--verify"], ["--sync", "--verify"]])
    run(MMBRIGHT, "-n", "-o", "c" + ending, "--add=7", *options, head)
    assert not os.path.exists("c" + ending) and not os.path.exists("c.raw")
    done = run(MMBRIGHT, "--json", "-o", "c" + ending, "--add=7", *ways, *options, head)
    what = f"copy {ways} {options}\n{image}"
    assert json.loads(done.stdout)["files"] == len(image.names), done.stdout
    assert get("c.raw") == image.copied(wanted), what
    if image.layout in ("mhd", "bip"):
        assert pixels("c" + ending) == pixels_of(image, wanted), what
    put("whole.raw", image.raw(wanted))
    copied = json.loads(run(TOOL["mmstat"], "--json", "c" + ending).stdout)
    whole = json.loads(run(TOOL["mmstat"], "--json", "--format=raw", *image.options(), "whole.raw").stdout)
    for key in ("count", "min", "max", "records"):
        assert copied[key] == whole[key], f"{key} {copied[key]} {whole[key]} {what}"
    dropped = len(image.names) > 1 and len(image.front + image.behind) > 0
    assert (b"are not in the copy" in done.stderr) == dropped, f"{what} {done.stderr}"
    before = (get("c" + ending), get("c.raw"))
    run(MMBRIGHT, "-o", "c" + ending, "--add=8", head, status=2)
    assert before == (get("c" + ending), get("c.raw"))
    os.makedirs("d", exist_ok=True)
    run(MMBRIGHT, "-q", "-o", "d", "--add=7", *options, head)
    assert get("d/l.raw") == before[1], what
    shutil.rmtree("d")
    for name in ("c.raw", "c.img", "c"):
        done = run(MMBRIGHT, "-f", "-o", name, "--add=7", head, status=2)
        assert b"which ends with " + ending.encode() in done.stderr, done.stderr
    # Its samples would replace one of the files.
    name = image.names[0]
    run(MMBRIGHT, "-f", "-o", os.path.splitext(name)[0] + ending, "--add=7", head, status=2)
    for name in ("LIST", "a%d"):
        run(MMBRIGHT, "-f", "-o", name + ending, "--add=7", head, status=2)
    image.compare(f"copied {ways} {options}", None)
    os.remove("c" + ending)
    os.remove("c.raw")


def kill_copies(rng, image, options, wanted):
    """Whenever a copy ends that replaces another one, both files are old, or both new."""
    if not shutil.which("strace") or "address" in KIND or "thread" in KIND:
        return 0
    image.write()
    head, ending = image.header_name, os.path.splitext(image.header_name)[1]
    out, command = "k" + ending, [MMBRIGHT, "-q", "-f", "--add=7", *options, head, "-o", "k" + ending]
    run(*command)
    new = (get(out), get("k.raw"))
    old = (new[0] + b"\n", image.copied())
    if ending == ".nhdr":
        old = (new[0].replace(b"\n", b"\n# old\n", 1), old[1])
    run("strace", "-f", "-qq", "-o", "trace", "--trace=%file,%desc", *command, status=None)
    with open("trace", encoding="ascii", errors="replace") as file:
        calls = [line.split()[1].split("(")[0] for line in file if "(" in line and "resumed" not in line]
    kills = 0
    for number in rng.sample(range(max(0, len(calls) - 60), len(calls)), 2):
        put(out, old[0])
        put("k.raw", old[1])
        name = calls[number]
        inject = f"--inject={name}:signal=SIGKILL:when={calls[:number + 1].count(name)}"
        kills += run("strace", "-f", "-qq", "-o", "trace", inject, *command, status=None).returncode in (-9, 137)
        run(TOOL["mmstat"], out)
        assert (get(out), get("k.raw")) in (old, new), f"killed at call {number} {name}: a mixture\n{image}"
        run(*command)
        assert (get(out), get("k.raw")) == new, f"killed at call {number} {name}, and again\n{image}"
    image.compare("killed copies", None)
    os.remove(out)
    os.remove("k.raw")
    assert new[1] == image.copied(wanted), f"copy\n{image}"
    return kills


def change_while_copied(image):
    """A file whose turn is over is looked at once more in the end."""
    if len(image.names) < 2 or "address" in KIND or "thread" in KIND:
        return
    image.write()
    ending = os.path.splitext(image.header_name)[1]
    # Before its second piece the copy, which has no name yet, is stopped.
    stop = {"LD_PRELOAD": SHIM, "SHIM_RAISE": f"{signal.SIGSTOP.value}:2:(deleted)"}
    command = [MMBRIGHT, "--json", "-j1", "--io=buffered", "--add=7", "-o", "w" + ending, image.header_name]
    with subprocess.Popen(
        command, env={**os.environ, **stop}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as copying:
        _, state = os.waitpid(copying.pid, os.WUNTRACED)
        if os.WIFSTOPPED(state):
            os.utime(image.names[0], (1, 1))
            copying.send_signal(signal.SIGCONT)
            said = copying.communicate(timeout=60)
            assert copying.returncode == 1, f"{said}\n{image}"
            assert b"were being changed while they were copied" in said[1], said
            assert not os.path.exists("w.raw") and not os.path.exists("w" + ending), image
        else:
            # Where files cannot be without a name the copy was not stopped.
            copying.returncode = os.waitstatus_to_exitcode(state)
            os.remove("w.raw")
            os.remove("w" + ending)


def rights(image):
    """The copy is no more open than any of the files."""
    image.write()
    ending = os.path.splitext(image.header_name)[1]
    os.chmod(image.names[-1], 0o640)
    run(MMBRIGHT, "-q", "-o", "r" + ending, "--add=7", image.header_name)
    mode = os.stat("r.raw").st_mode & 0o777
    assert mode == (0o600 if len(image.names) > 1 else 0o640), oct(mode)
    if os.geteuid() == 0 and len(image.names) > 1:
        # Another group, with the same permissions.
        for name in image.names:
            os.chmod(name, 0o640)
        os.chown(image.names[0], -1, 12345)
        run(MMBRIGHT, "-q", "-f", "-o", "r" + ending, "--add=7", image.header_name)
        assert os.stat("r.raw").st_mode & 0o777 == 0o600, oct(os.stat("r.raw").st_mode)
    if os.path.exists(TOOL["mmpng"]):
        run(TOOL["mmpng"], "export", "-q", "-f", "--range=auto", image.header_name, "r.png")
        assert os.stat("r.png").st_mode & 0o077 == (0 if len(image.names) > 1 else 0o040)
    os.remove("r.raw")
    os.remove("r" + ending)


def figures(image):
    image.write()
    want = ["--json", "--percentiles=0,25,50,99"]
    listed = json.loads(run(TOOL["mmstat"], *want, image.header_name).stdout)
    whole = json.loads(run(TOOL["mmstat"], *want, "--format=raw", *image.options(), "whole.raw").stdout)
    for key in ("count", "min", "max", "saturated_low", "saturated_high", "percentiles_0", "records"):
        assert listed[key] == whole[key], f"mmstat {key}: {listed[key]}, {whole[key]}\n{image}"
    for key in ("mean", "sd"):
        for a, b in zip(listed[key], whole[key]):
            assert abs(a - b) <= 1e-9 * max(1, abs(b)), f"mmstat {key}: {a} {b}\n{image}"
    again = json.loads(run(TOOL["mmstat"], *want, "-j1", image.header_name).stdout)
    assert (listed["mean"], listed["sd"]) == (again["mean"], again["sd"]), f"threads matter\n{image}"


def rows(image):
    image.write()
    assert pixels(image.header_name) == pixels_of(image, image.value), f"mmdump\n{image}"
    line = json.loads(run(TOOL["mmdump"], "--count=1", "--output=json", image.header_name).stdout.split(b"\n")[0])
    content = get(line["file"])[line["offset"] : line["offset"] + image.size]
    assert content == image.raw()[: image.size], f"mmdump: {line}\n{image}"


def pictures(rng, image):
    if not os.path.exists(TOOL["mmpng"]):
        return
    image.write()
    options = ["-q", "-f", f"--range={rng.choice(('auto', '-10,200'))}", f"--shrink={rng.choice([1, 1, 2, 3])}"]
    run(TOOL["mmpng"], "export", *options, image.header_name, "a.png")
    done = run(
        TOOL["mmpng"], "export", *options, "--format=raw", *image.options(), "whole.raw", "b.png", status=None
    )
    if done.returncode == 0:
        assert get("a.png") == get("b.png"), f"mmpng {options}\n{image}"
    copied = "p" + os.path.splitext(image.header_name)[1]
    run(MMBRIGHT, "-q", "-f", "-o", copied, "--add=7", "--preview=c.png", image.header_name)
    os.remove(copied)
    run(MMBRIGHT, "-q", "-f", "-i", "--add=7", "--preview=a.png", image.header_name)
    run(MMBRIGHT, "-q", "-f", "-i", "--add=7", "--preview=b.png", "--format=raw", *image.options(), "whole.raw")
    a, b, c = get("a.png"), get("b.png"), get("c.png")
    assert a[a.index(b"IDAT") :] == b[b.index(b"IDAT") :], f"preview\n{image}"
    assert a[a.index(b"IDAT") :] == c[c.index(b"IDAT") :], f"preview of a copy\n{image}"


def alone(rng, image):
    """One of the files is neither the image nor raw: that is not guessed."""
    image.write()
    place = rng.randrange(len(image.names))
    # What lies in another folder, or begins like something else, is not asked for.
    name = image.names[place]
    if "/" in name:
        return
    said = f"is file {place + 1} of the {len(image.names)} that have the image of header {image.header_name}".encode()
    types = rng.choice([[], ["--type=u8", "--samples=1"]])
    for command in (
        [MMBRIGHT, "-i", "--add=7", *types, name],
        [MMBRIGHT, "-o", "out.raw", "--add=7", *types, name],
        [TOOL["mmstat"], *types, name],
        [TOOL["mmdump"], *types, name],
    ):
        done = run(*command, status=1)
        assert said in done.stderr, f"{command}: {done.stderr}\n{image}"
    assert not os.path.exists("out.raw")
    image.compare("one file alone", None)
    # The way out that is named changes its samples and nothing else.
    way = done.stderr.decode().split(" or ")[-1].split(" for this file alone")[0].split()
    if "with" not in way:
        value = image.value[:]
        count = len(value) // len(image.names)
        high = {"u8": 255, "i16": 32767, "u16": 65535, "f32": 1e30}[image.type]
        for i in range(place * count, (place + 1) * count):
            value[i] = min(high, value[i] + 7)
        run(MMBRIGHT, "-q", "-i", "--add=7", *way, name)
        image.compare(f"{way} {name}", value)


def tasks(rng, image):
    """Tasks with files of their own, by their rows: one that was killed goes on while others are done."""
    count = len(image.names)
    if image.layout == "bsq" or count < 2 or "address" in KIND or "thread" in KIND:
        return
    image.write()
    rows = image.height // count
    cut = rng.randint(1, count - 1) * rows
    bands = [(0, cut), (cut, image.height - cut)]
    rng.shuffle(bands)
    first, second = (
        [MMBRIGHT, "-q", "-i", "--add=7", "--io=buffered", f"--roi=0,{y},{image.width}x{height}", image.header_name]
        for y, height in bands
    )
    raised = {"LD_PRELOAD": SHIM, "SHIM_RAISE": f"{signal.SIGKILL.value}:1:.raw"}
    killed = run(*first, status=None, environment=raised).returncode == -signal.SIGKILL
    run(*second)
    if killed:
        run(MMBRIGHT, "-i", "--add=7", image.header_name, status=1)
        run(*first)
    image.compare(f"tasks of rows {bands}", image.changed(7))


def wrong(rng, image):
    """What is wrong with one of the files is known before the first changes."""
    image.write()
    name = rng.choice(image.names)
    os.rename(name, "away")
    run(MMBRIGHT, "-q", "-i", "--add=7", image.header_name, status=1)
    run(TOOL["mmstat"], image.header_name, status=1)
    os.rename("away", name)
    slab = len(image.raw()) // len(image.names)
    put(name, image.files()[name][: max(image.skip, 0) + slab - 1])
    run(MMBRIGHT, "-q", "-i", "--add=7", image.header_name, status=1)
    put(name, image.files()[name])
    if os.geteuid() != 0:
        os.chmod(name, 0o444)
        run(MMBRIGHT, "-q", "-i", "--add=7", image.header_name, status=1)
        os.chmod(name, 0o644)
    if len(image.names) > 1:
        other = rng.choice([one for one in image.names if one != name])
        os.remove(name)
        os.link(other, name)
        done = run(MMBRIGHT, "-i", "--add=7", image.header_name, status=1)
        assert b"same file" in done.stderr, done.stderr
        os.remove(name)
        put(name, image.files()[name])
        second = "second" + os.path.splitext(image.header_name)[1]
        # Two headers of the same files, in whichever order.
        put(second, image.header.encode())
        done = run(MMBRIGHT, "-i", "--add=7", *rng.sample((image.header_name, second), 2), status=2)
        assert b"same file" in done.stderr, done.stderr
        os.remove(second)
    image.compare("refused", None)
    run(MMBRIGHT, "-q", "-i", "--add=7", image.header_name)


def main():
    kills = anywhere = copied = 0
    for seed in range(ROUNDS):
        rng = random.Random(seed)
        image = Listed(rng)
        region, channels, options = selection(rng, image)
        wanted = image.changed(7, region, channels)
        change_in_place(rng, image, options, wanted)
        refuse_saturation(image, options)
        kills += kill_and_go_on(rng, image, options, wanted)
        anywhere += kill_anywhere(rng, image, options, wanted)
        give_up(rng, image)
        adopt(rng, image, options, wanted)
        copies(rng, image, options, wanted)
        copied += kill_copies(rng, image, options, wanted)
        change_while_copied(image)
        rights(image)
        refused(image)
        figures(image)
        rows(image)
        pictures(rng, image)
        alone(rng, image)
        tasks(rng, image)
        wrong(rng, image)
        for name in os.listdir("."):
            if name.endswith((".raw", ".mhd", ".nhdr")):
                os.remove(name)
        shutil.rmtree("sub")
    print(f"{ROUNDS} lists, {kills} runs killed, {anywhere} at any call, and gone on with, {copied} copies")


SWEEP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support", "sweep_openmp.sh")
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    main()
subprocess.run(["sh", SWEEP], check=True)
