// Secrets that the file of a linted secret store does not have. Whoever lints reads the files; nothing is read here.
import { componentType } from '../../core/component.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import { localFileStore, missingFileSecret } from '../../core/file-secrets.ts'
import type { JsonObject } from '../../core/json.ts'
import { toProblem } from '../finding.ts'
import { toDiagnostic } from '../problem.ts'
import type { KnownResource, LintSet } from './lint-set.ts'

/**
 * The flattened names of the secrets in the file of a `secretstores.local.file`, or why it cannot be read; undefined
 * when nothing is known of it.
 */
export type SecretKeys = (
  store: JsonObject,
) => ReadonlySet<string> | { readonly message: string; readonly hint?: string } | undefined

export function fileSecretFindings(set: LintSet, secretKeys: SecretKeys): Diagnostic[] {
  // Catalyst has no files.
  if (set.target === 'catalyst') return []
  return set.linted().flatMap(({ resource, document, source, lines }) =>
    resource.references.flatMap((reference): Diagnostic[] => {
      if (reference.to !== 'secret' || reference.store === undefined) return []
      const store = lintedStore(set, reference.store)
      const keys = store === undefined ? undefined : secretKeys(store.manifest)
      if (store === undefined || keys === undefined) return []
      const problem =
        'message' in keys
          ? { ...keys, rule: 'secrets-file-unreadable' }
          : missingFileSecret(store, keys, reference)
      if (problem === undefined) return []
      const finding = toProblem({ ...problem, pointer: reference.pointer }, document)
      return [toDiagnostic(finding, source.file, lines)]
    }),
  )
}

/** The linted store of that name, if it is clear which one it is. */
function lintedStore(set: LintSet, name: string): KnownResource | undefined {
  if (set.isOpen('Component', name)) return undefined
  const store = set.linted('Component').find(({ resource }) => resource.name === name)?.resource
  return store !== undefined && componentType(store.manifest) === localFileStore ? store : undefined
}
