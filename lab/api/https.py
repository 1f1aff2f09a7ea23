"""HTTPS in threads of its own: one client that falls silent, as a machine without power does, holds up no other."""

from __future__ import annotations

import socket
import ssl
import threading

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from lab.api.gate import Application


class _QuietHandler(MotoRequestHandler):
    """Does not write a line per request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


def serve(application: Application, listening: socket.socket, context: ssl.SSLContext) -> BaseWSGIServer:
    """Serves on a socket, which it takes over, until `shutdown`."""
    address, port = listening.getsockname()
    server = make_server(
        address, port, application, threaded=True, request_handler=_QuietHandler, fd=listening.fileno()
    )
    listening.close()  # the server has a copy
    # With `make_server(ssl_context=...)` the thread that accepts would shake hands too, and wait there for ever for a
    # machine that lost its power meanwhile. This way the first read of a request's own thread does.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.ssl_context = context
    server.daemon_threads = True  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, name="api", daemon=True).start()
    return server
