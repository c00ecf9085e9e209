// `mcpauth lint` checks manifests without applying them: offline, with no project unless one is named.
import { McpAuthError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { LintOptions, LintResult } from '../../manifest/lint/lint.ts'
import { targets } from '../../manifest/lint/rule.ts'
import { defineCommand, type CommandInput } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { lintFormats, loadFormat, rulePage } from '../lint/format.ts'
import type { SecretTarget } from '../lint/fix-files.ts'

const args = {
  path: {
    takes: 'rest',
    completes: 'files',
    description: 'Files and folders, or - for standard input; the current folder unless given',
  },
} as const

const options = {
  file: {
    type: 'strings',
    short: 'f',
    value: 'PATH',
    completes: 'files',
    description: 'The same as PATH, as other commands take it; repeatable',
  },
  target: {
    type: 'string',
    value: 'TARGET',
    choices: targets,
    default: 'mcpauth',
    description: 'Where the manifests are meant to run',
  },
  project: {
    type: 'string',
    short: 'p',
    value: 'NAME',
    completes: 'projects',
    description: 'Resolve references against what is stored in this project as well',
  },
  format: {
    type: 'string',
    value: 'FORMAT',
    choices: lintFormats,
    description: 'How to print findings; default: github under GitHub Actions, else pretty',
  },
  rule: {
    type: 'strings',
    value: 'RULE=LEVEL',
    description: 'Set a rule to off, warn or error; repeatable',
  },
  'max-warnings': {
    type: 'integer',
    value: 'N',
    min: 0,
    description: 'Fail when there are more warnings than this; default: any number is fine',
  },
  quiet: { type: 'boolean', short: 'q', description: 'Print errors only' },
  fix: {
    type: 'boolean',
    description:
      'Correct in place what is mechanical; with --project also move secrets out of manifests into its store',
  },
  watch: { type: 'boolean', short: 'w', description: 'Check again after every edit, until Ctrl-C' },
} as const

type LintInput = CommandInput<typeof args, typeof options>

export const lint = defineCommand({
  description:
    'Every problem is reported at file:line:column with its rule; docs/rules has a page for each. ' +
    'Folders are searched for manifests and run files, less what .gitignore names; Helm templates and manifests of other tools in ' +
    'them are skipped. A secretKeyRef is looked for in the file of a secretstores.local.file among them, if the file is ' +
    'there. A comment "# mcpauth-ignore RULE -- REASON" silences a rule on the next line.',
  args,
  options,
  exitCodes: {
    1: 'A path could not be read, or the project or a file to correct could not be used',
    2: 'Findings that fail: errors, or more warnings than --max-warnings; or the command line is wrong',
  },
  examples: [
    'mcpauth lint',
    'mcpauth lint components config --target dapr --max-warnings 0',
    'mcpauth lint --format sarif > mcpauth.sarif',
    'mcpauth lint --fix --project my-project',
  ],
  async run(context, input) {
    const paths = [...input.args.path, ...input.options.file]
    const named = paths.length === 0 ? ['.'] : paths
    if (input.options.fix && named.includes('-')) {
      throw new McpAuthError(
        'USAGE',
        'What comes from standard input cannot be corrected in place.',
        {
          hint: 'Name files or folders with --fix.',
        },
      )
    }
    const run = await prepare(context, input, named)
    if (!input.options.watch) return run()
    return watch(context, named, run)
  },
})

/** Corrections that uncover others; more than manifests are deep in practice. */
const fixRounds = 10

/** One run over the paths: prints the findings, resolves with the exit code. */
async function prepare(
  context: CommandContext,
  { options: given }: LintInput,
  paths: readonly string[],
): Promise<() => Promise<number>> {
  const { lintTexts } = await import('../../manifest/lint/lint.ts')
  const { loadManifests } = await import('../../manifest/load.ts')
  const { secretNames } = await import('../../control-plane/secrets-file.ts')
  const { readLevels } = await import('../lint/levels.ts')
  const format = given.format ?? (onGitHub(context) ? 'github' : 'pretty')
  const formatted = await loadFormat(format)
  const style = await context.outputStyle()
  const levels = readLevels(given.rule)
  const target = await projectOf(context, given.project)
  const check = async (): Promise<LintResult> => {
    const loaded = await loadManifests(paths, {
      stdin: async () => context.stdin(),
      gitIgnore: true,
    })
    // Read once a run: references to one store are many.
    const names = new Map<JsonObject, ReturnType<typeof secretNames>>()
    const secretKeys = (store: JsonObject): ReturnType<typeof secretNames> => {
      if (!names.has(store)) names.set(store, secretNames(store, context.world.cwd))
      return names.get(store)
    }
    const stored = target === undefined ? {} : { stored: storedIn(target) }
    return lintTexts(
      loaded.sources,
      { target: given.target, levels, secretKeys, ...stored },
      loaded.diagnostics,
    )
  }
  return async () => {
    let result = await check()
    if (given.fix) {
      const { fixFiles } = await import('../lint/fix-files.ts')
      let count = 0
      // What a misspelt field holds is looked at once the field is right.
      for (let round = 0; round < fixRounds; round += 1) {
        const made = await fixFiles(result, target)
        if (made === 0) break
        count += made
        result = await check()
      }
      context.notice(`${count} ${count === 1 ? 'problem' : 'problems'} corrected.`)
    }
    const { findings, sources } = result
    const shown = given.quiet ? findings.filter(({ severity }) => severity === 'error') : findings
    context.world.stdout.write(formatted({ findings: shown, sources, style }))
    context.notice(summary(result))
    const [first] = shown
    if (format === 'pretty' && first !== undefined) {
      const page = rulePage(first.rule)
      context.notice(`What a rule means: ${page}, or mcpauth explain ${first.rule}`)
    }
    return exitCode(result, given['max-warnings'])
  }
}

function onGitHub({ world }: CommandContext): boolean {
  return world.env['GITHUB_ACTIONS'] === 'true'
}

async function projectOf(
  context: CommandContext,
  name: string | undefined,
): Promise<SecretTarget | undefined> {
  if (name === undefined) return undefined
  const plane = await context.controlPlane()
  return { plane, project: plane.resolveProject(name).name }
}

function storedIn({ plane, project }: SecretTarget): NonNullable<LintOptions['stored']> {
  return {
    project,
    resources: plane.resources.list(project),
    diagnose: (resources, unreadable) => plane.plan(project, resources, { unreadable }).diagnostics,
  }
}

function summary({ findings, documents, skipped }: LintResult): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const left = [
    ...(skipped.files > 0 ? [counted(skipped.files, 'file')] : []),
    ...(skipped.documents > 0 ? [counted(skipped.documents, 'document')] : []),
  ]
  const rest = left.length === 0 ? '' : `; skipped ${left.join(' and ')} of other tools`
  const found =
    findings.length === 0
      ? 'no findings'
      : `${counted(errors, 'error')}, ${counted(findings.length - errors, 'warning')}`
  return `${counted(documents, 'manifest')} checked: ${found}${rest}.`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Nothing can be said of what could not be read: that is another failure than a finding. */
function exitCode({ findings }: LintResult, maxWarnings: number | undefined): number {
  if (findings.some(({ rule, severity }) => rule === 'unreadable' && severity === 'error')) return 1
  const warnings = findings.filter(({ severity }) => severity === 'warning').length
  const failed = warnings < findings.length || warnings > (maxWarnings ?? Infinity)
  return failed ? 2 : 0
}

async function watch(
  context: CommandContext,
  paths: readonly string[],
  run: () => Promise<number>,
): Promise<number> {
  const { fingerprint, watchPaths } = await import('../../dev/watch.ts')
  const stop = new AbortController()
  const stopSignals = context.world.onSignal(() => stop.abort())
  try {
    const seen = await fingerprint(paths)
    await run()
    const again = async (): Promise<boolean> => {
      await run()
      return true
    }
    await watchPaths({ paths, seen }, again, stop.signal)
    return 130
  } finally {
    stopSignals()
  }
}
