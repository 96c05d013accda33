"""The servers that are compared, and one of them as a running process."""
import os
import re
import signal
import socket
import subprocess
import sys
import time

from build import here, out

INLINE = {"DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS": "1"}
LOAD_SERVER = ["dotnet", out("framedsockets", "FramedSockets.LoadServer.dll"), "--report", "--port", "{port}"]
RAW_FRAMES = ["dotnet", out("rawsocket", "rawsocket.dll"), "{port}", "frames", "report"]
KESTREL = ["dotnet", out("kestrel", "kestrel.dll"), "{port}", "report"]


class Spec:
    """A server to start: its command, what its process finds in the environment, and the frames it reads."""

    def __init__(self, command, env=None, kind="be32"):
        self.command, self.env, self.kind = command, env or {}, kind
        self.reports = bool({"report", "--report"} & set(command))

    def missing(self):
        return [part for part in self.command if os.path.isabs(part) and not os.path.exists(part)]


SERVERS = {
    "C bytes": Spec([out("echo"), "-p", "{port}"]),
    "C frames": Spec([out("echo"), "-p", "{port}", "--frames"]),
    "C io_uring": Spec([out("echo-uring"), "-p", "{port}"]),
    "FramedSockets": Spec(LOAD_SERVER),
    "FramedSockets loop": Spec([*LOAD_SERVER, "--handler", "loop"]),
    "FramedSockets JSON": Spec([*LOAD_SERVER, "--framing", "json"], kind="json"),
    "FramedSockets inline": Spec(LOAD_SERVER, INLINE),
    "FramedSockets Linux": Spec([*LOAD_SERVER, "--transport", "linux"]),
    "FramedSockets Linux inline": Spec([*LOAD_SERVER, "--transport", "linux-inline"]),
    "raw frames": Spec(RAW_FRAMES),
    "raw frames inline": Spec(RAW_FRAMES, INLINE),
    "Kestrel": Spec(KESTREL),
    "Kestrel wide": Spec([*KESTREL, "wide"]),
    "Kestrel inline": Spec([*KESTREL, "inline"], INLINE),
    "Netty NIO": Spec([here("peers", "netty", "run.sh"), out("netty"), "{port}"]),
    "tokio": Spec([out("tokio", "release", "tokio-echo"), "{port}", "current"]),
    "Go": Spec([out("go-echo"), "{port}"]),
    "Python asyncio": Spec([sys.executable, here("peers", "python", "echo.py"), "{port}"]),
}
DEFAULT = ["C bytes", "C frames", "FramedSockets", "FramedSockets JSON", "FramedSockets Linux", "FramedSockets Linux inline", "raw frames", "Kestrel", "Netty NIO", "tokio", "Go"]
WITH_INLINE = ["FramedSockets inline", "raw frames inline"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server that listens on the loopback address, on the core given."""

    def __init__(self, name, spec, core):
        self.name, self.spec, self.port = name, spec, free_port()
        self.log = out("logs", re.sub(r"\W+", "-", name) + ".log")
        os.makedirs(out("logs"), exist_ok=True)
        command = [part.replace("{port}", str(self.port)) for part in spec.command]
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["taskset", "-c", str(core), *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **spec.env})
        try:
            self._await_listening()
        except BaseException:  # SIGTERM too: nobody else knows of this process yet
            self.stop()
            raise

    @property
    def pid(self):
        return self.process.pid

    def _await_listening(self):
        for _ in range(200):
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with status {self.process.returncode}; see {self.log}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"{self.name} does not listen")

    def allocations(self):
        """What the server has printed about its allocations, in order."""
        with open(self.log, encoding="utf-8") as log:
            return [int(n) for n in re.findall(r"^allocated (\d+)$", log.read(), re.MULTILINE)]

    def workers(self):
        """How many threads .NET's pool has in the server's process."""
        found = 0
        for task in os.scandir(f"/proc/{self.pid}/task"):
            try:
                with open(os.path.join(task.path, "comm"), encoding="utf-8") as comm:
                    found += comm.read().startswith(".NET TP Worker")
            except FileNotFoundError:
                pass  # it has just ended
        return found

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
