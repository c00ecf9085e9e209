// `mcpauth diff` shows field by field how manifests differ from what is stored.
import { resourceId } from '../../core/resource.ts'
import type { PlanStep } from '../../control-plane/plan.ts'
import { defineCommand } from '../command.ts'
import { refusal, showFindings } from '../findings.ts'
import { fileOption, outputOption, projectOption } from '../options.ts'
import { fieldChangeLine } from '../output/field-change.ts'
import { changesJson, stepJson } from '../output/plan-step.ts'
import type { Style } from '../output/style.ts'

export const diff = defineCommand({
  description:
    'Exit code 0: no difference; 1: differences; 2: a wrong command line, manifests that cannot be\n' +
    'applied, or any other failure. What is stored and not in the files is no difference. Nothing is\n' +
    'changed.',
  failureExitCode: 2,
  args: {},
  options: { file: fileOption, project: projectOption, output: outputOption },
  examples: ['mcpauth diff -f components -f config', 'mcpauth export | mcpauth diff -p copy -f -'],
  async run(context, { options }) {
    const { hasErrors, inOrder, readManifests } = await import('../../manifest/read.ts')
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const batch = await readManifests(options.file, { stdin: async () => context.stdin() })
    const { sources, resources, unreadable } = batch
    const plan = plane.plan(project, resources, { unreadable })
    const diagnostics = inOrder([...batch.diagnostics, ...plan.diagnostics], sources)
    await showFindings(context, { sources, diagnostics, format: options.output })
    if (hasErrors(diagnostics)) throw refusal(diagnostics, 'They cannot be applied.')
    const differing = plan.steps.filter(({ action }) => action !== 'unchanged')
    return {
      json: () => ({
        items: plan.steps.map((step) => stepJson(step, { changes: changesJson(step) })),
      }),
      names: () => differing.map(({ resource }) => resourceId(resource)),
      text: (style) => differing.map((step) => stepText(step, style)).join(''),
      exitCode: differing.length === 0 ? 0 : 1,
    }
  },
})

function stepText({ resource, action, changes }: PlanStep, style: Style): string {
  const id = resourceId(resource)
  if (action === 'created') return `${style.good(`${id} is new`)}\n`
  return `${id} differs\n${changes.map((change) => fieldChangeLine(change, style)).join('')}`
}
