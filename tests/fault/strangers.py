# SPDX-License-Identifier: MIT
"""Other users: journals that they forge, and what they may read of an OUT."""
import os
import shutil
import struct
import subprocess

from machine import Lost
from small import STEADY, Small

OWNER, STRANGER, GROUP, OTHER_GROUP = 12345, 12346, 54321, 54322
ACL = "system.posix_acl_access"
USER_OBJ, USER, GROUP_OBJ, GROUP_TAG, MASK, OTHER = 1, 2, 4, 8, 16, 32


def as_user(user, *groups):
    """For preexec_fn."""

    def change():
        os.setgroups(groups)
        os.setresgid(groups[0], groups[0], groups[0])
        os.setresuid(user, user, user)

    return change


class Strangers(Small):
    def forged(self):
        """Journals, records of jobs and pointers of another user, right but for who made them."""
        forge = os.path.join(self.context.arguments.tests, "fault/forge")
        if os.geteuid() != 0 or not os.access(forge, os.X_OK):
            print(f"SKIPPED: forged journals: they need root and {forge}")
            return
        self.forge = self.path("forge")
        shutil.copy(forge, self.forge)
        os.chmod(self.folder, 0o755)
        row = self.row(
            "P43",
            "a right journal, record of a job or pointer for FILE that another user made in a sticky folder, "
            "any mode and rights: FILE is as it is, or changed once",
        )
        folder = self.fresh("forged")
        os.chmod(folder, 0o1777)
        for _ in range(self.trials):
            row.trial(self.forged_one, folder, row, None)
        row.note = f"{row.after} were refused"
        self.control(row, "the same, given to FILE's owner", self.forged_one, folder, row, 0)

    def forged_one(self, folder, row, owner):
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        # What the stranger's command made of a file of his own is what FILE is now: nothing contradicts the journal.
        path, his = (os.path.join(folder, name) for name in ("scan.raw", "mine.raw"))
        shape = "journal" if owner is not None else self.random.choice(("journal", "journal", "job", "pointer"))
        mode = self.random.choice(("kill", "power"))
        words = ("-i", f"--journal={mode}", *(("--shard=1/2",) if shape == "job" else ()))
        self.put(path, self.new)
        os.chmod(path, self.random.choice((0o644, 0o600, 0o664)) if owner is None else 0o644)
        file_owner = self.random.choice((0, OWNER)) if owner is None else owner
        os.chown(path, file_owner, GROUP)
        self.put(his)
        os.chown(his, STRANGER, OTHER_GROUP)
        if shape == "job":
            tracer = self.at_call("unlink", 1)
        elif mode == "kill":
            tracer = self.at_call("pwrite64", self.some_write())
        else:
            tracer = self.at_call("fdatasync", 3)
        subprocess.run(
            [*tracer, self.bench.mmbright, "-q", "--add=10", *STEADY, *words, his],
            check=False,
            preexec_fn=as_user(STRANGER, OTHER_GROUP),
            stderr=subprocess.DEVNULL,
        )
        if self.bench.get(his) == self.old:
            raise Lost("the instrument: nothing was done")
        self.forge_all(folder, path, his, shape)
        for name in self.journals(folder):
            journal = os.path.join(folder, name)
            os.chmod(journal, self.random.choice((0o600, 0o644, 0o666)) if owner is None else 0o600)
            if owner is not None:
                os.chown(journal, owner, 0)
        self.victim(path, words, file_owner, row)

    def forge_all(self, folder, path, his, shape):
        for name in self.journals(folder):
            journal = os.path.join(folder, name)
            made = journal.replace("mine.raw", "scan.raw")
            subprocess.run([self.forge, journal, path, path], check=True)
            if shape == "pointer":
                subprocess.run([self.forge, "pointer", made, journal, path], check=True)
                os.chown(made, STRANGER, OTHER_GROUP)
            else:
                os.rename(journal, made)
        os.unlink(his)

    def victim(self, path, words, owner, row):
        """The owner's or root's command, whole or as the part; a reader; and giving it up."""
        before = self.bench.get(path)
        user = self.random.choice((0, owner))
        more = {"preexec_fn": as_user(user, GROUP)} if user else {}
        status, said = self.tool(*words, path, **more)
        now = self.bench.get(path)
        row.after += status != 0
        if status != 0 and now != before:
            raise Lost(f"refused, and FILE was changed: {said}")
        wanted, half = self.again(), len(before) // 2
        if "--shard=1/2" in words:
            wanted = wanted[:half] + before[half:]
        if status == 0 and now != wanted:
            raise Lost("exit 0, and FILE is not what the command makes of it")

    # ---- rights ------------------------------------------------------------------------------------------------------

    def rights(self):
        """OUT is never more open than FILE: modes, groups and access lists at random, asked as each of four users."""
        if os.geteuid() != 0:
            print("SKIPPED: rights: it needs root")
            return
        row = self.row(
            "P14",
            "-o OUT, -f -o OUT: FILE with any mode, group, access list, any umask and list of the folder, by its "
            "owner or root: nobody may do more to OUT than to FILE",
        )
        os.chmod(self.folder, 0o755)
        folder = self.fresh("rights")
        for _ in range(self.trials):
            row.trial(self.rights_of_out, folder, False)
        self.control(row, "copied by a program that knows no rights", self.rights_of_out, folder, True)

    def some_acl(self):
        rights = [self.random.randrange(8) & 6 for _ in range(6)]
        entries = [
            (USER_OBJ, rights[0] | 6, 0xFFFFFFFF),
            (USER, rights[1], STRANGER),
            (GROUP_OBJ, rights[2], 0xFFFFFFFF),
            (GROUP_TAG, rights[3], OTHER_GROUP),
            (MASK, rights[4], 0xFFFFFFFF),
            (OTHER, rights[5], 0xFFFFFFFF),
        ]
        return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)

    def rights_of_out(self, folder, by_hand):
        folder = self.fresh("rights")
        os.chmod(folder, 0o777)
        path, out = (os.path.join(folder, name) for name in ("image.raw", "out.raw"))
        self.put(path, self.old[:8192])
        os.chown(path, OWNER, self.random.choice((GROUP, OTHER_GROUP)))
        if self.random.random() < 0.5 and not by_hand:
            os.setxattr(path, ACL, self.some_acl())
        else:
            os.chmod(path, 0o600 if by_hand else 0o600 | self.random.randrange(0o100))
        if self.random.random() < 0.5:
            os.setxattr(folder, "system.posix_acl_default", self.some_acl())
        if self.random.random() < 0.3:
            self.put(out, self.old[:8192])
            os.chmod(out, self.random.choice((0o600, 0o644, 0o666)))
        mask = self.random.choice((0, 0o022, 0o077))
        if by_hand:
            with open(out, "wb"):
                os.chmod(out, 0o666)
        else:
            user = self.random.choice((None, as_user(OWNER, GROUP), as_user(OWNER, GROUP, OTHER_GROUP)))
            if user and os.path.exists(out):
                os.unlink(out)
            more = {"preexec_fn": user} if user else {}
            old = os.umask(mask)
            try:
                self.good("-f", "-o", out, path, **more)
            finally:
                os.umask(old)
        self.compare_rights(path, out)

    def compare_rights(self, path, out):
        who = [
            (STRANGER, 1),
            (STRANGER, GROUP),
            (STRANGER, OTHER_GROUP),
            (STRANGER + 1, 1),
            (STRANGER + 1, GROUP),
            (STRANGER + 1, OTHER_GROUP),
        ]
        for user, group in who:
            for how in (os.R_OK, os.W_OK):
                if self.may(out, user, group, how) and not self.may(path, user, group, how):
                    raise Lost(
                        f"user {user}, group {group} may {'write' if how == os.W_OK else 'read'} OUT and not FILE: "
                        f"{os.stat(path).st_mode:o} {os.stat(out).st_mode:o}"
                    )

    @staticmethod
    def may(path, user, group, how):
        child = os.fork()
        if child == 0:
            try:
                as_user(user, group)()
                os._exit(0 if os.access(path, how) else 1)
            finally:
                os._exit(2)
        return os.waitpid(child, 0)[1] == 0
