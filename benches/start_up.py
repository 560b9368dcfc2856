"""From starting a program to its first byte on the wire: `thordata-cdk list` against curl and Python.

Over HTTPS the first byte is that of the TLS handshake, over plain HTTP that of the request. Each program is ended
once it has come. Runs are interleaved. Needs a release build of the command line, and curl.
"""

import os
import socket
import statistics
import subprocess
import sys
import time

import instructions

PROGRAM = instructions.HERE.parent / "target/release/thordata-cdk"
RUNS = 41
PYTHON = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1])"


def commands(url):
    return {
        "thordata-cdk": [PROGRAM, "list"],
        "curl": ["curl", "--silent", "--ipv4", url],
        "Python": [sys.executable, "-c", PYTHON, url],
    }


def first_byte(name, scheme):
    """Seconds, of one start."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        base_url = f"{scheme}://localhost:{listener.getsockname()[1]}"
        environment = os.environ | {
            "THORDATA_PUBLIC_TOKEN": "t",
            "THORDATA_PUBLIC_KEY": "k",
            "THORDATA_CDK_BASE_URL": base_url,
        }
        command = commands(f"{base_url}/api/cdk/list")[name]
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        listener.settimeout(10)
        connection, _ = listener.accept()
        with connection:
            came = connection.recv(1)
            seconds = time.perf_counter() - began
            process.kill()
            process.wait()
    if not came:
        sys.exit(f"{command[0]} sent nothing")
    return seconds


def start_up():
    """By scheme and program: the median in ms."""
    found = {}
    for scheme in ("https", "http"):
        runs = {name: [] for name in commands("")}
        for _ in range(RUNS):
            for name, into in runs.items():
                into.append(first_byte(name, scheme))
        found[scheme] = {name: statistics.median(into) * 1000 for name, into in runs.items()}
    return found


if __name__ == "__main__":
    for scheme, programs in start_up().items():
        for name, ms in programs.items():
            print(f"{scheme:6}{name:14}{ms:6.1f} ms")
