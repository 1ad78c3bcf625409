"""Room ``api``: a shop's log and state over HTTP on the loopback interface.

In: a shop's folder, and the page supplied by ``web``. Out: a Litestar application with JSON answers, the log as server-sent
events, Prometheus figures and an OpenAPI 3.1 description; errors are problem documents (RFC 9457). Also the MCP server for agents.
Never: answers without a token, or changes anything except through the desk of ``plant``: proposed, shown, approved, logged.
"""

from nightmill.api.app import AppSettings, create_app
from nightmill.api.mcp.server import AgentServer, run_http, run_stdio
from nightmill.api.middleware.connection_limits import serve
from nightmill.api.middleware.thread_lanes import Lanes

__all__ = ["AgentServer", "AppSettings", "Lanes", "create_app", "run_http", "run_stdio", "serve"]
