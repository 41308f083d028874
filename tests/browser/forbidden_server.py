"""A server that no page may reach: it notes whatever arrives, over TCP and UDP."""

import socket
from contextlib import suppress
from threading import Thread


class ForbiddenServer:
    """Listens at one port of this machine for TCP and UDP. It answers nothing but `page`, to whoever asks for that."""

    def __init__(self) -> None:
        self.arrived: list[str] = []
        self.page = ""
        self._stream = socket.create_server(("127.0.0.1", 0))
        self.port = self._stream.getsockname()[1]
        self._packets = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._packets.bind(("127.0.0.1", self.port))
        for take in (self._connections, self._datagrams):
            Thread(target=take, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def close(self) -> None:
        for each in (self._stream, self._packets):
            with suppress(OSError):  # a socket for datagrams is connected to nobody
                each.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for it
            each.close()

    def _connections(self) -> None:
        while True:
            try:
                connection, _ = self._stream.accept()
            except OSError:
                return
            self.arrived.append("connection")  # some ask for nothing
            Thread(target=self._read, args=[connection], daemon=True).start()

    def _read(self, connection: socket.socket) -> None:
        with connection:
            self.arrived.append(path := _path_of(connection.recv(1000)))
            if path == "/page":
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + self.page.encode())

    def _datagrams(self) -> None:
        while True:
            try:
                self._packets.recv(1000)
            except OSError:
                return
            self.arrived.append("datagram")


def _path_of(request: bytes) -> str:
    words = request.split(b" ", 2)
    return words[1].decode() if len(words) == 3 else "bytes"
