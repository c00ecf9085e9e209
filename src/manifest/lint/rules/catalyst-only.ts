// A resource of a kind that only Catalyst and this tool have.
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'

export const catalystOnly: LintRule = {
  id: 'catalyst-only',
  severity: 'warning',
  summary: 'A resource of a kind that Dapr does not have',
  why:
    'Dapr ignores documents of kinds that it does not know, without a word. What an AppIdentity says, such as which ' +
    'Configuration an App ID runs with, has to be told to the sidecar itself: a pipeline that nothing attaches guards ' +
    'nothing.',
  targets: ['dapr'],
  check(set, report) {
    for (const on of set.linted()) {
      const { apiVersion, kind, name } = on.resource
      if (!apiVersion.startsWith('cra.diagrid.io/')) continue
      report(on, {
        pointer: '/kind',
        message: `Dapr has no ${kind} of ${apiVersion} and ignores ${quote(name)}.`,
        hint:
          hints.get(kind) ?? 'Keep it out of what Dapr reads, and do there without what it is for.',
      })
    }
  },
}

const hints: ReadonlyMap<string, string> = new Map([
  [
    'AppIdentity',
    'Give the sidecar its settings: --config and --app-port of dapr run, or the annotations that mcpauth export --target kubernetes writes.',
  ],
  ['Pubsub', 'Use a Component of a pubsub type.'],
  ['KVStore', 'Use a Component of a state type.'],
  ['WorkflowAccessPolicy', 'Write apiVersion dapr.io/v1alpha1.'],
])
