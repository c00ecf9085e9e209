// One record per request: who called what, how it ended, how long it took, and why it was refused. Never a header, query or
// body, but of an MCP message its method and the name it asks for; of a token that is not accepted only its issuer or audience, where that is why.

/** The door a request came in through. */
export type Door = 'sidecar' | 'ingress' | 'peer'

export interface AccessRecord {
  /** Wall time of the request's arrival, ms since the epoch. */
  readonly time: number
  readonly door: Door
  readonly caller: string | undefined
  /** Who the caller's verified token says it is. */
  readonly principal: string | undefined
  /** App ID or HTTPEndpoint, once known. */
  readonly target: string | undefined
  /** `-` when what came could not be read as a request. */
  readonly method: string
  /** `-` when it could not be read as a path. */
  readonly path: string
  /** 499: the caller left before an answer. */
  readonly status: number
  readonly durationMs: number
  readonly reason: string | undefined
  /** What of access control let it in, if there was any to ask; what did not is a reason. */
  readonly access?: string | undefined
  /** What a message to an MCP server asked, such as `tools/call add`; of a batch all of it. */
  readonly rpc?: string | undefined
  /** What rules in shadow mode would have decided otherwise. */
  readonly shadow?: string | undefined
  /** True for the sidecar's own API. */
  readonly api: boolean
}

export type AccessLog = (record: AccessRecord) => void

/** What becomes known of a request on its way, filled in as it does. */
export type AccessNotes = {
  -readonly [
    Field in
      | 'caller'
      | 'principal'
      | 'target'
      | 'path'
      | 'reason'
      | 'access'
      | 'rpc'
      | 'shadow'
      | 'api'
  ]: AccessRecord[Field]
}
