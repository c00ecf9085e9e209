// Does the server speak MCP: with sessions (initialize), or without (server/discover)?
import { isJsonObject, type JsonObject } from '../../core/json.ts'
import { quote } from '../../core/quote.ts'
import { error, type Finding, type Judged } from '../finding.ts'
import { textOf } from '../json-answer.ts'
import { modernRevision, responseOf, resultOf, type Headers } from '../rpc.ts'
import { headerOf, type Answer, type Fetched } from '../send.ts'

/** How to go on talking. */
export interface Conversation {
  readonly era: 'legacy' | 'modern'
  /** For every further request. */
  readonly headers: Headers
  readonly hasTools: boolean
}

export interface McpAnswers {
  readonly initialized: Fetched
  /** Asked when `initialize` was not answered. */
  readonly discovered: Fetched | undefined
}

export function judgeMcp({ initialized, discovered }: McpAnswers): Judged<Conversation> {
  const begun = initialized.ok ? resultOf(initialized) : undefined
  if (initialized.ok && begun !== undefined) return legacy(initialized, begun)
  const found = discovered?.ok === true ? resultOf(discovered) : undefined
  if (found !== undefined) return modern(found)
  return { findings: [silence(initialized)], seen: 'the server did not answer as MCP' }
}

function legacy(answer: Answer, result: JsonObject): Judged<Conversation> {
  const version = textOf(result, 'protocolVersion')
  if (version === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(version)) {
    return {
      findings: [
        error('mcp.no-version', {
          message: 'The answer to initialize has no protocolVersion.',
          breaks: 'Clients on the official SDKs, which close the connection.',
          fix: 'Answer with the revision that the session speaks.',
        }),
      ],
      seen: 'initialize was answered',
    }
  }
  const session = headerOf(answer, 'mcp-session-id')
  const value: Conversation = {
    era: 'legacy',
    headers: [
      ['mcp-protocol-version', version],
      ...(session === undefined ? [] : [['mcp-session-id', session] as const]),
    ],
    hasTools: hasTools(result),
  }
  return { findings: sessionFaults(session), seen: `the server speaks MCP ${version}`, value }
}

function sessionFaults(session: string | undefined): Finding[] {
  if (session === undefined || /^[\x21-\x7e]+$/.test(session)) return []
  return [
    error('mcp.session-id', {
      message: 'The Mcp-Session-Id holds characters other than visible ASCII.',
      breaks: 'Clients that refuse to send it back.',
      fix: 'Use a random UUID.',
    }),
  ]
}

function modern(result: JsonObject): Judged<Conversation> {
  const headers: Headers = [['mcp-protocol-version', modernRevision]]
  const value: Conversation = { era: 'modern', headers, hasTools: hasTools(result) }
  return { findings: [], seen: `the server speaks MCP ${modernRevision}`, value }
}

function hasTools({ capabilities }: JsonObject): boolean {
  return isJsonObject(capabilities) && 'tools' in capabilities
}

function silence(initialized: Fetched): Finding {
  const breaks = 'Every client.'
  const fix =
    'Check that the URL is that of the MCP endpoint, and that nothing in front changes requests or answers.'
  if (!initialized.ok) {
    return error('mcp.no-answer', { message: `The server ${initialized.detail}.`, breaks, fix })
  }
  const problem = responseOf(initialized)?.['error']
  if (isJsonObject(problem)) {
    const said = quote(textOf(problem, 'message') ?? '')
    const message = `The server answered initialize and server/discover with an error: ${said}.`
    return error('mcp.error', { message, breaks, fix })
  }
  const type = quote(headerOf(initialized, 'content-type') ?? 'no type')
  return error('mcp.not-mcp', {
    message: `The answer (${initialized.status}, ${type}) is no MCP message.`,
    breaks,
    fix,
  })
}
