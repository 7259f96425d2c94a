# SPDX-License-Identifier: Apache-2.0
"""What answers at the socket of an engine, well or badly."""
import json
import pathlib
import socket
import threading

ENGINE = pathlib.Path("/run/docker.sock")


class Engine:
    """`way`: "well", "hangs" or "floods"."""

    def __init__(self, way):
        self.way = way
        self.asked = []
        self.sent = 0
        self.open = []
        ENGINE.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(ENGINE))
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.open = [one for one in self.open if one.fileno() >= 0] + [client]
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            request = client.recv(65536).split()
            self.asked.append(request[1].decode())
            if self.way == "hangs":
                return
            if not request[1].startswith(b"/events"):
                body = b"[]" if b"json" in request[1] or b"networks" in request[1] else b"{}"
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                client.close()
                return
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
            line = json.dumps({"Type": "container", "Action": "start", "id": "x" * 256}).encode() + b"\n"
            while self.way == "floods":
                client.sendall(line * 64)
                self.sent += 64
        except (OSError, IndexError):
            client.close()

    def stop(self):
        self.way = "well"
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for client in self.open:
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            client.close()
        ENGINE.unlink()

    def streams(self):
        return sum(path.startswith("/events") for path in self.asked)
