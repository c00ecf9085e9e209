// A command's arguments and options as commander wants them declared, and their values as the command wants them.
import { Argument, InvalidArgumentError, Option, type Command as Node } from 'commander'

import { McpAuthError } from '../core/errors.ts'
import type {
  ArgumentSpec,
  ArgumentSpecs,
  Command,
  CommandInput,
  OptionSpec,
  OptionSpecs,
} from './command.ts'

export function declare(node: Node, command: Command): void {
  node.description(`${node.description()}\n\n${command.description}`)
  for (const [name, spec] of Object.entries(command.args)) node.addArgument(argument(name, spec))
  for (const [name, spec] of Object.entries(command.options)) node.addOption(option(name, spec))
  if (command.passThrough === true) node.passThroughOptions()
  const exitCodes = Object.entries(command.exitCodes ?? {})
    .map(([code, meaning]) => `  ${code.padEnd(5)}  ${meaning}\n`)
    .join('')
  if (exitCodes !== '') node.addHelpText('after', `\nExit codes:\n${exitCodes.trimEnd()}`)
  const examples = command.examples.map((example) => `  ${example}`).join('\n')
  node.addHelpText('after', `\nExamples:\n${examples}`)
}

type Values = CommandInput<ArgumentSpecs, OptionSpecs>

/** After parsing: what was given for each argument. */
export function argumentValues(command: Command, node: Node): Values['args'] {
  const given: readonly unknown[] = node.processedArgs
  return Object.fromEntries(
    Object.keys(command.args).map((name, index) => {
      const value = given[index]
      return [name, Array.isArray(value) ? value.map(String) : textOrNothing(value)]
    }),
  )
}

/** After parsing: what was given for each option. Throws USAGE when a required one is missing. */
export function optionValues(command: Command, node: Node): Values['options'] {
  return Object.fromEntries(
    Object.entries(command.options).map(([name, spec]) => {
      const declared = option(name, spec)
      const stored: unknown = node.getOptionValue(declared.attributeName())
      // commander keeps `--no-x` as the value of `x`, which it takes away.
      const value = declared.negate ? stored === false : stored
      if (value === undefined && isRequired(spec)) throw missing(name, spec)
      return [name, optionValue(spec.type, value)]
    }),
  )
}

function optionValue(type: OptionSpec['type'], value: unknown): Values['options'][string] {
  if (type === 'boolean') return value === true
  if (type === 'strings') return Array.isArray(value) ? value.map(String) : []
  if (type === 'integer') return typeof value === 'number' ? value : undefined
  return textOrNothing(value)
}

function textOrNothing(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function argument(name: string, { takes, description, choices }: ArgumentSpec): Argument {
  const shown = name.toUpperCase()
  const forms = { one: `<${shown}>`, optional: `[${shown}]`, rest: `[${shown}...]` }
  const result = new Argument(forms[takes], description)
  return choices === undefined ? result : result.choices(choices)
}

function option(name: string, spec: OptionSpec): Option {
  const short = spec.short === undefined ? '' : `-${spec.short}, `
  if (spec.type === 'boolean') return new Option(`${short}--${name}`, spec.description)
  const description = isRequired(spec) ? `${spec.description} (required)` : spec.description
  const result = new Option(`${short}--${name} <${spec.value}>`, description)
  if (spec.type === 'string') {
    if (spec.choices !== undefined) result.choices(spec.choices)
    if (spec.default !== undefined) result.default(spec.default)
  } else if (spec.type === 'strings') {
    result.argParser((value, previous: readonly string[] | undefined) => [
      ...(previous ?? []),
      value,
    ])
  } else {
    const { min, max = Number.MAX_SAFE_INTEGER } = spec
    result.argParser((value) => wholeNumber(value, min, max))
  }
  return result
}

/** commander would complain of what is missing before what is misspelt. */
function isRequired(spec: OptionSpec): boolean {
  return spec.type !== 'boolean' && spec.required === true
}

function missing(name: string, spec: OptionSpec): McpAuthError {
  return new McpAuthError('USAGE', `The option --${name} is missing.`, {
    hint: `Give it: ${option(name, spec).flags}`,
  })
}

function wholeNumber(text: string, min: number, max: number): number {
  const number = Number(text)
  if (/^-?\d+$/.test(text) && number >= min && number <= max) return number
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min} on` : `from ${min} to ${max}`
  throw new InvalidArgumentError(`Give a whole number ${range}.`)
}
