# SPDX-License-Identifier: MIT
"""Facts about the machine without which no figure means anything, and how busy others kept it meanwhile."""
import os
import platform
import re
import resource
import subprocess
import time


def read(path, default="unknown"):
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return default


def first(pattern, text, default="unknown"):
    found = re.search(pattern, text, re.MULTILINE)
    return found.group(1).strip() if found else default


def chosen(text):
    """The word in brackets of a sysfs file like "always [madvise] never"."""
    return first(r"\[(\w+)\]", text, text)


def file_system(directory):
    output = subprocess.run(
        ["findmnt", "-nT", directory, "-o", "SOURCE,FSTYPE,OPTIONS"], capture_output=True, text=True
    )
    return output.stdout.strip().split(None, 2) if output.returncode == 0 else ["unknown", "unknown", "unknown"]


def readahead(directory):
    device = os.stat(directory).st_dev
    base = f"/sys/dev/block/{os.major(device)}:{os.minor(device)}"
    for place in (base, base + "/.."):
        text = read(place + "/queue/read_ahead_kb", None)
        if text:
            return f"{text} KiB"
    return "unknown"


def limits():
    ratio, background = read("/proc/sys/vm/dirty_ratio"), read("/proc/sys/vm/dirty_background_ratio")
    fixed = read("/proc/sys/vm/dirty_bytes")
    return f"{fixed} bytes" if fixed not in ("0", "unknown") else f"{background} % / {ratio} % of available memory"


def hypervisor():
    output = (
        subprocess.run(["systemd-detect-virt", "--vm"], capture_output=True, text=True)
        if os.path.exists("/usr/bin/systemd-detect-virt")
        else None
    )
    if output and output.stdout.strip():
        return output.stdout.strip()
    return "yes" if "hypervisor" in read("/proc/cpuinfo") else "none seen"


def version():
    """Of the sources that were built: the version, and the commit where git knows one."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    number = first(r"^project\(\s*mmview\s+VERSION\s+([0-9.]+)", read(os.path.join(top, "CMakeLists.txt")))
    try:
        done = subprocess.run(
            ["git", "-C", top, "describe", "--always", "--dirty", "--exclude=*"], capture_output=True, text=True
        )
    except OSError:
        return number
    return f"{number}, commit {done.stdout.strip()}" if done.returncode == 0 else number


def facts(directory, size_mib):
    """Pairs of name and value, in the order of the report."""
    source, system, options = file_system(directory)
    cpu, memory = read("/proc/cpuinfo"), read("/proc/meminfo")
    return [
        ("date", time.strftime("%Y-%m-%d")),
        ("processor", f"{len(os.sched_getaffinity(0))} x {first('^model name[^:]*:(.*)', cpu)}"),
        ("memory", f"{int(first('^MemTotal: *([0-9]+)', memory, '0')) / 2**20:.1f} GiB"),
        ("hypervisor", hypervisor()),
        ("kernel", platform.release()),
        ("file system", f"{system} ({options})"),
        ("device", source),
        ("readahead", readahead(directory)),
        (
            "governor",
            read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "none (not for the guest to choose)"),
        ),
        ("dirty limits (background / foreground)", limits()),
        ("transparent huge pages", chosen(read("/sys/kernel/mm/transparent_hugepage/enabled"))),
        ("multi-generational LRU", read("/sys/kernel/mm/lru_gen/enabled", "off")),
        ("fixtures", f"{size_mib} MiB each"),
        ("mmview", version()),
    ]


class Disturbance:
    """How much of the processors others took between start and stop: other processes, and the hypervisor (steal)."""

    def __init__(self):
        self.start = self.look()

    @staticmethod
    def look():
        # user nice system idle iowait irq softirq steal: proc_stat(5)
        fields = [int(word) for word in read("/proc/stat").splitlines()[0].split()[1:9]]
        ours = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return fields, ours

    def stop(self):
        """Shares (others, stolen) of all processor time."""
        before, now = self.start, self.look()
        ticks = [b - a for a, b in zip(before[0], now[0])]
        total = max(1, sum(ticks))
        busy = sum(ticks[i] for i in (0, 1, 2, 5, 6))
        ours = (now[1] - before[1]) * os.sysconf("SC_CLK_TCK")
        return max(0.0, busy - ours) / total, ticks[7] / total
