// Kinds of Dapr and Catalyst that nothing here runs: their envelope is checked, and they are kept.
import { credentialPointers } from '../credentials.ts'
import type { Kind } from './kind.ts'

const dapr = ['dapr.io/v1alpha1']
const catalyst = ['cra.diagrid.io/v1beta1', 'cra.diagrid.io/v1alpha1', 'cra.diagrid.io/v1']

export const storedKinds: readonly Kind[] = [
  stored('Subscription', ['dapr.io/v2alpha1', 'dapr.io/v1alpha1']),
  stored('WorkflowAccessPolicy', [...dapr, ...catalyst]),
  ...['Project', 'Pubsub', 'KVStore', 'Agent', 'App', 'TokenBudget'].map((kind) =>
    stored(kind, catalyst),
  ),
]

function stored(kind: string, apiVersions: readonly string[]): Kind {
  return {
    kind,
    apiVersions,
    naming: 'subdomain',
    check(_manifest, report) {
      report({
        severity: 'warning',
        rule: 'not-run',
        pointer: '/kind',
        message: `${kind} is stored but not run here.`,
      })
    },
    sensitive: (manifest) => credentialPointers(manifest),
  }
}
