# The payroll MCP server. It serves whoever has its key, and knows nothing of callers and of what they may do.
import os

import uvicorn
from mcp.server.fastmcp import FastMCP
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

KEY = os.environ["PAYROLL_KEY"]
payroll = FastMCP("payroll", stateless_http=True)


@payroll.tool()
def next_payday() -> str:
    """The day of the next payment"""
    return "the 25th"


@payroll.tool()
def read_salary(name: str) -> str:
    """What somebody earns"""
    return f"{name} earns 4,200 a month"


def with_key(app):
    async def guarded(scope, receive, send):
        if scope["type"] == "http" and Headers(scope=scope).get("x-payroll-key") != KEY:
            answer = PlainTextResponse("", status_code=401)
        else:
            answer = app
        await answer(scope, receive, send)

    return guarded


if __name__ == "__main__":
    port = int(os.environ.get("APP_PORT", "8000"))
    uvicorn.run(with_key(payroll.streamable_http_app()), host="127.0.0.1", port=port)
