# SPDX-License-Identifier: MIT
"""What the elementary things cost, as mmbench machine --json says it, in words and as a table."""

ROWS = [
    ("system_call", "a system call"),
    ("page_fault", "a page fault: first touch of fresh memory"),
    ("mapped_page_read", "first touch of a page of a mapped file in memory, reading"),
    ("mapped_page_populated", "the same behind MADV_POPULATE_READ, where no fault is left"),
    ("mapped_page_write", "first touch of such a page, writing"),
    ("mapped_page_changed", "first touch, reading and then writing"),
    ("read_page", "the same page by pread(2), 256 KiB at a time"),
    ("copied_byte_cache", "a byte copied in the cache"),
    ("copied_byte_memory", "a byte copied from memory"),
    ("msync_clean", "msync(2) of 1 MiB, nothing dirty"),
    ("msync_one_page", "msync(2) of 1 MiB, one page dirty"),
    ("msync_all_dirty", "msync(2) of 1 MiB, all dirty"),
]
# What a work does to a page that it is the first to touch.
DEARER = {"in-place": "mapped_page_changed"}


def duration(nanoseconds):
    """4.9 us; as mmbench writes it."""
    for unit in ("ns", "us", "ms"):
        if nanoseconds < 999.5:
            break
        nanoseconds /= 1000
    else:
        unit = "s"
    digits = 3 if nanoseconds < 0.995 else 1 if nanoseconds < 9.95 else 0
    return f"{nanoseconds:.{digits}f} {unit}"


def of(costs, key):
    """Text of one; "" when it was not measured."""
    value = (costs or {}).get(key + "_ns")
    return duration(value) if value else ""


def of_work(costs, work):
    """What a page costs that work, mapped and read: "a page: 5.2 us mapped, 310 ns read"."""
    mapped, read = of(costs, DEARER.get(work, "mapped_page_read")), of(costs, "read_page")
    return f"a page: {mapped} mapped and touched first, {read} read" if mapped and read else ""


def reason(costs):
    return (costs or {}).get("reason", "")


def rows(costs):
    """(what, cost, spread) of each; what was not measured says why."""
    found = []
    for key, text in ROWS:
        value = (costs or {}).get(key + "_ns")
        if not value:
            found.append((text, "", "not measured: " + (costs or {}).get(key + "_error", "see above")))
            continue
        rate = f" ({1 / value:.1f} GB/s)" if key.startswith("copied_byte") else ""
        found.append((text, duration(value) + rate, f"{costs[key + '_spread']:.0%}"))
    return found
