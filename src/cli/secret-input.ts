// A secret from a file, an environment variable, standard input, or typed on a terminal without being shown.
import { open } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'

import { codeOf } from '../core/error-code.ts'
import { McpAuthError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import type { CommandContext } from './context.ts'
import { readHiddenLine } from './terminal.ts'

export type SecretSource =
  | { readonly file: string }
  | { readonly variable: string }
  /** Standard input; `prompt` is shown when that is a terminal. */
  | { readonly prompt: string }

/** The most that can be stored. */
const maxBytes = 64 * 1024

/**
 * The secret, without the one line break that editors and `echo` leave at its end. Throws USAGE, quoting nothing of it,
 * when there is none, it is empty, longer than 64 KiB, or no text.
 */
export async function readSecret(context: CommandContext, source: SecretSource): Promise<Secret> {
  if ('variable' in source) return fromVariable(context, source.variable)
  const { stdin, stderr } = context.world
  if ('prompt' in source && stdin.isTTY) {
    const typed = await readHiddenLine(stdin, () => void stderr.write(`${source.prompt}: `))
    stderr.write('\n')
    return fit(typed, 'what was typed')
  }
  const [bytes, origin] =
    'file' in source
      ? [await readFile(context, source.file), source.file]
      : [await context.stdin(), 'standard input']
  return fit(decode(bytes, origin).replace(/\r?\n$/, ''), origin)
}

function fromVariable({ world }: CommandContext, name: string): Secret {
  const value = world.env[name]
  if (value === undefined) {
    throw new McpAuthError('USAGE', `The environment variable ${name} is not set.`, {
      hint: 'Set it, and export it.',
    })
  }
  return fit(value, `the environment variable ${name}`)
}

async function readFile({ world }: CommandContext, path: string): Promise<Uint8Array> {
  try {
    // Not only regular files: shells hand secrets over in pipes, as in --from-file <(vault read …).
    await using handle = await open(resolve(world.cwd, path))
    // Room for a line break, and for one byte more to tell that it is too long.
    const buffer = Buffer.alloc(maxBytes + 3)
    let size = 0
    for (;;) {
      const { bytesRead } = await handle.read(buffer, size, buffer.length - size, null)
      if (bytesRead === 0) return buffer.subarray(0, size)
      size += bytesRead
    }
  } catch (error) {
    throw unreadable(path, codeOf(error, 'unknown'))
  }
}

function unreadable(path: string, code: string): McpAuthError {
  const hint = 'Name a file that holds nothing but the secret.'
  if (code !== 'ENOENT') {
    return new McpAuthError('USAGE', `The file ${path} cannot be read (${code}).`, { hint })
  }
  return new McpAuthError('USAGE', `The file ${path} does not exist.`, {
    hint: isIdpSecret(path)
      ? 'Start mcpauth dev idp --client NAME first: it makes the file.'
      : hint,
  })
}

/** Where `dev idp` keeps the secrets of the clients that it makes. */
function isIdpSecret(path: string): boolean {
  const folder = dirname(path)
  return basename(folder) === 'client-secrets' && basename(dirname(folder)) === 'dev-idp'
}

function decode(bytes: Uint8Array, origin: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new McpAuthError('USAGE', `The secret in ${origin} is not UTF-8 text.`, {
      hint: 'Encode binary secrets, for example as base64.',
    })
  }
}

function fit(text: string, origin: string): Secret {
  if (text !== '' && Buffer.byteLength(text) <= maxBytes) return new Secret(text)
  const what = text === '' ? 'empty' : 'longer than 64 KiB'
  throw new McpAuthError('USAGE', `The secret in ${origin} is ${what}.`, {
    hint: 'Give a value of 1 byte to 64 KiB.',
  })
}
