"""`resetdyn lab`: the page served on this machine, to this machine alone."""

from __future__ import annotations

import contextlib
import socket
import threading
import webbrowser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HOST, PORT = "127.0.0.1", 2718
PAGE = Path(__file__).with_name("page.py")


def serve(port: int = PORT, headless: bool = False) -> None:
    """Serve the lab until interrupted, and open it in the browser unless `headless`.

    Parameters
    ----------
    port : int, optional
        Port to listen on; 0 takes any that is free.
    headless : bool, optional
        Do not open a browser.

    Raises
    ------
    ImportError
        If marimo is missing.
    ValueError, OSError
        If there is no such port, or it is taken.
    """
    if find_spec("marimo") is None:
        raise ImportError('the lab needs marimo: pip install "resetdyn[lab]"')
    with _listening(port) as listener:
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        server = _server()
        print(f"resetdyn lab: {url} (Ctrl-C ends it)", flush=True)
        if not headless:
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
        with contextlib.suppress(KeyboardInterrupt):  # the usual way to end it
            server.run(sockets=[listener])


def _listening(port: int) -> socket.socket:
    """Return a socket that is bound to the port, so that nobody else takes it in between."""
    if not 0 <= port <= 65535:
        raise ValueError(f"--port {port}: give a number from 0 to 65535 (0: any that is free)")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise OSError(
            f"port {port} cannot be used ({error.strerror}): give another one with --port, or 0 for any"
        ) from None
    return listener


def _server() -> Any:
    import marimo
    import uvicorn

    app = marimo.create_asgi_app(quiet=True, include_code=False).with_app(path="", root=str(PAGE)).build()
    return uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=2))
