// What a shell may offer for the word at the cursor, from the declarations of the commands.
import type { ArgumentSpec, Command, Completes, OptionSpec } from '../command.ts'
import type { CommandEntry } from '../commands/entry.ts'
import { commands, groups } from '../commands/index.ts'
import { globalFlags } from '../global-flags.ts'
import { WordsBefore } from './words-before.ts'

export interface Candidate {
  readonly value: string
  readonly description: string
}

/** Words, or that the shell offers paths by itself. */
export type Offer = readonly Candidate[] | 'files' | 'folders'

export interface NameQuery {
  readonly what: Exclude<Completes, 'files' | 'folders'>
  /** As given on the line. */
  readonly project: string | undefined
  /** The arguments before the one that is completed. */
  readonly args: readonly string[]
}

export type LookUp = (query: NameQuery) => Promise<readonly string[]>

/** `words` are those after the program's name, up to the cursor; the last one may be begun or empty. */
export async function offer(words: readonly string[], lookUp: LookUp): Promise<Offer> {
  const current = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const found = await offerAfter(before[0] === 'help' ? before.slice(1) : before, current, lookUp)
  if (typeof found === 'string') return found
  const begun = current.toLowerCase()
  return found.filter(({ value }) => value.toLowerCase().startsWith(begun))
}

async function offerAfter(
  before: readonly string[],
  current: string,
  lookUp: LookUp,
): Promise<Offer> {
  const chosen = choose(before)
  if (chosen === undefined) return []
  if ('group' in chosen && !current.startsWith('-')) return wordsAfter(chosen.group)
  if (chosen.entry === undefined) return flags({})
  const command = await chosen.entry.load()
  return new CommandOffer(command, new WordsBefore(command, chosen.rest), lookUp).of(current)
}

type Chosen =
  | { readonly group: string; readonly entry?: CommandEntry; readonly rest: readonly string[] }
  | { readonly entry: CommandEntry; readonly rest: readonly string[] }

/** The command that the words name, or the group that they are in so far, or both; undefined when there is none. */
function choose(before: readonly string[]): Chosen | undefined {
  let path = ''
  let entry: CommandEntry | undefined
  for (const [index, word] of before.entries()) {
    if (word.startsWith('-')) continue
    path = path === '' ? word : `${path} ${word}`
    entry = commands.find((each) => each.path === path)
    const rest = before.slice(index + 1)
    const isGroup = commands.some((each) => each.path.startsWith(`${path} `))
    if (entry !== undefined && (!isGroup || rest[0]?.startsWith('-') === true))
      return { entry, rest }
    if (!isGroup) return undefined
  }
  return { group: path, rest: [], ...(entry === undefined ? {} : { entry }) }
}

function wordsAfter(group: string): Candidate[] {
  const prefix = group === '' ? '' : `${group} `
  const summaries = new Map<string, string>()
  for (const { path, summary } of commands) {
    if (!path.startsWith(prefix)) continue
    const [word = ''] = path.slice(prefix.length).split(' ')
    const inner = [...groups, ...commands].find((each) => each.path === `${prefix}${word}`)
    summaries.set(word, inner?.summary ?? summary)
  }
  return [...summaries].map(([value, description]) => ({ value, description }))
}

function flags(options: Command['options'], given: ReadonlySet<string> = new Set()): Candidate[] {
  const own = Object.entries(options)
    .filter(([name, { type }]) => type === 'strings' || !given.has(name))
    .map(([name, { description }]) => ({ value: `--${name}`, description }))
  const common = globalFlags.map(([value, description]) => ({ value, description }))
  return [...own, ...common, { value: '--help', description: 'Show this help' }]
}

class CommandOffer {
  readonly #command: Command
  readonly #before: WordsBefore
  readonly #lookUp: LookUp

  constructor(command: Command, before: WordsBefore, lookUp: LookUp) {
    this.#command = command
    this.#before = before
    this.#lookUp = lookUp
  }

  async of(current: string): Promise<Offer> {
    const { options, args } = this.#command
    const { open, onlyArguments, given, args: earlier } = this.#before
    if (open !== undefined) return this.#values(open)
    if (!onlyArguments && current.startsWith('-')) {
      const [flag = '', value] = current.split('=', 2)
      if (value === undefined) return flags(options, given)
      const found = await this.#values(options[flag.slice(2)])
      if (typeof found === 'string') return found
      return found.map((each) => ({ ...each, value: `${flag}=${each.value}` }))
    }
    const specs = Object.values(args)
    const last = specs.at(-1)
    const spec = specs[earlier.length] ?? (last?.takes === 'rest' ? last : undefined)
    if (spec === undefined) return onlyArguments ? [] : flags(options, given)
    return this.#values(spec)
  }

  async #values(spec: ArgumentSpec | OptionSpec | undefined): Promise<Offer> {
    if (spec === undefined) return []
    if ('choices' in spec && spec.choices !== undefined) {
      return spec.choices.map((value) => ({ value, description: '' }))
    }
    const what = 'completes' in spec ? spec.completes : undefined
    if (what === undefined) return []
    if (what === 'files' || what === 'folders') return what
    const { values, args } = this.#before
    const names = await this.#lookUp({ what, project: values.get('project'), args })
    // A name goes into the line that the shell reads.
    return names
      .filter((name) => /^[\w.:@/-]+$/.test(name))
      .map((value) => ({ value, description: '' }))
  }
}
