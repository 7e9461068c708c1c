"""Starting servers, asking them, and reading what they used: shared by what measures here."""

import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

HERTZ = os.sysconf("SC_CLK_TCK")
EMAIL, PASSWORD = "bench@example.org", "a password for measuring"


class Server:
    """A server of our own, with the port that it took."""

    def __init__(self, log, *command):
        self.log = open(log, "w+")
        began = time.perf_counter()
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT)
        self.pid = self.process.pid
        while not (found := re.search(r"serves http://([0-9.]+):(\d+)/", pathlib.Path(log).read_text())):
            self.patience(began)
        self.host, self.port = found[1], int(found[2])
        self.announced = time.perf_counter() - began

    def patience(self, began):
        if self.process.poll() is not None or time.perf_counter() - began > 30:
            self.stop()
            sys.exit(f"{self.process.args[0]} did not start: {pathlib.Path(self.log.name).read_text()}")
        time.sleep(0.002)

    def cpu(self):
        """Seconds of CPU that it has used, in user's and in kernel's mode."""
        return self.measured(f"/proc/{self.pid}/stat", lambda text: sum(map(int, text.rsplit(")", 1)[1].split()[11:13])) / HERTZ)

    def memory(self):
        """Its anonymous memory in MB."""
        return self.measured(f"/proc/{self.pid}/status", lambda text: int(re.search(r"RssAnon:\s+(\d+)", text)[1]) / 1000)

    @staticmethod
    def measured(path, read):
        return read(pathlib.Path(path).read_text())

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(12)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def ready(server):
    """Until the server says that it can serve."""
    began = time.perf_counter()
    while True:
        try:
            connection = http.client.HTTPConnection(server.host, server.port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return time.perf_counter() - began
        except OSError:
            pass
        server.patience(began)


class Client:
    """One connection that is kept open, of the anonymous or of whoever a token is of."""

    def __init__(self, server, token=None):
        self.connection = http.client.HTTPConnection(server.host, server.port, timeout=600)
        self.headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})

    def send(self, body):
        try:
            return self.once(body)
        except (ConnectionError, http.client.RemoteDisconnected):
            # The server closes what was idle for long.
            self.connection.close()
            return self.once(body)

    def once(self, body):
        self.connection.request("POST", "/graphql", body, self.headers)
        response = self.connection.getresponse()
        return response.status, response.read()

    def ask(self, query, variables=None):
        """The data of an answer without errors."""
        status, text = self.send(json.dumps({"query": query, "variables": variables or {}}))
        answer = json.loads(text)
        if status != 200 or answer.get("errors"):
            sys.exit(f"{query} is not answered as it should be: {status} {text[:800].decode()}")
        return answer["data"]


def signed_in(server, email=EMAIL):
    """A client of the administrator that `add_user` made."""
    query = "mutation ($input: SignInInput!) { signIn(input: $input) { token } }"
    token = Client(server).ask(query, {"input": {"email": email, "password": PASSWORD}})["signIn"]["token"]
    return Client(server, token)


def add_user(binary, data, email=EMAIL):
    """An administrator, unless there is one of this address."""
    command = [binary, "user", "add", "--data-dir", data, "--email", email, "--name", "Bench", "--roles", "ADMIN", "--password-stdin"]
    done = subprocess.run(command, input=PASSWORD + "\n", text=True, capture_output=True)
    if done.returncode and "already" not in done.stderr and "taken" not in done.stderr:
        sys.exit(f"no user could be added: {done.stderr}")


def serve(binary, data, log, *more):
    return Server(log, str(binary), "serve", "--data-dir", str(data), "--listen", "127.0.0.1:0", *more)


def knows(binary, flag):
    """Whether this build of the server has a setting."""
    return flag in subprocess.run([binary, "serve", "--help"], capture_output=True, text=True, check=True).stdout
