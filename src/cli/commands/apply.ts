// `mcpauth apply` checks manifests and stores them: all of them, or none.
import type { Diagnostic } from '../../core/diagnostic.ts'
import { McpAuthError } from '../../core/errors.ts'
import type { Json } from '../../core/json.ts'
import { resourceId } from '../../core/resource.ts'
import type { PlanStep } from '../../control-plane/plan.ts'
import type { ManifestBatch } from '../../manifest/read.ts'
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { outputOption, projectOption, type OutputFormat } from '../options.ts'
import type { Printable } from '../output/printable.ts'
import { fieldChangeLine } from '../output/field-change.ts'

export const apply = defineCommand({
  description:
    'What the files do not name stays as it is; what they name is replaced whole. With an error in any of\n' +
    'them nothing is applied. Running sidecars follow within a second.',
  args: {},
  options: {
    file: {
      type: 'strings',
      short: 'f',
      value: 'PATH',
      required: true,
      description: 'File, folder (with all below it) or - for standard input; repeatable',
    },
    'dry-run': { type: 'boolean', description: 'Show what would change and change nothing' },
    project: projectOption,
    output: outputOption,
  },
  examples: [
    'mcpauth apply -f components -f config/oauth2-client.yaml',
    'envsubst < component.yaml | mcpauth apply -f - --dry-run',
  ],
  async run(context, { options }) {
    const { hasErrors, inOrder, readManifests } = await import('../../manifest/read.ts')
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const dryRun = options['dry-run']
    const batch = await readManifests(options.file, { stdin: async () => context.stdin() })
    const { resources, unreadable } = batch
    // What is wrong between the readable ones is told in the same run.
    const result =
      dryRun || hasErrors(batch.diagnostics)
        ? plane.plan(project, resources, { unreadable })
        : plane.apply(project, resources)
    const diagnostics = inOrder([...batch.diagnostics, ...result.diagnostics], batch.sources)
    await show(context, { batch, diagnostics, format: options.output })
    if (hasErrors(diagnostics)) throw refused(diagnostics)
    if (options.output === 'table') context.notice(summary(project, result.steps, dryRun))
    return applied(result.steps, dryRun)
  },
})

interface Findings {
  readonly batch: ManifestBatch
  readonly diagnostics: readonly Diagnostic[]
  readonly format: OutputFormat
}

/** For programs, errors are in the error that ends the command. */
async function show(
  context: CommandContext,
  { batch, diagnostics, format }: Findings,
): Promise<void> {
  if (format === 'json' && diagnostics.some(({ severity }) => severity === 'error')) return
  if (diagnostics.length === 0) return
  const { renderDiagnostics } = await import('../../manifest/render.ts')
  context.world.stderr.write(renderDiagnostics(diagnostics, batch.sources, context.style))
}

function refused(diagnostics: readonly Diagnostic[]): McpAuthError {
  const count = diagnostics.filter(({ severity }) => severity === 'error').length
  return new McpAuthError(
    'MANIFEST_INVALID',
    `${count === 1 ? '1 problem' : `${count} problems`} in the manifests. Nothing was applied.`,
    { diagnostics },
  )
}

function summary(project: string, steps: readonly PlanStep[], dryRun: boolean): string {
  const counts = ['created', 'configured', 'unchanged']
    .map((action) => [steps.filter((step) => step.action === action).length, action] as const)
    .filter(([count]) => count > 0)
    .map(([count, action]) => `${count} ${action}`)
  return `Project ${project}: ${counts.join(', ')}${dryRun ? ' (dry run)' : ''}.`
}

function applied(steps: readonly PlanStep[], dryRun: boolean): Printable {
  const mark = dryRun ? ' (dry run)' : ''
  return {
    json: () => ({ items: steps.map((step) => stepJson(step, dryRun)) }),
    names: () => steps.map(({ resource }) => resourceId(resource)),
    text: (style) =>
      steps
        .flatMap(({ resource, action, changes }) => [
          `${resourceId(resource)} ${action}${mark}\n`,
          ...(dryRun ? changes.map((change) => fieldChangeLine(change, style)) : []),
        ])
        .join(''),
  }
}

function stepJson({ resource, action, changes }: PlanStep, dryRun: boolean): Json {
  const { apiVersion, kind, name } = resource
  const status = {
    action,
    ...(dryRun ? { dryRun, changes: changes.map((change) => ({ ...change })) } : {}),
  }
  return { apiVersion, kind, metadata: { name }, status }
}
