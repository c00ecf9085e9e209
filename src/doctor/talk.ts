// The last steps: a conversation in MCP, with sessions or without, up to the list of tools.
import type { JsonObject } from '../core/json.ts'
import type { Judged, StepName } from './finding.ts'
import { modernParams, modernRevision, rpcProbe, type Headers } from './rpc.ts'
import type { Fetched, Send } from './send.ts'
import { judgeMcp } from './steps/mcp.ts'
import { judgeTools } from './steps/tools.ts'

/** Keeps what a step found; gives back what the walk goes on with. */
export type Note = <Value>(step: StepName, judged: Judged<Value>) => Value | undefined

export interface Talk {
  readonly url: string
  readonly send: Send
  readonly credentials: Headers
  readonly note: Note
}

/** Takes the answer to `initialize`, and ends a session that it began. */
export async function talk(
  initialized: Fetched,
  { url, send, credentials, note }: Talk,
): Promise<void> {
  const ask = (method: string, params: JsonObject, headers: Headers): Promise<Fetched> =>
    send(rpcProbe(url, { method, params }, [...credentials, ...headers]))
  const askModern = (method: string): Promise<Fetched> =>
    ask(method, modernParams(), [
      ['mcp-protocol-version', modernRevision],
      ['mcp-method', method],
    ])
  const isBegun = judgeMcp({ initialized, discovered: undefined }).value !== undefined
  const discovered = isBegun ? undefined : await askModern('server/discover')
  const conversation = note('mcp', judgeMcp({ initialized, discovered }))
  if (conversation === undefined) return
  const { era, headers, hasTools } = conversation
  if (era === 'modern') {
    if (hasTools) note('tools', judgeTools(await askModern('tools/list')))
    return
  }
  const done = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })
  await send({ ...rpcProbe(url, {}, [...credentials, ...headers]), body: done })
  if (hasTools) note('tools', judgeTools(await ask('tools/list', {}, headers)))
  await send({ method: 'DELETE', url, headers: [...credentials, ...headers] })
}
