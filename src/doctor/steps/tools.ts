// Can a client list tools, and use what it gets?
import { isJsonObject, type Json } from '../../core/json.ts'
import { quote } from '../../core/quote.ts'
import { error, warning, type Finding, type Judged } from '../finding.ts'
import { textOf } from '../json-answer.ts'
import { responseOf, resultOf } from '../rpc.ts'
import type { Fetched } from '../send.ts'

export function judgeTools(listed: Fetched): Judged {
  const result = listed.ok ? resultOf(listed) : undefined
  const tools = result?.['tools']
  if (!Array.isArray(tools)) return { findings: [notListed(listed)], seen: 'tools/list failed' }
  const findings = toolFaults(tools)
  if (tools.length === 0) {
    findings.push(
      warning('tools.none', {
        message: 'The list of tools is empty.',
        breaks: 'Nobody; but there is nothing to call for this caller.',
        fix: 'Check whether scopes or an access policy hide them.',
      }),
    )
  }
  return { findings, seen: tools.length === 1 ? '1 tool' : `${tools.length} tools` }
}

function notListed(listed: Fetched): Finding {
  const fix = 'Look into the log of the server.'
  if (listed.ok && (listed.status === 404 || listed.status === 400)) {
    return error('tools.session-lost', {
      message: `The server answered ${listed.status} to the second request of the session.`,
      breaks: 'Every client; those on the Python SDK do not begin anew.',
      fix: 'Keep sessions in one place: with several replicas, route by Mcp-Session-Id or share them.',
    })
  }
  if (listed.ok && listed.status === 401) {
    return error('tools.token-lost', {
      message: 'The server took the token for initialize, and refuses it for tools/list.',
      breaks: 'mcp-remote and others that log in only when they connect.',
      fix: 'Treat every request alike; look whether replicas have different keys or settings.',
    })
  }
  const response = listed.ok ? responseOf(listed) : undefined
  const problem = response?.['error']
  const what = isJsonObject(problem)
    ? `the error ${quote(textOf(problem, 'message') ?? '')}`
    : 'no list'
  return error('tools.error', {
    message: listed.ok
      ? `tools/list was answered with ${what} (${listed.status}).`
      : `The server ${listed.detail}.`,
    breaks: 'Every client.',
    fix,
  })
}

function toolFaults(tools: readonly Json[]): Finding[] {
  const names = tools.map((tool) => (isJsonObject(tool) ? tool['name'] : undefined))
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  const unsound = tools.find((tool) => !isSound(tool))
  return [
    ...(unsound === undefined ? [] : [unsoundTool(unsound)]),
    ...(typeof twice !== 'string'
      ? []
      : [
          error('tools.duplicate', {
            message: `Two tools are called ${quote(twice)}.`,
            breaks: 'Claude, whose model API refuses lists with equal names.',
            fix: 'Give each a name of its own.',
          }),
        ]),
  ]
}

function isSound(tool: Json): boolean {
  if (!isJsonObject(tool) || typeof tool['name'] !== 'string') return false
  const schema = tool['inputSchema']
  return isJsonObject(schema) && schema['type'] === 'object'
}

function unsoundTool(tool: Json): Finding {
  const name =
    isJsonObject(tool) && typeof tool['name'] === 'string' ? quote(tool['name']) : 'without a name'
  return error('tools.schema', {
    message: `The tool ${name} has no inputSchema of type "object".`,
    breaks: 'Clients on the official SDKs: one such tool makes the whole list unusable.',
    fix: 'Write "inputSchema": {"type": "object"} for a tool without arguments.',
  })
}
