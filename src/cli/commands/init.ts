// `mcpauth init` writes manifests to start from.
import { join, resolve } from 'node:path'

import { McpAuthError } from '../../core/errors.ts'
import { ask } from '../ask.ts'
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { sides, starterFiles, type Side, type StarterFile } from '../init/starter.ts'
import { outputOption } from '../options.ts'
import type { Printable } from '../output/printable.ts'
import { singleLine } from '../output/table.ts'
import { programName } from '../invocation.ts'

export const init = defineCommand({
  description:
    'Manifests with comments, in components and config, that apply as they are once the secret is stored: for the ' +
    'server an access token check, for the client a token on every call. Without options they fit "mcpauth dev idp". ' +
    'What to run next is told on standard error.',
  args: {
    side: {
      takes: 'optional',
      choices: sides,
      description: 'Which side to write manifests for; asked for on a terminal',
    },
  },
  options: {
    dir: {
      type: 'string',
      short: 'd',
      value: 'DIR',
      completes: 'folders',
      default: '.',
      description: 'Folder to write to; made when it is missing',
    },
    issuer: {
      type: 'string',
      value: 'URL',
      default: 'http://127.0.0.1:9400',
      description: 'Issuer of the access tokens',
    },
    'token-url': {
      type: 'string',
      value: 'URL',
      description: 'Token endpoint; else /token of the issuer',
    },
    'client-id': {
      type: 'string',
      value: 'ID',
      default: 'mcp-client',
      description: 'Client at the authorization server',
    },
    audience: {
      type: 'string',
      value: 'AUD',
      default: 'mcp-server',
      description: 'Audience of the access tokens: the server',
    },
    'server-url': {
      type: 'string',
      value: 'URL',
      default: 'http://127.0.0.1:8080',
      description: 'Where the client reaches the server, without the path',
    },
    force: { type: 'boolean', description: 'Overwrite files that exist' },
    output: outputOption,
  },
  examples: [
    'mcpauth init both -d tutorial',
    'mcpauth init server --issuer https://auth.example.com --audience https://mcp.example.com',
    'mcpauth init client --token-url https://auth.example.com/oauth/token --client-id my-client --server-url https://mcp.example.com',
  ],
  async run(context, { args, options }) {
    const side = args.side ?? (await askSide(context))
    const values = {
      issuer: options.issuer,
      tokenUrl: options['token-url'] ?? `${options.issuer.replace(/\/$/, '')}/token`,
      clientId: options['client-id'],
      audience: options.audience,
      serverUrl: options['server-url'],
    }
    const files = starterFiles(side, values)
    await refuseInvalid(files)
    const { writeNewFiles } = await import('../init/new-files.ts')
    const folder = options.dir
    const placed = files.map(({ path, text }) => ({
      path: resolve(context.world.cwd, folder, path),
      shown: join(folder, path),
      text,
    }))
    await writeNewFiles(placed, options.force)
    const { nextSteps } = await import('../init/next-steps.ts')
    context.notice('Next:')
    const program = programName(context.world.env)
    for (const line of nextSteps({ side, values, folder, home: context.home, program })) {
      context.notice(`  ${line.startsWith('#') ? context.style.dim(line) : line}`)
    }
    return written(placed.map(({ shown }) => shown))
  },
})

async function askSide(context: CommandContext): Promise<Side> {
  const answer = await ask(
    context,
    `Which side? ${sides.join(', ')} [both]`,
    'Name it: mcpauth init client, mcpauth init server or mcpauth init both.',
  )
  const wanted = answer.trim().toLowerCase() || 'both'
  const side = sides.find((each) => each.startsWith(wanted))
  if (side !== undefined) return side
  throw new McpAuthError('USAGE', 'That is none of the sides.', {
    hint: `Answer with one of: ${sides.join(', ')}.`,
  })
}

/** A value may be anything; what is written must apply. */
async function refuseInvalid(files: readonly StarterFile[]): Promise<void> {
  const { readTexts } = await import('../../manifest/read.ts')
  const { diagnostics } = readTexts(files.map(({ path, text }) => ({ file: path, text })))
  const first = diagnostics.find(({ severity }) => severity === 'error')
  if (first === undefined) return
  throw new McpAuthError(
    'USAGE',
    `${first.file} would not be valid: ${first.message}`,
    first.hint === undefined ? {} : { hint: first.hint },
  )
}

function written(paths: readonly string[]): Printable {
  return {
    json: () => ({ items: paths.map((path) => ({ path })) }),
    names: () => paths,
    text: () => paths.map((path) => `${singleLine(path)} written\n`).join(''),
  }
}
