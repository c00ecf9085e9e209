# A web page that asks the payroll server through its own sidecar. It has no key of that server, and needs none.
import os

import uvicorn
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

# `mcpauth dev run` sets both.
ENDPOINT = f"{os.environ['DAPR_HTTP_ENDPOINT']}/v1.0/diagrid/mcp/payroll"
HEADERS = {"dapr-api-token": os.environ["DAPR_API_TOKEN"]}


async def report(_request):
    return JSONResponse(
        {
            "tools": await attempt(tool_names),
            "next_payday": await attempt(lambda session: call(session, "next_payday", {})),
            "read_salary": await attempt(lambda session: call(session, "read_salary", {"name": "Ada"})),
        }
    )


async def attempt(use):
    """The result of `use` in a session of its own, or why there is none."""
    try:
        async with streamablehttp_client(ENDPOINT, headers=HEADERS) as (read, write, _):
            async with ClientSession(read, write) as session:
                await session.initialize()
                return await use(session)
    except Exception as error:
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        return f"failed: {error}"


async def tool_names(session):
    return [tool.name for tool in (await session.list_tools()).tools]


async def call(session, name, arguments):
    result = await session.call_tool(name, arguments)
    return result.content[0].text


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "5001"))
    uvicorn.run(Starlette(routes=[Route("/", report)]), host="127.0.0.1", port=port)
