// The one error class and the one catalog of everything that can go wrong, on the command line and over HTTP.
import type { Diagnostic } from './diagnostic.ts'

/** What a failure means: its one-sentence summary, the process exit code, and the HTTP status where one applies. */
interface CatalogEntry {
  readonly summary: string
  readonly exitCode: 1 | 2 | 130
  readonly status?: number
}

export const errorCatalog = {
  USAGE: { summary: 'The command line is not valid.', exitCode: 2 },
  NOT_CONFIRMED: { summary: 'The question was not answered with yes.', exitCode: 1 },
  INTERRUPTED: { summary: 'The command was interrupted.', exitCode: 130 },
  OUTPUT_UNWRITABLE: { summary: 'Standard output or error cannot be written.', exitCode: 1 },
  INTERNAL: { summary: 'A defect in mcpauth.', exitCode: 1, status: 500 },

  MANIFEST_INVALID: { summary: 'One or more manifests are not valid.', exitCode: 2 },

  PROJECT_NOT_FOUND: { summary: 'The project does not exist.', exitCode: 1 },
  PROJECT_EXISTS: { summary: 'A project of that name exists.', exitCode: 1 },
  PROJECT_IN_USE: { summary: 'The project still holds resources.', exitCode: 1 },
  APPID_NOT_FOUND: { summary: 'The App ID does not exist.', exitCode: 1 },
  APPID_EXISTS: { summary: 'An App ID of that name exists.', exitCode: 1 },
  APPID_IN_USE: { summary: 'The App ID is referenced or running.', exitCode: 1 },
  RESOURCE_NOT_FOUND: { summary: 'The resource does not exist.', exitCode: 1 },
  RESOURCE_EXISTS: { summary: 'The name is taken.', exitCode: 1 },
  RESOURCE_IN_USE: { summary: 'The resource is referenced by another one.', exitCode: 1 },
  SESSION_NOT_FOUND: { summary: 'No sidecar of the App ID runs.', exitCode: 1 },
  SIDECAR_BEHIND: { summary: 'A running sidecar has not taken over a change.', exitCode: 1 },
  SESSION_NOT_STOPPED: { summary: 'A running sidecar could not be ended.', exitCode: 1 },
  SECRET_NOT_FOUND: { summary: 'The secret or its key does not exist.', exitCode: 1 },

  SECRET_NOT_EXPORTABLE: { summary: 'A secret stands in clear in a resource.', exitCode: 1 },

  STORE_UNUSABLE: {
    summary: 'The control plane database cannot be used.',
    exitCode: 1,
    status: 503,
  },
  STORE_NEWER: { summary: 'A newer mcpauth wrote the control plane database.', exitCode: 1 },
  STORE_BUSY: { summary: 'The control plane database is locked.', exitCode: 1, status: 503 },

  FILE_NOT_WRITTEN: {
    summary: 'A file cannot be written, or is not to be overwritten.',
    exitCode: 1,
  },
  PORT_IN_USE: { summary: 'The port is taken by another process.', exitCode: 1 },
  COMMAND_NOT_STARTED: { summary: 'The command after -- could not be started.', exitCode: 1 },

  REQUEST_MALFORMED: { summary: 'The HTTP request is malformed.', exitCode: 1, status: 400 },
  REQUEST_TOO_LARGE: {
    summary: 'The request body is larger than allowed.',
    exitCode: 1,
    status: 413,
  },
  HEADERS_TOO_LARGE: {
    summary: 'The request has too many or too long headers.',
    exitCode: 1,
    status: 431,
  },
  METHOD_NOT_ALLOWED: { summary: 'The HTTP method is not served here.', exitCode: 1, status: 405 },
  EXPECTATION_FAILED: { summary: 'The Expect header is not supported.', exitCode: 1, status: 417 },
  UPGRADE_REFUSED: { summary: 'Protocol upgrades are not served.', exitCode: 1, status: 501 },
  ORIGIN_DENIED: {
    summary: 'The Host or Origin header is not one this listener serves.',
    exitCode: 1,
    status: 403,
  },
  API_TOKEN_INVALID: { summary: 'The dapr-api-token header is wrong.', exitCode: 1, status: 401 },
  INVOKE_TARGET_MISSING: {
    summary: 'The request names no App ID or HTTPEndpoint.',
    exitCode: 1,
    status: 404,
  },
  INVOKE_TARGET_UNKNOWN: {
    summary: 'No App ID or HTTPEndpoint of that name exists in the project.',
    exitCode: 1,
    status: 404,
  },
  INVOKE_TARGET_OFFLINE: {
    summary: 'The App ID exists, but nothing serves it now.',
    exitCode: 1,
    status: 503,
  },
  APP_UNHEALTHY: {
    summary: 'The app of the App ID is not healthy, and gets no calls.',
    exitCode: 1,
    status: 503,
  },
  CIRCUIT_OPEN: {
    summary: 'A circuit breaker is open: the target failed too often, and is left alone for now.',
    exitCode: 1,
    status: 503,
  },
  ROUTE_REFUSED: {
    summary: 'No rule of the pipeline lets a request with this path through.',
    exitCode: 1,
    status: 400,
  },
  POLICY_DENIED: {
    summary: 'A policy of the pipeline does not allow the request.',
    exitCode: 1,
    status: 403,
  },
  RATE_LIMITED: { summary: 'The caller sends too many requests.', exitCode: 1, status: 429 },
  API_DENIED: {
    summary: 'The Configuration does not let the app call this API of its sidecar.',
    exitCode: 1,
    status: 404,
  },
  ACCESS_DENIED: { summary: 'Access control denied the call.', exitCode: 1, status: 403 },

  ERR_MCP_SERVER_UNKNOWN: {
    summary: 'No MCP server of that name exists in the project.',
    exitCode: 1,
    status: 404,
  },
  ERR_MCP_SERVER_UNUSABLE: {
    summary: 'The MCP server is disabled or cannot be used as it is declared.',
    exitCode: 1,
    status: 503,
  },
  ERR_MCP_CALLER_NOT_GRANTED: {
    summary: 'No rule of the MCP server’s access policy is about the caller.',
    exitCode: 1,
    status: 404,
  },
  ERR_MCP_TOOL_DENIED: {
    summary: 'The caller is not granted the tool of the MCP server.',
    exitCode: 1,
    status: 403,
  },
  ERR_MCP_ARGUMENTS_DENIED: {
    summary: 'The caller is granted the tool of the MCP server with other arguments only.',
    exitCode: 1,
    status: 403,
  },
  ERR_MCP_RESOURCE_DENIED: {
    summary: 'The caller is not granted the resource of the MCP server.',
    exitCode: 1,
    status: 403,
  },
  ERR_MCP_PROMPT_DENIED: {
    summary: 'The caller is not granted the prompt of the MCP server.',
    exitCode: 1,
    status: 403,
  },
  ERR_MCP_MESSAGE_INVALID: {
    summary: 'The body is no JSON-RPC message that everybody reads in the same way.',
    exitCode: 1,
    status: 400,
  },
  ERR_MCP_METHOD_UNKNOWN: {
    summary: 'The revision of MCP that the message is of no longer has its method.',
    exitCode: 1,
    status: 404,
  },
  ERR_MCP_HEADER_MISMATCH: {
    summary: 'A header that mirrors the body of an MCP request says something else.',
    exitCode: 1,
    status: 400,
  },
  ERR_MCP_UPSTREAM_REFUSED: {
    summary: 'The MCP server refused the credential that mcpauth sent.',
    exitCode: 1,
    status: 502,
  },
  ERR_MCP_SESSION_UNKNOWN: {
    summary: 'The session with the MCP server has ended, or never was.',
    exitCode: 1,
    status: 404,
  },
  ERR_MCP_SESSION_LIMIT: {
    summary: 'No more sessions with the MCP server, or requests in one, are taken now.',
    exitCode: 1,
    status: 503,
  },
  ERR_MCP_PROCESS_FAILED: {
    summary: 'The process of a stdio MCP server could not be started, or ended.',
    exitCode: 1,
    status: 502,
  },

  HANDLER_UNUSABLE: {
    summary: 'A pipeline handler cannot be used, so the whole pipeline refuses.',
    exitCode: 1,
    status: 503,
  },

  TOKEN_MISSING: { summary: 'The request carries no access token.', exitCode: 1, status: 401 },
  METADATA_NOT_FOUND: {
    summary: 'There is no metadata document of that kind here.',
    exitCode: 1,
    status: 404,
  },
  TOKEN_INVALID: { summary: 'The access token is not valid.', exitCode: 1, status: 401 },
  TOKEN_REQUEST_INVALID: {
    summary: 'The access token is presented in a way RFC 6750 forbids.',
    exitCode: 1,
    status: 400,
  },
  SCOPE_INSUFFICIENT: {
    summary: 'The access token lacks a scope.',
    exitCode: 1,
    status: 403,
  },
  DPOP_PROOF_INVALID: {
    summary: 'The proof that the caller has the key of the access token is not valid.',
    exitCode: 1,
    status: 401,
  },
  KEYS_UNAVAILABLE: {
    summary: 'The signing keys of the issuer have not been loaded.',
    exitCode: 1,
    status: 503,
  },
  INTROSPECTION_UNAVAILABLE: {
    summary: 'The issuer cannot be asked about the access token now.',
    exitCode: 1,
    status: 503,
  },
  LOGIN_REQUIRED: {
    summary: 'A user has to log in first.',
    exitCode: 1,
    status: 502,
  },
  LOGIN_FAILED: { summary: 'The login did not succeed.', exitCode: 1 },
  SUBJECT_TOKEN_MISSING: {
    summary: 'The request carries no access token that could be exchanged.',
    exitCode: 1,
    status: 401,
  },
  SUBJECT_TOKEN_REFUSED: {
    summary: "The authorization server does not exchange the caller's access token.",
    exitCode: 1,
    status: 401,
  },
  TOKEN_ENDPOINT_REFUSED: {
    summary: 'The authorization server refused to issue a token.',
    exitCode: 1,
    status: 502,
  },
  TOKEN_ENDPOINT_UNAVAILABLE: {
    summary: 'The authorization server cannot be reached or is failing.',
    exitCode: 1,
    status: 503,
  },
  TOKEN_ENDPOINT_TIMEOUT: {
    summary: 'The authorization server did not answer in time.',
    exitCode: 1,
    status: 504,
  },

  DEV_IDP_FILE_INVALID: {
    summary: 'A file of the development authorization server cannot be used.',
    exitCode: 1,
  },

  UPSTREAM_HOST_UNKNOWN: {
    summary: 'The host name of the upstream has no address.',
    exitCode: 1,
    status: 502,
  },
  UPSTREAM_TLS_FAILED: {
    summary: 'No TLS connection to the upstream can be had.',
    exitCode: 1,
    status: 502,
  },
  UPSTREAM_UNREACHABLE: { summary: 'The upstream cannot be reached.', exitCode: 1, status: 502 },
  UPSTREAM_INVALID: { summary: 'The upstream broke the HTTP protocol.', exitCode: 1, status: 502 },
  UPSTREAM_TIMEOUT: { summary: 'The upstream did not answer in time.', exitCode: 1, status: 504 },
} as const satisfies Record<string, CatalogEntry>

export type ErrorCode = keyof typeof errorCatalog

interface ErrorOptions {
  /** Everything that is wrong with the manifests, where that is the reason. */
  readonly diagnostics?: readonly Diagnostic[]
  /** One imperative sentence: what to do about it. */
  readonly hint?: string
  /** `file:line:column` of the manifest line behind the failure. */
  readonly place?: string
  /** For the log only; never sent to an HTTP caller. */
  readonly detail?: string
  readonly cause?: unknown
}

/** Every failure that mcpauth foresees. Match on `code`; `message` is for people and may change. */
export class McpAuthError extends Error {
  override readonly name = 'McpAuthError'
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly place: string | undefined
  readonly detail: string | undefined
  readonly diagnostics: readonly Diagnostic[]

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.place = options.place
    this.detail = options.detail
    this.diagnostics = options.diagnostics ?? []
  }

  get exitCode(): number {
    return errorCatalog[this.code].exitCode
  }

  /** The HTTP status of this failure; 500 where the catalog names none. */
  get status(): number {
    const entry: CatalogEntry = errorCatalog[this.code]
    return entry.status ?? 500
  }
}
