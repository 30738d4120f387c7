"""The gate before Streamlit: requests that no page of this app makes are refused, such messages are ignored."""

import contextlib
import ipaddress
import socket
from urllib.parse import urlsplit

from google.protobuf.message import DecodeError
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose
from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.web.server.server_util import is_allowed_origin
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

SERVICES = {"health", "host-config", "stream", "bidi-components"}
"""What the pages use below /_stcore. `upload_file` is not among them: it takes files from everybody at any time.
Pictures of digits on paper come as messages, which `server.maxWidgetStateSize` bounds."""
MESSAGES = {"rerun_script", "stop_script", "app_heartbeat", "backend_operation_request", "file_urls_request"}
"""What a visitor's browser says to Streamlit. `clear_cache` is not among them: it empties the caches of everybody."""


class Gate:
    """Middleware that lets in what the pages need: under the app's own names, to SERVICES, with MESSAGES."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            receive = _without_foreign_messages(receive)
        refusal = None if scope["type"] == "lifespan" else _refusal(scope)
        await (refusal or self._app)(scope, receive, send)


def _refusal(scope: Scope) -> ASGIApp | None:
    """What answers in place of Streamlit, if anything."""
    headers = Headers(scope=scope)
    host, origin = headers.get("host", ""), headers.get("origin")
    _, below, service = scope["path"].partition("/_stcore/")
    if scope["type"] == "websocket":
        # Streamlit would look up this machine's public address on the internet to compare a foreign origin with it.
        foreign = origin and origin.partition("://")[2] != host and config.get_option("server.enableCORS")
        if not _is_own(host) or (foreign and not is_allowed_origin(origin)):
            return WebSocketClose(1008)
    elif not _is_own(host):
        return PlainTextResponse(
            f"Expected localhost, an IP address or the name of this machine as Host, found {host!r}. Open the app by "
            "its IP address, or start it with --server.allowedHosts=NAME.\n",
            403,
        )
    elif below and service.partition("/")[0] not in SERVICES:
        return PlainTextResponse("This app has no such service.\n", 404)
    return None


def _is_own(host: str) -> bool:
    """Whether the app may be opened by that name.

    A foreign site can let its own name lead to this machine (DNS rebinding) and then use the app through a visitor's
    browser. It cannot do so with an IP address or with a name that is not its own.
    """
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(name)
        return True
    machine = socket.gethostname().lower()
    given = {config.get_option("server.address"), config.get_option("browser.serverAddress")}
    allowed = config.get_option("server.allowedHosts") and is_host_allowed(host)
    return bool(allowed) or name in {"localhost", machine, f"{machine}.local", *given}


def _without_foreign_messages(receive: Receive) -> Receive:
    async def receive_next() -> Message:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            with contextlib.suppress(DecodeError):
                if BackMsg.FromString(message.get("bytes") or b"").WhichOneof("type") in MESSAGES:
                    return message

    return receive_next
