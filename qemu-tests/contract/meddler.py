# SPDX-License-Identifier: Apache-2.0
# Somebody on the wire between a machine and its seed: hands on what both say, and changes the seed's answers.
import contextlib
import socket
import threading


class Meddler:
    """Listens at `here`, speaks to `there`; `change(answer, offset)` returns what the client gets of a piece of the answer that begins at
    `offset`. The sockets are of the namespace that it was made in (Network.within)."""

    def __init__(self, here, there, change):
        self.there, self.change, self.changed, self.over = there, change, 0, False
        self.listening = socket.create_server(here)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while not self.over:
                client, _ = self.listening.accept()
                seed = socket.create_connection(self.there)
                threading.Thread(target=self.pump, args=(client, seed, lambda piece, offset: piece), daemon=True).start()
                threading.Thread(target=self.pump, args=(seed, client, self.meddle), daemon=True).start()

    def meddle(self, piece, offset):
        changed = self.change(piece, offset)
        self.changed += changed != piece
        return changed

    def pump(self, source, sink, change):
        offset = 0
        with contextlib.suppress(OSError):
            while piece := source.recv(16384):
                sink.sendall(change(piece, offset))
                offset += len(piece)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.over = True
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()


def flip(piece, at):
    return piece[:at] + bytes([piece[at] ^ 1]) + piece[at + 1:]
