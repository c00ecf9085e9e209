// The command line as a tree of commands, each loaded when it is chosen.
import { Command as Node, CommanderError, Option } from 'commander'

import type { Command } from './command.ts'
import type { CommandEntry } from './commands/entry.ts'
import { commands, groups } from './commands/index.ts'
import { completeWord } from './complete/word.ts'
import { openContext, type CommandContext } from './context.ts'
import { argumentValues, declare, optionValues } from './declaration.ts'
import { globalFlags, readGlobalFlags, type GlobalFlags } from './global-flags.ts'
import { printed } from './output/print.ts'
import { hasColor, loadPalette, loadStyle, plain, type Style } from './output/style.ts'
import { report } from './report.ts'
import { usageError } from './usage-error.ts'
import { packageVersion } from './version.ts'
import type { World } from './world.ts'

/** Runs one command line. Resolves with the exit code; every failure is already reported on standard error. */
export async function runCommandLine(world: World): Promise<number> {
  if (world.argv[0] === completeWord) {
    const { runComplete } = await import('./complete/run.ts')
    await runComplete(world)
    return 0
  }
  const flags = readGlobalFlags(world.argv)
  const program = new Program(world, flags)
  try {
    return await program.run()
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    if (error instanceof CommanderError && error.code === 'commander.help') return usageExitCode
    const color = !flags.json && hasColor(world.stderr, world.env, flags.color)
    const style = await loadStyle(color).catch(() => plain)
    const failure = error instanceof CommanderError ? usageError(error) : error
    const { text, exitCode } = report(failure, { ...flags, style })
    world.stderr.write(text)
    return exitCode === failureExitCode ? program.failureExitCode : exitCode
  }
}

const usageExitCode = 2
const failureExitCode = 1

class Program {
  readonly #world: World
  readonly #flags: GlobalFlags
  readonly #entries = new Map<Node, CommandEntry>()
  #exitCode = 0
  #failureExitCode = failureExitCode

  constructor(world: World, flags: GlobalFlags) {
    this.#world = world
    this.#flags = flags
  }

  /** What the chosen command ends with when it fails. */
  get failureExitCode(): number {
    return this.#failureExitCode
  }

  async run(): Promise<number> {
    const { argv } = this.#world
    // commander's own help command shows a command before it is loaded.
    const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv
    const root = this.#root()
    await root.parseAsync([...words], { from: 'user' })
    return this.#exitCode
  }

  #root(): Node {
    const root = this.#prepare(new Node('mcpauth'))
      .description('OAuth 2.0 between MCP clients and servers, without OAuth code in them.')
      .usage('COMMAND [options]')
      .option('-V, --version', 'Show the version')
      .addHelpText(
        'after',
        '\nHelp of a command: mcpauth COMMAND --help\n' +
          'Exit codes: 0 done, 1 failed, 2 wrong command line or invalid manifest, 130 interrupted',
      )
      .on('option:version', () => {
        this.#world.stdout.write(`${packageVersion()}\n`)
        throw new CommanderError(0, 'commander.version', '')
      })
    addGlobalFlags(root)
    for (const entry of commands) {
      const words = entry.path.split(' ')
      const name = words.pop() ?? ''
      const parent = this.#group(root, words)
      // Most groups are not the one that is meant: their names are enough.
      if (words[0] !== undefined && !this.#world.argv.includes(words[0])) continue
      const node = this.#prepare(parent.command(name))
      this.#entries.set(node.description(entry.summary), entry)
    }
    return root
  }

  /** Made with the first command of it, so that the help keeps the order of the list. */
  #group(root: Node, words: readonly string[]): Node {
    const name = words.at(-1)
    if (name === undefined) return root
    const parent = this.#group(root, words.slice(0, -1))
    const made = parent.commands.find((node) => node.name() === name)
    if (made !== undefined) return made
    const summary = groups.find(({ path }) => path === words.join(' '))?.summary ?? ''
    const node = this.#prepare(parent.command(name)).description(summary).usage('COMMAND')
    addGlobalFlags(node)
    return node
  }

  #prepare(node: Node): Node {
    return node
      .helpCommand(false)
      .exitOverride()
      .enablePositionalOptions()
      .configureHelp({ subcommandTerm: (command) => command.name() })
      .configureOutput({
        writeOut: (text) => void this.#world.stdout.write(text),
        writeErr: (text) => void this.#world.stderr.write(text),
        outputError: () => {},
        getOutHelpWidth: () => helpWidth(this.#world.stdout),
        getErrHelpWidth: () => helpWidth(this.#world.stderr),
        getOutHasColors: () => false,
        getErrHasColors: () => false,
      })
      .hook('preSubcommand', async (_, child) => this.#load(child))
  }

  /** What a command takes is known only once it is chosen. */
  async #load(node: Node): Promise<void> {
    const entry = this.#entries.get(node)
    if (entry === undefined) return
    const next = this.#world.argv[this.#world.argv.indexOf(node.name()) + 1]
    const isGroup = node.commands.length > 0
    // A group that is a command too is one by its options: any other word is one of its own commands, or a mistake.
    if (isGroup && next !== undefined && !next.startsWith('-')) return
    const command = await entry.load()
    declare(node, command)
    addGlobalFlags(node)
    if (isGroup && next === undefined && entry.runsAlone !== true) return
    node.action(async () => {
      this.#failureExitCode = command.failureExitCode ?? failureExitCode
      this.#exitCode = await this.#execute(command, node)
    })
  }

  async #execute(command: Command, node: Node): Promise<number> {
    const { stderr, stdout, env } = this.#world
    const { color } = this.#flags
    const style = await loadStyle(hasColor(stderr, env, color))
    const outputStyle = (): Promise<Style> => loadStyle(hasColor(stdout, env, color))
    const palette = (): ReturnType<typeof loadPalette> => loadPalette(hasColor(stdout, env, color))
    const context = openContext(this.#world, { style, outputStyle, palette })
    try {
      const options = optionValues(command, node)
      const result = await command.run(context, { args: argumentValues(command, node), options })
      if (options['wait'] === true) await waitForSidecars(context, options['project'])
      if (typeof result === 'number') return result
      if (result === undefined) return 0
      if (typeof result === 'string') {
        stdout.write(result)
        return 0
      }
      stdout.write(await printed(result, options['output'], await outputStyle()))
      return result.exitCode ?? 0
    } finally {
      context.close()
    }
  }
}

async function waitForSidecars(context: CommandContext, project: unknown): Promise<void> {
  const plane = await context.controlPlane()
  const { takenOver } = await import('../dev/taken-over.ts')
  await takenOver(
    plane,
    plane.resolveProject(typeof project === 'string' ? project : undefined).name,
  )
}

/** Last, so that they stand below what is the command's own. */
function addGlobalFlags(node: Node): void {
  const options = globalFlags.map(([flag, description]) => new Option(flag, description))
  for (const option of options) node.addOption(option.helpGroup(globalHeading))
  node.addHelpOption(new Option('-h, --help', 'Show this help').helpGroup(globalHeading))
}

const globalHeading = 'Global options:'

/** Help in a pipe or a file reads the same everywhere. */
function helpWidth(stream: NodeJS.WriteStream): number {
  return stream.isTTY ? stream.columns : 100
}
