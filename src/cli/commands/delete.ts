// `mcpauth delete` deletes what manifests name: all of it, or nothing.
import { resourceId } from '../../core/resource.ts'
import type { DeleteStep } from '../../control-plane/delete.ts'
import { defineCommand } from '../command.ts'
import { confirm } from '../confirm.ts'
import { refusal, showFindings } from '../findings.ts'
import { confirmOptions, fileOption, forceOption, outputOption, projectOption } from '../options.ts'
import type { Printable } from '../output/printable.ts'

export const deleteResources = defineCommand({
  description:
    'Kind and name of each valid manifest count, nothing else in it. While a resource that the files\n' +
    'do not name uses one of theirs, everything is kept, unless forced. Secrets are deleted with\n' +
    '"mcpauth secret delete".',
  args: {},
  options: {
    file: fileOption,
    'ignore-not-found': { type: 'boolean', description: 'What does not exist is no error' },
    force: forceOption,
    ...confirmOptions,
    project: projectOption,
    output: outputOption,
  },
  examples: ['mcpauth delete -f components -f config --yes'],
  async run(context, { options }) {
    const { readManifests } = await import('../../manifest/read.ts')
    const plane = await context.controlPlane()
    const project = plane.resolveProject(options.project).name
    const batch = await readManifests(options.file, { stdin: async () => context.stdin() })
    // Warnings are about how a resource works.
    const diagnostics = batch.diagnostics.filter(({ severity }) => severity === 'error')
    if (diagnostics.length > 0) {
      await showFindings(context, { sources: batch.sources, diagnostics, format: options.output })
      throw refusal(diagnostics, 'Nothing was deleted.')
    }
    const { resources } = batch
    const rules = { force: options.force, ignoreNotFound: options['ignore-not-found'] }
    const planned = plane.resources.planDeletion(project, resources, rules)
    const doomed = planned.filter(({ action }) => action === 'deleted')
    if (doomed.length > 0) {
      const names = doomed.map((step) => resourceId(step)).join(', ')
      const inAdvance = options.yes || options.approve || options.force
      await confirm(context, `Delete ${names} of project "${project}"?`, inAdvance)
    }
    const apiVersions = new Map(resources.map((one) => [resourceId(one), one.apiVersion]))
    return report(plane.resources.deleteAll(project, resources, rules), apiVersions)
  },
})

function report(steps: readonly DeleteStep[], apiVersions: ReadonlyMap<string, string>): Printable {
  return {
    json: () => ({
      items: steps.map((step) => ({
        apiVersion: apiVersions.get(resourceId(step)) ?? '',
        kind: step.kind,
        metadata: { name: step.name },
        status: { status: step.action },
      })),
    }),
    names: () => steps.map((step) => resourceId(step)),
    text: () => steps.map((step) => `${resourceId(step)} ${step.action}\n`).join(''),
  }
}
