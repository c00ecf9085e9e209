// What a command is: its arguments and options as data, from which their types follow, and what it does.
import type { CommandContext } from './context.ts'
import type { Printable } from './output/printable.ts'

/** What a shell offers for a value beyond its choices. */
export type Completes =
  | 'files'
  | 'folders'
  | 'projects'
  | 'app-ids'
  | 'components'
  | 'configurations'
  | 'httpendpoints'
  | 'mcpservers'
  | 'resiliencies'
  | 'secrets'
  | 'secret-keys'
  | 'schemas'
  | 'errors'

interface OptionBase {
  readonly description: string
  /** One letter. */
  readonly short?: string
}

interface ValueOption extends OptionBase {
  /** What the value is called in the help, such as `NAME`. */
  readonly value: string
  readonly completes?: Completes
  readonly required?: boolean
}

/** `strings` may be given more than once. */
export type OptionSpec =
  | (OptionBase & { readonly type: 'boolean' })
  | (ValueOption & {
      readonly type: 'string'
      readonly choices?: readonly string[]
      readonly default?: string
    })
  | (ValueOption & { readonly type: 'integer'; readonly min: number; readonly max?: number })
  | (ValueOption & { readonly type: 'strings' })

/** `rest` takes all that follow, none included. */
export type ArgumentSpec = {
  readonly description: string
  readonly choices?: readonly string[]
  readonly completes?: Completes
} & ({ readonly takes: 'one' } | { readonly takes: 'optional' } | { readonly takes: 'rest' })

/** By name; in the order in which they are given. */
export type ArgumentSpecs = Readonly<Record<string, ArgumentSpec>>
/** By long name, without the dashes. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>

type OptionValue<Spec extends OptionSpec> = Spec extends { readonly type: 'boolean' }
  ? boolean
  : Spec extends { readonly type: 'strings' }
    ? readonly string[]
    : Presence<Spec, Spec extends { readonly type: 'integer' } ? number : ChoiceOf<Spec>>

type Presence<Spec, Value> = Spec extends { readonly required: true } | { readonly default: string }
  ? Value
  : Value | undefined

type ArgumentValue<Spec extends ArgumentSpec> = Spec extends { readonly takes: 'rest' }
  ? readonly string[]
  : Spec extends { readonly takes: 'optional' }
    ? ChoiceOf<Spec> | undefined
    : ChoiceOf<Spec>

type ChoiceOf<Spec> = Spec extends { readonly choices: readonly (infer Choice)[] } ? Choice : string

export interface CommandInput<Arguments extends ArgumentSpecs, Options extends OptionSpecs> {
  readonly args: { readonly [Name in keyof Arguments]: ArgumentValue<Arguments[Name]> }
  readonly options: { readonly [Name in keyof Options]: OptionValue<Options[Name]> }
}

/** What to print on standard output, as it is when it is a text; or the exit code, 0 when there is none; or both. */
export type CommandResult =
  | (Printable & { readonly exitCode?: number })
  | string
  | number
  | undefined

export interface CommandSpec<Arguments extends ArgumentSpecs, Options extends OptionSpecs> {
  /** Shown in the help below the summary. */
  readonly description: string
  readonly args: Arguments
  readonly options: Options
  /** Those that mean something else, or something more exact, than with every command: code → meaning. */
  readonly exitCodes?: Readonly<Record<string, string>>
  /** Whole command lines, at least one. */
  readonly examples: readonly string[]
  /** The exit code of failures that would end in 1, where 1 says something else. */
  readonly failureExitCode?: number
  /** Options after the first argument belong to another program and are passed on as they are. */
  readonly passThrough?: boolean
  run(
    context: CommandContext,
    input: CommandInput<Arguments, Options>,
  ): Promise<CommandResult> | CommandResult
}

/** A command whatever its arguments and options are. */
export type Command = CommandSpec<ArgumentSpecs, OptionSpecs>

/** `input` of `run` is typed from `args` and `options`. */
export function defineCommand<
  const Arguments extends ArgumentSpecs,
  const Options extends OptionSpecs,
>(spec: CommandSpec<Arguments, Options>): CommandSpec<Arguments, Options> {
  return spec
}
