"""Measuring a command: time, processor time, its own peak memory, and who else was busy."""
import ctypes
import os
import platform
import signal
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")
# What /proc/stat counts as busy: user, nice, system, irq, softirq, stolen by the host.
BUSY_FIELDS = (1, 2, 3, 6, 7, 8)

PTRACE_TRACEME = 0
PTRACE_CONT = 7
PTRACE_SETOPTIONS = 0x4200
PTRACE_O_TRACEEXIT = 0x40
PTRACE_EVENT_EXIT = 6

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


class Failed(Exception):
    """A command that was to be measured did not end well."""


class Sample:
    """Seconds of one run; `foreign` is the part of all processors that others took meanwhile."""

    def __init__(self, wall, user, system, foreign):
        self.wall = wall
        self.user = user
        self.cpu = user + system
        self.foreign = foreign


def busy_seconds():
    with open("/proc/stat", encoding="ascii") as f:
        fields = f.readline().split()
    return sum(int(fields[i]) for i in BUSY_FIELDS) / TICKS


def foreign_share(before, after, own, wall):
    # Ticks are coarse: the difference may be a little below nothing.
    return max(0.0, (after - before - own) / (wall * os.cpu_count()))


def wait_until_quiet(most, patience):
    """
    Waits until others leave the processors alone for two seconds in a row, but not longer than the
    seconds of patience. Returns what is left of those.
    """
    start, quiet = time.monotonic(), 0
    while quiet < 2 and time.monotonic() < start + patience:
        before, began = busy_seconds(), time.monotonic()
        time.sleep(1)
        share = foreign_share(before, busy_seconds(), 0, time.monotonic() - began)
        quiet = quiet + 1 if share < most else 0
    return max(0.0, patience - (time.monotonic() - start - quiet))


def check(status, argv, log):
    if status:
        with open(log.name, "rb") as f:
            tail = f.read()[-2000:].decode(errors="replace")
        raise Failed(f"{' '.join(argv)}: status {status}\n{tail}")


def run(argv, cwd, log, env=None):
    """Runs a command to its end; children it waited for count as its own."""
    log.seek(0)
    log.truncate()
    busy, began = busy_seconds(), time.perf_counter()
    child = subprocess.Popen(argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=log,
                             stderr=log)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    check(child.returncode, argv, log)
    foreign = foreign_share(busy, busy_seconds(), usage.ru_utime + usage.ru_stime, wall)
    return Sample(wall, usage.ru_utime, usage.ru_stime, foreign)


def peak_memory(argv, cwd, log):
    """Bytes of memory a process had at most, its children apart: read as it is about to end."""
    child = subprocess.Popen(argv, cwd=cwd, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                             preexec_fn=lambda: libc.ptrace(PTRACE_TRACEME, 0, None, None))
    pid, peak, first = child.pid, 0, True
    while True:
        _, status = os.waitpid(pid, 0)
        if not os.WIFSTOPPED(status):
            break
        stop, deliver = os.WSTOPSIG(status), 0
        if first:
            libc.ptrace(PTRACE_SETOPTIONS, pid, None, PTRACE_O_TRACEEXIT)
        elif status >> 8 == signal.SIGTRAP | PTRACE_EVENT_EXIT << 8:
            with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
                peak = next(int(line.split()[1]) for line in f if line.startswith("VmHWM:"))
        else:
            deliver = stop
        first = False
        libc.ptrace(PTRACE_CONT, pid, None, deliver)
    child.returncode = os.waitstatus_to_exitcode(status)
    check(child.returncode, argv, log)
    return peak * 1024


def first_line(argv):
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split("\n")[0]
    except (OSError, subprocess.CalledProcessError):
        return f"{argv[0]}: none"


def describe_machine(skep, clang):
    """Lines of Markdown that say what was measured on."""
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        model = next((line.split(":")[1].strip() for line in f if line.startswith("model name")),
                     platform.machine())
    with open("/proc/meminfo", encoding="ascii") as f:
        memory = int(f.readline().split()[1]) // (1024 * 1024)
    system = "unknown system"
    if os.path.exists("/etc/os-release"):
        with open("/etc/os-release", encoding="utf-8") as f:
            system = next((line.split('"')[1] for line in f if line.startswith("PRETTY_NAME=")),
                          system)
    versions = [first_line([skep, "--version"]), first_line([clang, "--version"]),
                first_line(["bpftool", "version"]),
                first_line(["make", "--version"]), "ninja " + first_line(["ninja", "--version"])]
    return [
        f"- {time.strftime('%Y-%m-%d')}; {os.cpu_count()} × {model}, {memory} GiB; {system}, "
        f"Linux {platform.release()}",
        f"- {'; '.join(v for v in versions if v)}",
    ]
