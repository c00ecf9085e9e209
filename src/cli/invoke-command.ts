// `mcpauth call invoke get|post|put|delete`: one request through the sidecar of an App ID.
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'

import { McpAuthError } from '../core/errors.ts'
import { redacted } from '../core/secret.ts'
import type { Invocation } from '../dev/invoke.ts'
import { isCredentialHeader } from '../manifest/credentials.ts'
import { defineCommand } from './command.ts'
import type { CommandContext } from './context.ts'
import { projectOption } from './options.ts'
import { callerOption } from './call-options.ts'
import { singleLine } from './output/table.ts'
import { sidecarWorld } from './sidecar-world.ts'

const options = {
  id: callerOption,
  data: {
    type: 'string',
    short: 'd',
    value: 'JSON',
    description: 'Body of the request, sent as application/json unless a --header says otherwise',
  },
  header: {
    type: 'strings',
    value: 'NAME=VALUE',
    description: 'Header of the request, for what is no secret; repeatable',
  },
  verbose: { type: 'boolean', description: 'Also show the request and the head of the answer' },
  project: projectOption,
} as const

/** The command of one HTTP method. */
export function invokeCommand(method: 'get' | 'post' | 'put' | 'delete') {
  return defineCommand({
    description:
      'Goes out through the running sidecar of the App ID, or through one that ends with the request, as a call of its app ' +
      'would: its pipelines, tokens and access control apply. The body of the answer is printed as it is.',
    args: {
      target: {
        takes: 'one',
        completes: 'app-ids',
        description:
          'APP-ID.METHOD, APP-ID/PATH, or a path of the sidecar such as /v1.0/invoke/APP-ID/method/PATH',
      },
    },
    options,
    exitCodes: { 0: 'A status below 400', 1: 'Any other status, or refused, or failed' },
    examples: [
      `mcpauth call invoke ${method} mcp-server.status --id mcp-client`,
      `mcpauth call invoke ${method} mcp-server/items/7 --id mcp-client --verbose`,
    ],
    async run(context, { args, options: given }) {
      const invocation: Invocation = {
        method: method.toUpperCase(),
        path: pathOf(args.target),
        headers: headersOf(given.header, given.data),
        body: given.data,
      }
      const plane = await context.controlPlane()
      const project = plane.resolveProject(given.project).name
      const { withSidecar } = await import('../dev/sidecar-access.ts')
      const { invoke } = await import('../dev/invoke.ts')
      const world = sidecarWorld(context, plane)
      return withSidecar(world, { project, appId: given.id.toLowerCase() }, async (sidecar) => {
        if (given.verbose) showRequest(context, invocation)
        const answer = await invoke(sidecar, invocation)
        if (given.verbose) showHead(context, answer)
        return printAnswer(context, answer)
      })
    },
  })
}

/** Throws USAGE. */
function pathOf(target: string): string {
  if (target.startsWith('/')) return target
  const [, appId, method] = /^([^./]+)[./](.*)$/s.exec(target) ?? []
  if (appId !== undefined) return `/v1.0/invoke/${appId}/method/${method ?? ''}`
  throw new McpAuthError('USAGE', `"${target}" does not say what is called.`, {
    hint: 'Write APP-ID.METHOD, such as mcp-server.status.',
  })
}

function headersOf(given: readonly string[], data: string | undefined): Record<string, string> {
  const headers: Record<string, string> =
    data === undefined ? {} : { 'content-type': 'application/json' }
  for (const text of given) {
    const [, name = '', value = ''] =
      /^([\w!#$%&'*+.^`|~-]+)=([\t\u0020-\u007e\u0080-\u00ff]*)$/.exec(text) ?? []
    if (name === '') {
      throw new McpAuthError('USAGE', 'A header is not of the form --header NAME=VALUE.', {
        hint: 'Write the name, "=" and the value.',
      })
    }
    if (isCredentialHeader(name)) {
      throw new McpAuthError(
        'USAGE',
        `--header shows ${name} to everyone who can list the processes of this machine.`,
        { hint: 'Let a middleware of the App ID attach it.' },
      )
    }
    headers[name.toLowerCase()] = value
  }
  return headers
}

function showRequest(context: CommandContext, { method, path, headers }: Invocation): void {
  context.notice(singleLine(`> ${method} ${path}`))
  for (const [name, value] of Object.entries(headers))
    context.notice(singleLine(`> ${name}: ${value}`))
}

function showHead(context: CommandContext, answer: IncomingMessage): void {
  context.notice(singleLine(`< ${answer.statusCode} ${answer.statusMessage ?? ''}`))
  for (const [name, value = ''] of Object.entries(answer.headers)) {
    const shown = isCredentialHeader(name) || name === 'set-cookie' ? redacted : String(value)
    context.notice(singleLine(`< ${name}: ${shown}`))
  }
}

/** A refusal may be read whole, to be told as the error it is; everything else streams. */
const longestRefusal = 64 * 1024

async function printAnswer(context: CommandContext, answer: IncomingMessage): Promise<number> {
  const { statusCode = 0 } = answer
  const { stdout } = context.world
  const chunks: Buffer[] = []
  let held = 0
  const isHeld = (): boolean => statusCode >= 400 && held <= longestRefusal
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    held += chunk.length
    if (isHeld()) continue
    for (const each of chunks.splice(0)) if (!stdout.write(each)) await once(stdout, 'drain')
  }
  if (statusCode < 400) return 0
  const { sidecarError } = await import('../dev/sidecar-error.ts')
  const rest = Buffer.concat(chunks)
  const refusal = sidecarError(statusCode, rest.toString())
  if (refusal !== undefined) throw refusal
  stdout.write(rest)
  context.notice(`The answer has status ${statusCode}.`)
  return 1
}
