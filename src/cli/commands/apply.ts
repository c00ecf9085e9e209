// `mcpauth apply` checks manifests and stores them: all of them, or none.
import { resourceId } from '../../core/resource.ts'
import type { BatchTexts } from '../../control-plane/applied-batches.ts'
import type { ControlPlane } from '../../control-plane/control-plane.ts'
import type { PlanStep } from '../../control-plane/plan.ts'
import type { LoadedSources } from '../../manifest/load.ts'
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { refusal, showFindings } from '../findings.ts'
import { commandNotice } from '../mcp-server-rows.ts'
import { fileOption, outputOption, projectOption, type OutputFormat } from '../options.ts'
import type { Printable } from '../output/printable.ts'
import { fieldChangeLine } from '../output/field-change.ts'
import { changesJson, stepJson } from '../output/plan-step.ts'
import { packageVersion } from '../version.ts'

export const apply = defineCommand({
  description:
    'What the files do not name stays as it is; what they name is replaced whole. With an error in any of\n' +
    'them nothing is applied. Running sidecars follow within a second.',
  args: {},
  options: {
    file: fileOption,
    'dry-run': { type: 'boolean', description: 'Show what would change and change nothing' },
    project: projectOption,
    output: outputOption,
  },
  exitCodes: { 2: 'A manifest is not valid, and nothing was stored; or the command line is wrong' },
  examples: [
    'mcpauth apply -f components -f config/oauth2-client.yaml',
    'envsubst < component.yaml | mcpauth apply -f - --dry-run',
  ],
  async run(context, { options }) {
    const { loadManifests } = await import('../../manifest/load.ts')
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const dryRun = options['dry-run']
    const loaded = await loadManifests(options.file, { stdin: async () => context.stdin() })
    const texts = [packageVersion(), ...loaded.sources.flatMap(({ file, text }) => [file, text])]
    const known = loaded.diagnostics.length === 0 ? plane.unchangedSince(project, texts) : undefined
    const steps = known ?? (await applyLoaded(context, { plane, project, loaded, texts, options }))
    if (options.output === 'table') context.notice(summary(project, steps, dryRun))
    return applied(steps, dryRun)
  },
})

interface Loaded {
  readonly plane: ControlPlane
  readonly project: string
  readonly loaded: LoadedSources
  readonly texts: BatchTexts
  readonly options: { readonly 'dry-run': boolean; readonly output: OutputFormat }
}

/** What the steps are, after telling what is to be said; throws when nothing was applied. */
async function applyLoaded(
  context: CommandContext,
  { plane, project, loaded, texts, options }: Loaded,
): Promise<readonly PlanStep[]> {
  const { hasErrors, inOrder, readLoaded } = await import('../../manifest/read.ts')
  const batch = readLoaded(loaded)
  const { resources, unreadable } = batch
  // What is wrong between the readable ones is told in the same run.
  const result =
    options['dry-run'] || hasErrors(batch.diagnostics)
      ? plane.plan(project, resources, { unreadable })
      : plane.apply(project, resources, [], batch.diagnostics.length === 0 ? texts : undefined)
  const diagnostics = inOrder([...batch.diagnostics, ...result.diagnostics], batch.sources)
  await showFindings(context, { sources: batch.sources, diagnostics, format: options.output })
  if (hasErrors(diagnostics)) throw refusal(diagnostics, 'Nothing was applied.')
  const changed = result.steps.filter(({ action }) => action !== 'unchanged')
  const ids = new Set(changed.map(({ resource }) => resourceId(resource)))
  for (const resource of resources) {
    if (resource.kind !== 'MCPServer' || !ids.has(resourceId(resource))) continue
    for (const line of commandNotice(resource)) context.notice(line)
  }
  return result.steps
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
    json: () => ({
      items: steps.map((step) =>
        dryRun ? stepJson(step, { dryRun, changes: changesJson(step) }) : stepJson(step),
      ),
    }),
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
