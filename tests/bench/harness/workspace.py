"""Processes on chosen cores, their CPU time and memory, and a scratch folder; all of it is gone at the end."""

import ctypes
import os
import resource
import select
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path


class BenchError(Exception):
    """Something that makes a scenario's figures worthless; the message says what to do about it."""


LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


def cores():
    """The proxy's core, and those of load and upstream. One core alone serves for both, badly."""
    allowed = sorted(os.sched_getaffinity(0))
    return {allowed[0]}, set(allowed[1:]) or {allowed[0]}


def raise_file_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = 1048576
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def prepare_child(on_cores):
    """Between fork and exec: dies with the harness (SIGTERM, so that nginx takes its workers along), on its cores."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    os.sched_setaffinity(0, on_cores)


class Process:
    """A program that was started here, with its children."""

    def __init__(self, popen, name, log):
        self.popen = popen
        self.name = name
        self.log = log

    @property
    def pid(self):
        return self.popen.pid

    def family(self):
        """The process and all that descend from it."""
        children = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                # The name in parentheses may hold anything; what follows the last one is the state and the parent.
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it ended between the two looks
            children.setdefault(parent, []).append(int(entry.name))
        found, waiting = [], [self.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            waiting += children.get(pid, [])
        return found

    def cpu_ns(self):
        """CPU nanoseconds that all threads of the family have used so far."""
        self.require_running()
        total = 0
        for pid in self.family():
            for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                try:
                    total += int(path.read_text().split()[0])
                except OSError:
                    pass
        return total

    def pss_bytes(self):
        self.require_running()
        total = 0
        for pid in self.family():
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                for line in file:
                    if line.startswith("Pss:"):
                        total += int(line.split()[1]) * 1024
        return total

    def settled_pss_bytes(self, limit_s=10.0):
        """Pss once it has not moved by more than 1 % (or 256 KiB) for a second, or when the time is over."""
        end = time.monotonic() + limit_s
        last, since = self.pss_bytes(), time.monotonic()
        while time.monotonic() < end:
            time.sleep(0.25)
            now = self.pss_bytes()
            if abs(now - last) > max(last // 100, 256 * 1024):
                last, since = now, time.monotonic()
            elif time.monotonic() - since >= 1.0:
                return now
        return self.pss_bytes()

    def require_running(self):
        if self.popen.poll() is not None:
            raise BenchError(f"{self.name} has ended (exit code {self.popen.returncode}): {self.tail()}")

    def hear(self, limit_s=60):
        """The next line of a program that talks. It says one at a time, so none waits in Python's buffer."""
        if not select.select([self.popen.stdout], [], [], limit_s)[0]:
            raise BenchError(f"{self.name} said nothing within {limit_s} s: {self.tail()}")
        line = self.popen.stdout.readline()
        if not line:
            self.popen.wait(5)
            raise BenchError(f"{self.name} has ended: {self.tail()}")
        return line.strip()

    def ask(self, line, limit_s=60):
        try:
            self.popen.stdin.write(line + "\n")
            self.popen.stdin.flush()
        except OSError:
            raise BenchError(f"{self.name} has ended: {self.tail()}") from None
        return self.hear(limit_s)

    def tail(self):
        try:
            return self.log.read_text(errors="replace").strip()[-600:] or "it said nothing"
        except OSError:
            return "it said nothing"

    def stop(self):
        if self.popen.poll() is not None:
            return
        family = self.family()
        self.popen.send_signal(signal.SIGTERM)
        try:
            self.popen.wait(5)
        except subprocess.TimeoutExpired:
            # Only the family that was ours a moment ago, and only those still children of the process.
            for pid in reversed(self.family()):
                if pid in family:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
            self.popen.wait(5)


class Workspace:
    """The scratch folder and everything that was started; a context manager that leaves nothing behind."""

    def __init__(self):
        self.proxy_cores, self.load_cores = cores()
        self.files_max = raise_file_limit()
        self.folder = None
        self.processes = []

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gatehouse-bench-"))
        self.folder.chmod(0o755)  # nginx reads files as a user of its own
        # Ctrl-C and kill take the same way out as an error does.
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._interrupt)
        # The harness itself must not disturb the proxy.
        os.sched_setaffinity(0, self.load_cores)
        return self

    def __exit__(self, *_):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for process in reversed(self.processes):
            process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def _interrupt(*_):
        raise KeyboardInterrupt

    def path(self, name):
        return self.folder / name

    def write(self, name, content):
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content) if isinstance(content, str) else path.write_bytes(content)
        return path

    def start(self, name, command, on_cores, environment=None, talks=False):
        """Starts a program that stays; it dies with us, whatever becomes of us. One that talks takes lines on its
        standard input and answers on its standard output."""
        log = self.path(f"{name}.log")
        with open(log, "ab") as out:
            popen = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else out, stderr=out, cwd=self.folder, text=True,
                env={**os.environ, **self.homes(), **(environment or {})},
                preexec_fn=lambda: prepare_child(on_cores), start_new_session=True)
        process = Process(popen, name, log)
        self.processes.append(process)
        return process

    def stop(self, process):
        process.stop()
        if process in self.processes:
            self.processes.remove(process)

    def run(self, command, on_cores, timeout_s, environment=None):
        """Runs a program to its end and returns what it wrote; an error when it fails or takes too long."""
        popen = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, cwd=self.folder, text=True,
            env={**os.environ, **self.homes(), **(environment or {})},
            preexec_fn=lambda: prepare_child(on_cores), start_new_session=True)
        process = Process(popen, str(command[0]), self.path("none"))
        self.processes.append(process)
        try:
            out, err = popen.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise BenchError(f"{Path(command[0]).name} {command[1]} took more than {timeout_s:.0f} s") from None
        finally:
            self.stop(process)
        if popen.returncode != 0:
            raise BenchError(f"{Path(command[0]).name} {command[1]} failed ({popen.returncode}): "
                             f"{(err or out).strip()[-600:]}")
        return out

    def homes(self):
        """Programs that keep files of their own keep them in the scratch folder."""
        home = str(self.folder / "home")
        return {"HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}
