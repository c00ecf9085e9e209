// A secret reference that says nothing about its store, which only Kubernetes has a default for.
import type { JsonObject } from '../../../core/json.ts'
import { namedItems } from '../../../core/component.ts'
import { textAt, valueAt } from '../../../core/pointer.ts'
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'

export const secretStoreMissing: LintRule = {
  id: 'secret-store-missing',
  severity: 'warning',
  summary: 'A secretKeyRef without auth.secretStore',
  why:
    'On Kubernetes Dapr takes the store "kubernetes" then. Everywhere else it looks for a store without a name, logs a ' +
    'warning, leaves this setting and those after it unresolved, and starts the component all the same. Here the ' +
    'built-in store is meant.',
  targets: ['dapr'],
  check(set, report) {
    for (const kind of ['Component', 'HTTPEndpoint']) {
      for (const on of set.linted(kind)) {
        const { manifest, name } = on.resource
        if (textAt(manifest, '/auth/secretStore') !== undefined) continue
        const pointer = firstReference(manifest)
        if (pointer === undefined) continue
        report(on, {
          pointer,
          at: 'key',
          message: `${kind} ${quote(name)} names no secret store: outside of Kubernetes Dapr does not find its secrets.`,
          hint: 'Add auth with secretStore, the name of a secret store Component.',
        })
      }
    }
  },
}

function firstReference(manifest: JsonObject): string | undefined {
  const items = ['/spec/metadata', '/spec/headers'].flatMap((list) => namedItems(manifest, list))
  const places = [
    ...items.map(({ pointer }) => pointer),
    ...['rootCA', 'certificate', 'privateKey'].map((name) => `/spec/clientTLS/${name}`),
  ].map((place) => `${place}/secretKeyRef`)
  return places.find((pointer) => valueAt(manifest, pointer) !== undefined)
}
