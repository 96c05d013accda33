"""Builds the generator, the servers and the peers into artifacts/compare, which git ignores. What is absent is left out."""
import os
import random
import shutil
import struct
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OUT = os.path.join(ROOT, "artifacts", "compare")
LOAD_SERVER = os.path.join(ROOT, "benchmarks", "FramedSockets.LoadServer")
JARS = os.environ.get("JAVA_JARS", "/usr/share/java")
CRATES = os.environ.get("DEBIAN_CARGO_REGISTRY", "/usr/share/cargo/registry")
NETTY = ("buffer", "codec", "common", "handler", "resolver", "transport", "transport-native-epoll", "transport-native-unix-common")


def here(*parts):
    return os.path.join(HERE, *parts)


def out(*parts):
    return os.path.join(OUT, *parts)


def run(command, **options):
    """Runs a build step; returns its last words when it failed."""
    env = dict(os.environ, DOTNET_CLI_TELEMETRY_OPTOUT="1", MSBUILDDISABLENODEREUSE="1", DOTNET_NOLOGO="1")
    done = subprocess.run(command, capture_output=True, text=True, env=env, **options)
    return None if done.returncode == 0 else (done.stderr.strip() or done.stdout.strip())[-600:]


def c_programs():
    flags = ["cc", "-O2", "-pthread", "-o"]
    return run([*flags, out("load"), here("load.c")]) or run([*flags, out("echo"), here("echo.c")])


def io_uring():
    return run(["cc", "-O2", "-o", out("echo-uring"), here("peers", "uring", "echo.c"), "-luring"])


def dotnet(project, name):
    return run(["dotnet", "build", project, "-c", "Release", "-o", out(name), "-v", "q"])


def netty():
    os.makedirs(out("netty"), exist_ok=True)
    path = ":".join(os.path.join(JARS, f"netty-{name}.jar") for name in NETTY)
    return run(["javac", "-cp", path, "-d", out("netty"), here("peers", "netty", "Echo.java")])


def tokio():
    return run(["cargo", "build", "--release", "--offline", "--target-dir", out("tokio"),
                "--config", 'source.crates-io.replace-with="debian"', "--config", f'source.debian.directory="{CRATES}"'],
               cwd=here("peers", "tokio"))


def go():
    return run(["go", "build", "-o", out("go-echo"), "."], cwd=here("peers", "go"))


# name: the tool, the packages it comes with, the step, and what it leaves
STEPS = {
    "the generator and the C loops": ("cc", "gcc", c_programs, ("load", "echo")),
    "io_uring": ("cc", "gcc liburing-dev", io_uring, ("echo-uring",)),
    "FramedSockets": ("dotnet", "the .NET SDK", lambda: dotnet(LOAD_SERVER, "framedsockets"), ("framedsockets",)),
    "raw": ("dotnet", "the .NET SDK", lambda: dotnet(here("peers", "rawsocket"), "rawsocket"), ("rawsocket",)),
    "Kestrel": ("dotnet", "the .NET SDK", lambda: dotnet(here("peers", "kestrel"), "kestrel"), ("kestrel",)),
    "Netty": ("javac", "openjdk-17-jdk-headless libnetty-java", netty, ("netty",)),
    "tokio": ("cargo", "cargo librust-tokio-dev librust-tokio-util-dev librust-futures-dev", tokio, ("tokio",)),
    "Go": ("go", "golang-go", go, ("go-echo",)),
}

OURS = ("the generator and the C loops", "FramedSockets")


def remove(path):
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.remove(path)


def build(names=STEPS):
    os.makedirs(OUT, exist_ok=True)
    for name in names:
        tool, packages, step, left = STEPS[name]
        failure = f"{tool} is absent" if shutil.which(tool) is None else step()
        if failure and name in OURS and shutil.which(tool):
            # What is measured then would be nothing, or an older build.
            raise SystemExit(f"{name}: {failure}")
        if failure:
            # What an earlier build left would be measured as if it were of this one.
            for part in left:
                remove(out(part))
            print(f"{name}: left out (needs {packages}): {failure}", flush=True)
        else:
            print(f"{name}: built", flush=True)


def frame(kind, length):
    """The file of one frame: be32 (4-byte big-endian length, body) or json (4-byte little-endian header length, header, body)."""
    path = out("frames", f"{kind}-{length}.bin")
    if not os.path.exists(path):
        os.makedirs(out("frames"), exist_ok=True)
        body = random.Random(12345).randbytes(length)
        header = b'{"cmd":"echo","size":%d}' % length
        head = struct.pack(">I", length) if kind == "be32" else struct.pack("<I", len(header)) + header
        with open(path, "wb") as file:
            file.write(head + body)
    return path
