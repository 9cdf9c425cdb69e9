"""Run one command with a clock and a scale, from a process so small that it does not weigh in itself.

    python -I -S launcher.py RESULT OUT LOG EVERY COMMAND...

A forked child begins with the memory of its parent, which the system counts into its peak: hence no import but these.
RESULT becomes a line: seconds, bytes at the peak, exit status, seconds of processor. What the command prints goes to
OUT, what it says on standard error to LOG, which may be the same file. All its processes are weighed together EVERY so
many seconds, never where that is 0; the largest of them is weighed by the system all the time.
"""

import os
import signal
import sys
import threading
import time


def children(pid: int) -> list[int]:
    """Return a process and everything below it."""
    found = [pid]
    for process in found:
        try:
            for thread in os.listdir(f"/proc/{process}/task"):
                with open(f"/proc/{process}/task/{thread}/children") as file:
                    found += map(int, file.read().split())
        except OSError:
            continue
    return found


def resident(pid: int) -> int:
    """Return the resident bytes of a process."""
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except (OSError, IndexError):
        return 0


def main() -> None:
    result, out, log, every, command = *sys.argv[1:4], float(sys.argv[4]), sys.argv[5:]
    peak, done, parent = [0], threading.Event(), os.getppid()
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, out, flags | os.O_TRUNC, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, log, flags, 0o600),
    ]
    start = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)

    def look() -> None:
        while not done.wait(every or 1.0):
            if os.getppid() != parent:  # whoever wanted to know has been killed
                os.killpg(0, signal.SIGKILL)
            if every:
                peak[0] = max(peak[0], sum(map(resident, children(pid))))

    threading.Thread(target=look, daemon=True).start()
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - start
    done.set()
    alone = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    with open(result, "w") as file:
        print(seconds, max(alone, peak[0]), os.waitstatus_to_exitcode(status), sum(usage[:2]), file=file)


main()
