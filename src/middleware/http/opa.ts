// middleware.http.opa: asks a policy of Open Policy Agent about each request. What it does not clearly allow is refused.
import { readFileSync } from 'node:fs'

import type { Exchange, Reply } from '../../core/exchange.ts'
import type { OpaMetadata } from '../../core/generated/types.ts'
import { readHeaderMap } from '../../core/header-changes.ts'
import { dashed } from '../../core/header-name.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { readList } from '../../core/token-settings.ts'
import { answer } from '../answer.ts'
import { deleteSpellings } from '../header-spellings.ts'
import { readMetadata, type MetadataReader } from '../metadata.ts'
import type { Middleware } from '../middleware.ts'
import { inputOf, isReply } from './opa-input.ts'
import { entryPoint, loadPolicy, type Policy } from './opa-policy.ts'
import { compileRego } from './opa-rego.ts'

type Field = keyof OpaMetadata

export const opa: Middleware = {
  type: 'middleware.http.opa',
  version: 'v1',
  readsClaims: true,
  provision(metadata, context) {
    const reader = readMetadata<Field>(metadata, context)
    const defaultStatus = reader.integer('defaultStatus', { min: 400, max: 599 }) ?? 403
    const included = readList(reader.text('includedHeaders') ?? '')
    if ('problem' in included) {
      throw reader.complaint('includedHeaders', included.problem, included.hint)
    }
    const settings = {
      includedHeaders: included.value,
      readBody: reader.flag('readBody', false),
      readMCP: reader.flag('readMCP', false),
    }
    const policy = readPolicy(reader)
    const judge = (exchange: Exchange, input: JsonObject): Reply | undefined => {
      try {
        return conclude(exchange, policy.evaluate(input), defaultStatus)
      } catch (error) {
        const { logger } = context
        logger.debug('a policy failed', { handler: context.name, error: String(error) })
        return refusal(defaultStatus, 'the policy failed', errorMark)
      }
    }
    return {
      summary: `asks ${reader.text('policyFile') ?? 'its rego'}`,
      onRequest(exchange) {
        const input = inputOf(exchange, settings)
        if (!(input instanceof Promise)) return judge(exchange, input)
        return input.then((read) => (isReply(read) ? read : judge(exchange, read)))
      },
    }
  },
}

function readPolicy(reader: MetadataReader<Field>): Policy {
  const rego = reader.text('rego')
  const path = reader.text('policyFile')
  if (rego !== undefined && path !== undefined) {
    throw reader.complaint('rego', 'stands beside policyFile', 'Keep one of the two.')
  }
  if (rego !== undefined) {
    const compiled = compileRego(rego)
    if ('bundle' in compiled) return load('rego', compiled.bundle, reader)
    const hint = 'Install opa, or compile the policy elsewhere and name the file in policyFile.'
    throw reader.complaint('rego', compiled.problem, hint)
  }
  if (path === undefined) {
    throw reader.complaint('rego', 'is missing', 'Give rego or policyFile a value.')
  }
  let file: Buffer
  try {
    file = readFileSync(path)
  } catch {
    const hint = 'A relative path starts at the folder mcpauth runs in.'
    throw reader.complaint('policyFile', 'cannot be read', hint)
  }
  return load('policyFile', file, reader)
}

function load(field: Field, file: Buffer, reader: MetadataReader<Field>): Policy {
  try {
    return loadPolicy(file)
  } catch {
    throw reader.complaint(
      field,
      `is no policy in WebAssembly with the entry point ${entryPoint}`,
      `Compile it with: opa build -t wasm -e ${entryPoint} policy.rego`,
    )
  }
}

/** Dapr sets it where a policy did not come to a result. */
const errorMark = ['x-dapr-opa-error', 'true']

function conclude(
  exchange: Exchange,
  result: Json | undefined,
  defaultStatus: number,
): Reply | undefined {
  if (result === true) return undefined
  if (result === false) return refusal(defaultStatus, 'the policy says no')
  if (!isJsonObject(result) || typeof result['allow'] !== 'boolean') {
    const reason = result === undefined ? 'no result' : 'a result that is no answer'
    return refusal(defaultStatus, reason, errorMark)
  }
  const added = headersOf(result['additional_headers'])
  const status = statusOf(result['status_code'], defaultStatus)
  if (added === undefined || status === undefined) {
    return refusal(defaultStatus, 'a header or status that cannot be sent', errorMark)
  }
  if (!result['allow']) return refusal(status, 'the policy says no', [...added].flat())
  const { headers } = exchange
  deleteSpellings(headers, new Set([...added.keys()].map((name) => dashed(name.toLowerCase()))))
  for (const [name, value] of added) headers.append(name, value)
  return undefined
}

/** Undefined when they cannot be set. */
function headersOf(value: Json | undefined): ReadonlyMap<string, string> | undefined {
  if (value === undefined || value === null) return new Map()
  if (isJsonObject(value) && Object.keys(value).length === 0) return new Map()
  const read = readHeaderMap(JSON.stringify(value))
  return 'problem' in read ? undefined : read.value
}

/** A refusal must not look like a success. Dapr takes 0 for none. */
function statusOf(value: Json | undefined, fallback: number): number | undefined {
  if (value === undefined || value === null || value === 0) return fallback
  const isRefusal =
    typeof value === 'number' && Number.isInteger(value) && value >= 300 && value <= 599
  return isRefusal && value !== 304 ? value : undefined
}

function refusal(status: number, reason: string, headers: readonly string[] = []): Reply {
  return answer({
    status,
    code: 'POLICY_DENIED',
    message: 'The policy does not allow the request.',
    reason,
    headers,
  })
}
