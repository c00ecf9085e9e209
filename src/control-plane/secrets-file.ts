// The JSON file behind secretstores.local.file.
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  statSync,
} from 'node:fs'
import { resolve } from 'node:path'
import { nestedSeparator, storeSetting } from '../core/file-secrets.ts'
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import type { Problem } from './secret-stores.ts'

export interface SecretTree {
  readonly root: Json
}

const maxBytes = 1024 * 1024
const maxDepth = 32

/** Reads a secrets file, relative to `cwd` as in Dapr; a Problem says why it cannot be read, and quotes nothing of it. */
export function readSecretsFile(path: string, cwd: string): SecretTree | Problem {
  try {
    const text = readRegularFile(resolve(cwd, path))
    if (text === undefined) {
      return {
        message: `The secrets file ${path} is not a regular file of at most 1 MiB.`,
        hint: 'Name a JSON file in secretsFile.',
      }
    }
    const root = parse(text)
    if (root !== undefined) return { root }
    return {
      message: `The secrets file ${path} does not hold a JSON object.`,
      hint: 'Write it as {"name": "value"}.',
    }
  } catch {
    return {
      message: `The secrets file ${path} cannot be read from ${cwd}.`,
      hint: 'Correct secretsFile; a relative path starts at the folder mcpauth runs in.',
    }
  }
}

/**
 * The names of what is in the file of a secretstores.local.file, flattened; a Problem says why it cannot be read.
 * Undefined where there is no file, as on a machine that the secrets are kept from.
 */
export function secretNames(
  store: JsonObject,
  cwd: string,
): ReadonlySet<string> | Problem | undefined {
  const path = storeSetting(store, 'secretsFile')
  if (path === undefined || !existsSync(resolve(cwd, path))) return undefined
  const content = readSecretsFile(path, cwd)
  if ('message' in content) return content
  return new Set(flattenSecrets(content.root, nestedSeparator(store)).keys())
}

/** Whether users other than its owner may read it. False where there is no such file, or files have no modes. */
export function isReadableByOthers(path: string, cwd: string): boolean {
  const stats = statSync(resolve(cwd, path), { throwIfNoEntry: false })
  return process.getuid !== undefined && stats !== undefined && (stats.mode & 0o044) !== 0
}

/** Nested members become `outer<separator>inner`; list items are numbered. */
export function flattenSecrets(root: Json, separator: string): Map<string, string> {
  const flat = new Map<string, string>()
  flatten({ value: root, path: '', depth: 0 }, separator, flat)
  return flat
}

interface Node {
  readonly value: Json
  readonly path: string
  readonly depth: number
}

function flatten(node: Node, separator: string, flat: Map<string, string>): void {
  const { value, path, depth } = node
  if (value === null || depth > maxDepth) return
  if (typeof value !== 'object') {
    flat.set(path, String(value))
    return
  }
  for (const [name, inner] of Object.entries<Json>(value)) {
    const innerPath = depth === 0 ? name : `${path}${separator}${name}`
    flatten({ value: inner, path: innerPath, depth: depth + 1 }, separator, flat)
  }
}

/** Undefined when it is no regular file or too large. O_NONBLOCK: a FIFO must not hang the command. */
function readRegularFile(path: string): string | undefined {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile() || stats.size > maxBytes) return undefined
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}

/** JSON.parse puts the start of the text into its error; a secret must not go that way. */
function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
