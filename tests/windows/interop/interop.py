#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Objects with names between programs that know nothing of each other: libmmview's, and one without it.

Usage: interop.py --folder=FOLDER [--mmipc=COMMAND] OURS THEIRS
OURS and THEIRS are commands that take lines (peer_mmview.c says which). Each is once the one that makes an object and
once the one that finds it, and each is killed: as the holder of a mutex, as the user of a map, with the count of a
semaphore.
Exit status 1 when anything came out otherwise.
"""

import argparse
import os
import subprocess
import sys
import threading
import time
from typing import List, Optional

SIZE = 100000
PAGES = 102400  # what a section of so many bytes has: whole pages
LONG = "60000"  # milliseconds; what comes, comes sooner
PATIENCE = 180.0


class Peer:
    """A process that does what its lines say."""

    def __init__(self, command: str):
        self.command = command
        self.process = subprocess.Popen([command], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        # What hangs is a failure, and not forever: its answer is the end of its output.
        self.timer = threading.Timer(PATIENCE, self.process.kill)
        self.timer.daemon = True
        self.timer.start()

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write((line + "\n").encode())
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().decode(errors="replace").strip()

    def ask(self, line: str) -> str:
        self.say(line)
        return self.hear()

    def kill(self) -> None:
        self.process.kill()
        self.end()

    def end(self) -> None:
        self.timer.cancel()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            try:
                stream.close()
            except OSError:
                pass  # it was killed with a line on its way
        self.process.wait()


class Trial:
    """One direction: who makes objects, who finds them."""

    def __init__(self, maker: str, user: str, folder: str):
        self.commands = (maker, user)
        self.label = f"{os.path.basename(maker)} makes, {os.path.basename(user)} finds"
        self.folder = folder
        self.checks = self.failures = 0
        self.maker, self.user = Peer(maker), Peer(user)

    def check(self, peer: Peer, line: str, *wanted: str) -> None:
        self.compare(peer, line, peer.ask(line), *wanted)

    def compare(self, peer: Peer, line: str, said: str, *wanted: str) -> None:
        self.checks += 1
        if said not in wanted:
            self.failures += 1
            print(f"FAILED: {self.label}: {os.path.basename(peer.command)}: {line}: {said or 'nothing'}, not {wanted}")

    def anew(self) -> None:
        """Both without anything."""
        self.maker.end()
        self.user.end()
        self.maker, self.user = Peer(self.commands[0]), Peer(self.commands[1])

    def open(self, kind: str, name: str, values: str) -> None:
        self.check(self.user, f"{kind} open {name}", "missing")
        self.check(self.maker, f"{kind} create {name} {values}", "ok")
        self.check(self.user, f"{kind} open {name}", "ok")

    def close(self, kind: str, name: str) -> None:
        """The name goes with its last user."""
        self.check(self.maker, f"{kind} close", "ok")
        self.check(self.user, f"{kind} close", "ok")
        self.check(self.user, f"{kind} open {name}", "missing")


def pass_texts(trial: Trial, size: int) -> None:
    trial.check(trial.maker, "map put 0 written-by-the-maker", "ok")
    trial.check(trial.user, "map get 0 20", "ok written-by-the-maker")
    trial.check(trial.user, f"map put {size - 4} last", "ok")
    trial.check(trial.maker, f"map get {size - 4} 4", "ok last")


def try_maps(trial: Trial, name: str) -> None:
    sizes = (f"ok {SIZE}", f"ok {PAGES}")
    trial.check(trial.user, f"map open {name}", "missing")
    trial.check(trial.maker, f"map create {name} {SIZE}", *sizes)
    trial.check(trial.user, f"map create {name} {SIZE}", "exists")
    # Who did not make it sees whole pages.
    trial.check(trial.user, f"map open {name}", f"ok {PAGES}")
    pass_texts(trial, SIZE)
    # Its maker is killed: what is in it stays, and so does the name.
    trial.maker.kill()
    trial.maker = Peer(trial.commands[0])
    trial.check(trial.maker, f"map open {name}", f"ok {PAGES}")
    trial.check(trial.maker, f"map get {SIZE - 4} 4", "ok last")
    trial.user.kill()
    trial.user = Peer(trial.commands[1])
    trial.check(trial.user, f"map open {name}", f"ok {PAGES}")
    trial.check(trial.user, "map get 0 20", "ok written-by-the-maker")
    trial.close("map", name)


def try_files(trial: Trial, name: str) -> None:
    path = os.path.join(trial.folder, name)
    with open(path, "wb") as file:
        file.write(b"in the file" + bytes(8192 - 11))
    trial.check(trial.maker, f"map file {name} {path}", "ok 8192")
    trial.check(trial.user, f"map open {name}", "ok 8192")
    trial.check(trial.user, "map get 0 2", "ok in")
    trial.check(trial.user, "map put 8186 theirs", "ok")
    trial.check(trial.maker, "map put 8180 ours--", "ok")
    trial.user.kill()
    trial.user = Peer(trial.commands[1])
    trial.check(trial.maker, "map close", "ok")
    with open(path, "rb") as file:
        trial.compare(trial.maker, "the file", repr(file.read()[8180:]), repr(b"ours--theirs"))
    os.remove(path)


def try_mutexes(trial: Trial, name: str) -> None:
    trial.open("mutex", name, "")
    trial.check(trial.user, f"mutex create {name}", "exists")
    for one, other in ((trial.maker, trial.user), (trial.user, trial.maker)):
        trial.check(one, "mutex take 0", "ok")
        trial.check(other, "mutex take 0", "timeout")
        other.say(f"mutex take {LONG}")
        trial.check(one, "mutex give", "ok")
        trial.compare(other, "waits for the mutex", other.hear(), "ok")
        trial.check(other, "mutex give", "ok")
    # The holder is killed, on either side: whoever is next is told once.
    trial.check(trial.user, "mutex take 0", "ok")
    trial.maker.say(f"mutex take {LONG}")
    trial.user.kill()
    trial.compare(trial.maker, "waits for one that is killed", trial.maker.hear(), "abandoned")
    trial.check(trial.maker, "mutex give", "ok")
    trial.check(trial.maker, "mutex take 0", "ok")
    trial.user = Peer(trial.commands[1])
    trial.check(trial.user, f"mutex open {name}", "ok")
    trial.check(trial.user, "mutex take 0", "timeout")
    trial.maker.kill()
    trial.check(trial.user, f"mutex take {LONG}", "abandoned")
    trial.check(trial.user, "mutex give", "ok")
    trial.check(trial.user, "mutex take 0", "ok")
    trial.maker = Peer(trial.commands[0])
    trial.check(trial.maker, f"mutex open {name}", "ok")
    trial.check(trial.maker, "mutex take 0", "timeout")
    trial.check(trial.user, "mutex give", "ok")
    trial.close("mutex", name)


def try_events(trial: Trial, name: str) -> None:
    trial.open("event", name, "auto")
    for one, other in ((trial.maker, trial.user), (trial.user, trial.maker)):
        trial.check(other, "event take 0", "timeout")
        other.say(f"event take {LONG}")
        trial.check(one, "event set", "ok")
        trial.compare(other, "waits for the event", other.hear(), "ok")
        trial.check(one, "event take 0", "timeout")
    # A waiter that is killed takes no signal with it.
    trial.user.say(f"event take {LONG}")
    trial.user.kill()
    trial.user = Peer(trial.commands[1])
    trial.check(trial.user, f"event open {name}", "ok")
    trial.check(trial.maker, "event set", "ok")
    trial.check(trial.user, f"event take {LONG}", "ok")
    trial.close("event", name)
    trial.open("event", name, "manual")
    trial.check(trial.user, "event set", "ok")
    for peer in (trial.maker, trial.user, trial.maker):
        trial.check(peer, "event take 0", "ok")
    trial.check(trial.user, "event reset", "ok")
    trial.check(trial.maker, "event take 0", "timeout")
    trial.close("event", name)


def try_semaphores(trial: Trial, name: str) -> None:
    trial.open("semaphore", name, "1 3")
    trial.check(trial.user, "semaphore take 0", "ok")
    trial.check(trial.maker, "semaphore take 0", "timeout")
    trial.maker.say(f"semaphore take {LONG}")
    trial.check(trial.user, "semaphore give 1", "ok 0")
    trial.compare(trial.maker, "waits for the semaphore", trial.maker.hear(), "ok")
    trial.check(trial.maker, "semaphore give 3", "ok 0")
    trial.check(trial.user, "semaphore give 1", "full")
    trial.check(trial.maker, "semaphore give 1", "full")
    # What somebody has taken when he is killed is lost.
    trial.check(trial.user, "semaphore take 0", "ok")
    trial.user.kill()
    trial.user = Peer(trial.commands[1])
    trial.check(trial.user, f"semaphore open {name}", "ok")
    trial.check(trial.user, "semaphore take 0", "ok")
    trial.check(trial.maker, "semaphore take 0", "ok")
    trial.check(trial.maker, "semaphore take 0", "timeout")
    trial.close("semaphore", name)


def try_kinds(trial: Trial, name: str) -> None:
    """One name is one thing."""
    trial.check(trial.maker, f"mutex create {name}", "ok")
    for line in (f"map open {name}", f"event open {name}", f"semaphore open {name}"):
        trial.check(trial.user, line, "kind", "missing")
    trial.check(trial.user, f"mutex open Local\\{name}", "ok")
    trial.check(trial.maker, "mutex take 0", "ok")
    trial.check(trial.user, "mutex take 0", "timeout")
    trial.anew()


TRIALS = {
    "map": try_maps,
    "file": try_files,
    "mutex": try_mutexes,
    "event": try_events,
    "semaphore": try_semaphores,
    "kind": try_kinds,
}


def try_direction(maker: str, user: str, folder: str) -> Trial:
    trial = Trial(maker, user, folder)
    for word, attempt in TRIALS.items():
        attempt(trial, f"mmv-interop-{os.getpid()}-{word}")
    trial.maker.end()
    trial.user.end()
    print(f"{trial.label}: {trial.checks} checks, {trial.failures} failed")
    return trial


def await_answer(trial: Trial, line: str, wanted: str) -> None:
    """Becomes so when the other program has come as far."""
    for _ in range(600):
        said = trial.user.ask(line)
        if said == wanted:
            break
        time.sleep(0.05)
    trial.compare(trial.user, line, said, wanted)


def try_mmipc(mmipc: str, theirs: str, folder: str) -> Trial:
    """The mutex of `mmipc lock`, whose holder is killed, and the event of `mmipc wait`."""
    trial = Trial(theirs, theirs, folder)
    trial.label = f"mmipc makes, {os.path.basename(theirs)} finds"
    name = f"mmv-interop-{os.getpid()}-tool"
    # The command that it runs outlives it, and must not keep anybody's output open.
    holder = subprocess.Popen(
        [mmipc, "lock", name, "--", "cmd", "/c", "ping -n 30 127.0.0.1 >NUL"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    await_answer(trial, f"mutex open {name}", "ok")
    # It makes the mutex, and takes it then.
    for _ in range(600):
        if trial.user.ask("mutex take 0") != "ok":
            break
        trial.user.ask("mutex give")
        time.sleep(0.05)
    trial.check(trial.user, "mutex take 0", "timeout")
    holder.kill()
    holder.wait()
    trial.check(trial.user, f"mutex take {LONG}", "abandoned")
    waiter = subprocess.Popen([mmipc, "wait", "--timeout=60", name + "-event"])
    await_answer(trial, f"event open {name}-event", "ok")
    trial.check(trial.user, "event set", "ok")
    trial.compare(trial.user, "mmipc wait", str(waiter.wait()), "0")
    trial.maker.end()
    trial.user.end()
    print(f"{trial.label}: {trial.checks} checks, {trial.failures} failed")
    return trial


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--folder", required=True, help="where files may be made, as this system names it")
    parser.add_argument("--mmipc", help="the tool: its mutex and event are found, too")
    parser.add_argument("ours")
    parser.add_argument("theirs")
    given = parser.parse_args(arguments)
    trials = [
        try_direction(given.ours, given.theirs, given.folder),
        try_direction(given.theirs, given.ours, given.folder),
    ]
    if given.mmipc:
        trials.append(try_mmipc(given.mmipc, given.theirs, given.folder))
    checks, failures = sum(trial.checks for trial in trials), sum(trial.failures for trial in trials)
    print(f"{checks} checks, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
