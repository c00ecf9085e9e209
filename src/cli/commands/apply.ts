// `mcpauth apply` checks manifests and stores them: all of them, or none.
import { resourceId } from '../../core/resource.ts'
import type { PlanStep } from '../../control-plane/plan.ts'
import { defineCommand } from '../command.ts'
import { refusal, showFindings } from '../findings.ts'
import { commandNotice } from '../mcp-server-rows.ts'
import { fileOption, outputOption, projectOption } from '../options.ts'
import type { Printable } from '../output/printable.ts'
import { fieldChangeLine } from '../output/field-change.ts'
import { changesJson, stepJson } from '../output/plan-step.ts'

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
    await showFindings(context, { sources: batch.sources, diagnostics, format: options.output })
    if (hasErrors(diagnostics)) throw refusal(diagnostics, 'Nothing was applied.')
    const changed = result.steps.filter(({ action }) => action !== 'unchanged')
    const ids = new Set(changed.map(({ resource }) => resourceId(resource)))
    for (const resource of resources) {
      if (resource.kind !== 'MCPServer' || !ids.has(resourceId(resource))) continue
      for (const line of commandNotice(resource)) context.notice(line)
    }
    if (options.output === 'table') context.notice(summary(project, result.steps, dryRun))
    return applied(result.steps, dryRun)
  },
})

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
