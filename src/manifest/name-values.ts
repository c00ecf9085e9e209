// The `{name, value | secretKeyRef | envRef}` items of Components and HTTPEndpoints, and secret references.
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { variableProblem } from '../core/environment-variables.ts'
import { isSecretName, secretNameRule } from '../core/names.ts'
import type { Reference } from '../core/resource.ts'
import { joinPointer } from '../core/pointer.ts'
import { textAt } from './access.ts'
import { sentence, type Report } from './finding.ts'
import { quote } from './problem.ts'

const origins = ['value', 'secretKeyRef', 'envRef'] as const

/**
 * Reports an item that does not get its value from exactly one place, or from one that cannot be; `store` is the secret
 * store of its resource, undefined the built-in one.
 */
export function checkOrigin(
  item: Json,
  { pointer, store }: { readonly pointer: string; readonly store: string | undefined },
  report: Report,
): void {
  if (!isJsonObject(item)) return
  const present = origins.filter((key) => Object.hasOwn(item, key))
  const label = typeof item['name'] === 'string' ? quote(item['name']) : 'The item'
  // Dapr lets one of them win; which one depends on whether another is empty.
  const second = present[1]
  if (second !== undefined) {
    report({
      rule: 'several-values',
      pointer: joinPointer(pointer, second),
      at: 'key',
      message: `${label} has both ${present.join(' and ')}.`,
      hint: 'Keep one of them.',
    })
  }
  const known = new Set<string>(['name', ...origins])
  if (present.length === 0 && Object.keys(item).every((key) => known.has(key))) {
    report({
      rule: 'no-value',
      pointer,
      message: `${label} has no value.`,
      hint: 'Add value, secretKeyRef or envRef.',
    })
  }
  checkEnvRef(item, pointer, report)
  if (store === undefined) checkSecretName(item, pointer, report)
}

function checkEnvRef(item: JsonObject, pointer: string, report: Report): void {
  const name = textAt(item, 'envRef')
  if (name === undefined) return
  const problem = variableProblem(name)
  if (problem === undefined) return
  const label = `The environment variable ${quote(name)}`
  report({ rule: 'env-ref', pointer: `${pointer}/envRef`, ...sentence(label, problem) })
}

/** Reports a secret that the built-in store cannot hold; other stores have names of their own. */
function checkSecretName(item: Json, pointer: string, report: Report): void {
  for (const field of ['name', 'key']) {
    const text = textAt(item, 'secretKeyRef', field)
    if (text === undefined || text === '' || isSecretName(text)) continue
    report({
      rule: 'secret-name',
      pointer: `${pointer}/secretKeyRef/${field}`,
      message: `secretKeyRef.${field} ${quote(text)} cannot name a secret of the built-in store.`,
      hint: `Use ${secretNameRule}, or name another store in auth.secretStore.`,
    })
  }
}

/** The secret that `item.secretKeyRef` names, as a reference. */
export function secretReference(
  item: Json | undefined,
  pointer: string,
  store: string | undefined,
): Reference[] {
  const name = textAt(item, 'secretKeyRef', 'name')
  if (name === undefined) return []
  const key = textAt(item, 'secretKeyRef', 'key') ?? name
  return [{ pointer: `${pointer}/secretKeyRef/name`, to: 'secret', store, name, key }]
}

/** What `auth.secretStore` and `scopes` of a manifest refer to. */
export function envelopeReferences(manifest: JsonObject): Reference[] {
  const store = textAt(manifest, 'auth', 'secretStore')
  const scopes = manifest['scopes']
  return [
    ...(store === undefined
      ? []
      : [{ pointer: '/auth/secretStore', to: 'secret-store', name: store } as const]),
    ...(Array.isArray(scopes) ? (scopes as readonly Json[]) : []).flatMap((scope, index) =>
      typeof scope === 'string'
        ? [{ pointer: `/scopes/${index}`, to: 'app-id', name: scope } as const]
        : [],
    ),
  ]
}
