"""A demonstration that runs while something is done to it, and what can be measured of it.

The service sees the attacker at 127.0.0.1 and everybody else at other loopback addresses, as it would
see machines in a network.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import re
import select
import struct
import subprocess
import sys
import tempfile
import threading
import time
import types
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("BINARY", ROOT / "target/release/emergency-summary"))


class Demo:
    """A process of its own, in a folder of its own, on a free port."""

    def __enter__(self):
        if not BINARY.exists():
            sys.exit(f"{BINARY} is missing: cargo build --release --locked")
        self.folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            [BINARY, "demo", "--port", "0", "--dir", self.folder.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        guide = pathlib.Path(self.folder.name) / "demo.json"
        begun = time.monotonic()
        while not guide.exists():
            if time.monotonic() - begun > 60 or self.process.poll() is not None:
                sys.exit("the demonstration does not start")
            time.sleep(0.1)
        self.guide = json.loads(guide.read_text())
        self.port = urllib.parse.urlsplit(self.guide["address"]).port
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.folder.cleanup()

    def memory(self):
        """Megabytes that the process holds."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024


class Browser:
    """Cookies, and an address of its own in the network."""

    def __init__(self, demo, address):
        self.demo, self.address, self.cookies = demo, address, {}

    def ask(self, method, path, fields=None):
        """Status, seconds and body; status 0 where nothing came."""
        begun = time.monotonic()
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.demo.port, timeout=20, source_address=(self.address, 0)
        )
        headers = {
            "Host": f"localhost:{self.demo.port}",
            "Sec-Fetch-Site": "same-origin",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        body = None
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urllib.parse.urlencode(fields)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            for line in answer.headers.get_all("set-cookie") or []:
                name, value = line.split(";")[0].split("=", 1)
                self.cookies[name] = value
            return answer.status, time.monotonic() - begun, text
        except OSError:
            return 0, time.monotonic() - begun, ""
        except http.client.HTTPException:
            return 0, time.monotonic() - begun, ""
        finally:
            connection.close()

    def sign_in(self, account):
        """Password and the code of this moment."""
        fields = {
            "account": account["account"],
            "password": account["password"],
            "code": code(account["totp_secret"]),
        }
        return self.ask("POST", "/login", fields)


def code(secret):
    """RFC 6238 with six digits and 30 seconds."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    place = digest[-1] & 15
    number = struct.unpack(">I", digest[place : place + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def quantile(times, share):
    """The time within which this share of the answers came."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Visitor:
    """Asks for the sign-in page 50 times a second, in a process of its own: what this one does meanwhile is
    no part of what it measures."""

    def __init__(self, demo, address="127.0.0.3"):
        command = [sys.executable, __file__, "visit", str(demo.port), address]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def result(self):
        """p99, how many pages were asked for and how many did not come."""
        said, _ = self.process.communicate("")
        times, failed = json.loads(said)
        return quantile(times, 0.99), len(times), failed


def visit(port, address):
    """What the visitor's process does, until nobody listens any more."""
    browser = Browser(types.SimpleNamespace(port=port), address)
    times, failed, begun = [], 0, time.monotonic()
    while not select.select([sys.stdin], [], [], 0)[0]:
        status, took, _ = browser.ask("GET", "/login")
        times.append(took)
        failed += status != 200
        # At its own pace: a late answer does not thin out what is asked.
        time.sleep(max(0.0, begun + len(times) * 0.02 - time.monotonic()))
    print(json.dumps([times, failed]))


class Held:
    """Looks twice a second at who holds connections from an address, in a process that only gets what nobody
    else wants of the processors."""

    def __init__(self, demo, address):
        command = ["nice", "-n", "19", sys.executable, __file__, "hold", str(demo.port), address]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def result(self):
        """The longest that one was held, in seconds, and how many at once."""
        said, _ = self.process.communicate("")
        return json.loads(said)


def hold(port, address):
    """What that process does, until nobody listens any more."""
    # As the kernel writes it.
    begin = bytes(reversed([int(part) for part in address.split(".")])).hex().upper() + ":"
    since, longest, most = {}, 0.0, 0
    while not select.select([sys.stdin], [], [], 0.5)[0]:
        now, held = time.monotonic(), set()
        for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
            local, remote, state = line.split()[1:4]
            if state == "01" and int(local.split(":")[1], 16) == port and remote.startswith(begin):
                held.add(remote)
        since = {end: since.get(end, now) for end in held}
        longest = max([longest, *(now - begun for begun in since.values())])
        most = max(most, len(held))
    print(json.dumps([longest, most]))


def visited(demo, seconds):
    """The same while nothing else happens."""
    visitor = Visitor(demo)
    time.sleep(seconds)
    return visitor.result()


class Memory(threading.Thread):
    """What the process holds, every second."""

    def __init__(self, demo):
        super().__init__(daemon=True)
        self.demo, self.stopped, self.held = demo, threading.Event(), [demo.memory()]

    def run(self):
        while not self.stopped.wait(1.0):
            self.held.append(self.demo.memory())

    def result(self):
        """Megabytes, a second apart."""
        self.stopped.set()
        self.join()
        return self.held


def told(held, every=10):
    """Megabytes at intervals, and the most."""
    at = ", ".join(f"{place} s {one:.0f}" for place, one in enumerate(held) if place % every == 0)
    return f"memory in MB: {at}; at most {max(held):.0f}"


def install(program, package=None):
    """What a check needs and is missing."""
    found = subprocess.run(["which", program], capture_output=True, check=False)
    if found.returncode == 0:
        return
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    for step in (["update", "-qq"], ["install", "-y", "-qq", package or program]):
        subprocess.run([*as_root, "apt-get", *step], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__" and sys.argv[1:2] == ["visit"]:
    visit(int(sys.argv[2]), sys.argv[3])
if __name__ == "__main__" and sys.argv[1:2] == ["hold"]:
    hold(int(sys.argv[2]), sys.argv[3])
