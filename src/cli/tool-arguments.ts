// Arguments of a tool as the command line gives them: one by one, or as JSON.
import { McpAuthError } from '../core/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { parseStrictJson } from '../core/strict-json.ts'

export const argumentOptions = {
  arg: {
    type: 'strings',
    value: 'NAME=VALUE',
    description: 'Argument of the tool: JSON, or else text; repeatable',
  },
  args: {
    type: 'string',
    value: 'JSON',
    description: 'All arguments as a JSON object; --arg goes over it',
  },
} as const

const deepest = 128

/** `a=1` is the number, `a="1"` and `a=x` are texts. Throws USAGE. */
export function toolArguments({
  arg,
  args,
}: {
  readonly arg: readonly string[]
  readonly args: string | undefined
}): JsonObject {
  const base = args === undefined ? {} : jsonOf(args)
  if (!isJsonObject(base)) {
    throw new McpAuthError('USAGE', '--args is no JSON object.', {
      hint: `Write it as one, in quotes: --args '{"a": 1}'.`,
    })
  }
  return { ...base, ...Object.fromEntries(arg.map(pairOf)) }
}

function pairOf(text: string): [string, Json] {
  const [, name, value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (name !== undefined) return [name, jsonOf(value) ?? value]
  throw new McpAuthError('USAGE', 'An --arg is not of the form NAME=VALUE.', {
    hint: 'Write the name, "=" and the value.',
  })
}

/** Undefined for what is no JSON, or could be read in two ways. */
function jsonOf(text: string): Json | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what was parsed from JSON is JSON
  return parseStrictJson(Buffer.from(text), deepest)?.value as Json | undefined
}
