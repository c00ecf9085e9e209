// Prose of the error codes of a call to an MCP server through its proxy endpoint.
import type { ErrorCode } from '../../../core/errors.ts'
import type { Prose } from '../explanation.ts'

export const mcpProse = {
  ERR_MCP_SERVER_UNKNOWN: {
    why: 'The path of the request names an MCP server that the project does not have, or that is out of scope for the caller.',
    remedies: [
      'Ask the sidecar which ones there are: `GET /v1.0/diagrid/mcp`.',
      'End the URL with the name of the server; the path at the upstream is part of its declaration.',
    ],
  },
  ERR_MCP_SERVER_UNUSABLE: {
    why:
      'The MCP server was disabled, a secret of it is missing, no JWT-SVID can be signed for it, or its process cannot be ' +
      'started here. No call to it goes through, whatever the access policy says.',
    remedies: [
      'Read the message: it names the reason, and the manifest line where there is one.',
      'Enable it, or correct the manifest and apply it; the running sidecar follows.',
    ],
  },
  ERR_MCP_CALLER_NOT_GRANTED: {
    why:
      'Access to an MCP server is denied until it is granted, and no rule in force is about this App ID. For such a ' +
      'caller the server does not exist: MCP clients often show the 404 as "Session terminated".',
    remedies: ['Grant the tools it needs, with the command that the message names.'],
  },
  ERR_MCP_TOOL_DENIED: {
    why: 'Rules are about this caller, but none of them grants this tool. One denied message denies its whole batch.',
    remedies: [
      'Grant it with the command that the message names.',
      'Compare the name with `tools/list`, which shows a caller only what it may call.',
    ],
  },
  ERR_MCP_ARGUMENTS_DENIED: {
    why:
      'A rule grants this tool with a JSON Schema in `arguments`, and what the call brings breaks it. The message names the ' +
      'place in the arguments and the keyword, never the value. Two keywords are of our own: `exact-number` for a number ' +
      'beyond 2^53, which the server may read as another one, and `look-alike` for a member that differs only in case from ' +
      'one that the schema speaks of.',
    remedies: [
      'Call the tool with arguments that the rule allows; `mcpauth mcpserver access get NAME -o yaml` shows the schema.',
      'Try others without calling the server: `mcpauth mcpserver access test NAME --caller APP-ID --tool TOOL --arg KEY=VALUE`.',
    ],
  },
  ERR_MCP_RESOURCE_DENIED: {
    why: 'Rules are about this caller, but none of them grants the URI of this resource.',
    remedies: [
      'Add it to a rule of the MCPServerAccessPolicy: `capability: resources`, with the URI or a pattern of it.',
    ],
  },
  ERR_MCP_PROMPT_DENIED: {
    why: 'Rules are about this caller, but none of them grants this prompt.',
    remedies: [
      'Add it to a rule of the MCPServerAccessPolicy: `capability: prompts`, with its name or a pattern of it.',
    ],
  },
  ERR_MCP_MESSAGE_INVALID: {
    why:
      'A decision about a tool must be about the very message that the server reads. What is no strict JSON, repeats a ' +
      'name, has one that only looks like `method` or `params`, or is compressed could be read in two ways.',
    remedies: [
      'Send one JSON-RPC message in plain UTF-8, as the SDKs of MCP do.',
      'Give `tools/call` and `prompts/get` a `name`, and `resources/read` a `uri`.',
    ],
  },
  ERR_MCP_METHOD_UNKNOWN: {
    why:
      'Revision 2026-07-28 has neither `resources/subscribe` nor `resources/unsubscribe`, and this one does not even name a ' +
      'resource, so that nobody could grant it.',
    remedies: ['Use `subscriptions/listen`, which takes their place.'],
  },
  ERR_MCP_HEADER_MISMATCH: {
    why:
      '`Mcp-Method`, `Mcp-Name` and `MCP-Protocol-Version` repeat what the body says. The body decides, and a header that ' +
      'says otherwise would mislead whoever goes by it. Batches exist in revision 2025-03-26 only.',
    remedies: ['Leave these headers to the SDK of the client, or set them to what the body says.'],
  },
  ERR_MCP_UPSTREAM_REFUSED: {
    why:
      'The MCP server answered 401 or 403. No credential of the caller goes there, so it is the one of the declaration ' +
      'that was refused, or one is missing. A fresh token was tried where there is one.',
    remedies: [
      'Check `headers` and `auth.oauth2` of the MCPServer, the audience and the scopes above all.',
      'Change it and apply it; the running sidecar follows.',
    ],
  },
  ERR_MCP_SESSION_UNKNOWN: {
    why:
      'Servers with `stdio` and `sse` are served in sessions. One ends with DELETE, with its process or stream, after ten ' +
      'minutes without use, and when the MCPServer is changed or disabled.',
    remedies: ['Begin a new session with `initialize`; MCP asks that of clients.'],
  },
  ERR_MCP_SESSION_LIMIT: {
    why:
      'Each session with a `stdio` server is a process of its own, and there may be 16 of them for a server; sessions that ' +
      'nobody waits for make room by themselves.',
    remedies: ['End sessions with DELETE, or close the clients that hold a stream open.'],
  },
  ERR_MCP_PROCESS_FAILED: {
    why:
      'The command of the MCPServer could not be started, or its process ended while it was needed. After two failures in ' +
      'a row it is not started again for half a second, then for twice as long each time, up to 30 seconds.',
    remedies: [
      'Read what the process wrote to standard error, in the log of `dev run`.',
      'Run the command by hand, in the folder where `dev run` was started.',
      'Check that `env` has what it needs.',
    ],
  },
} as const satisfies Partial<Record<ErrorCode, Prose>>
