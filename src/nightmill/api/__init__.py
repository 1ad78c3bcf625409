"""Room ``api``: what a shop's log says, over HTTP on the loopback interface.

In: a shop's folder, and the page that ``web`` hands in. Out: a Litestar application with JSON answers, the log as server-sent
events, Prometheus figures and an OpenAPI 3.1 description; errors are problem documents (RFC 9457).
Never: changes anything; every route only reads.
"""

from nightmill.api.app import create_app

__all__ = ["create_app"]
