// What has to be said about exported documents, and the Kubernetes Secrets that they need.
import { createHash } from 'node:crypto'

import { isKubernetesName } from '../../../core/names.ts'
import { isLoopback } from '../../../core/trusted-url.ts'

export class Notes {
  /** For the document. */
  readonly comments: string[] = []
  /** Those of them that are lost or differ, for whoever exports. */
  readonly warnings: string[] = []

  /** Something to know that loses nothing. */
  remark(text: string): void {
    this.comments.push(text)
  }

  /** Something that Dapr does not do, or that has to be done by hand. */
  warn(text: string): void {
    this.comments.push(`NOTE: ${text}`)
    this.warnings.push(text)
  }

  /** Not renamed: Configurations and callers write the name, and it would be another resource here. */
  warnOfName(name: string): void {
    if (isKubernetesName(name)) return
    this.warn(
      `Kubernetes refuses the name "${name}": use lower-case letters, digits, "-" and ".", here and where it is referred to.`,
    )
  }

  /** A pod has a loopback address of its own. */
  warnOfLoopback(field: string, url: string): void {
    if (!isLoopback(URL.parse(url)?.hostname ?? '')) return
    this.warn(`${field} leads to this machine; in a pod that is the pod itself.`)
  }
}

/** Names and keys of Kubernetes Secrets, by name. */
export class SecretList {
  readonly #keys = new Map<string, Set<string>>()

  /** Notes that `key` of the Secret `name` is needed; returns both as Kubernetes takes them. */
  need(name: string, key: string): { readonly name: string; readonly key: string } {
    const fit = { name: fitName(name), key: fitKey(key) }
    const keys = this.#keys.get(fit.name) ?? new Set()
    this.#keys.set(fit.name, keys.add(fit.key))
    return fit
  }

  all(): { readonly name: string; readonly keys: readonly string[] }[] {
    return [...this.#keys]
      .map(([name, keys]) => ({ name, keys: [...keys].toSorted() }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }
}

/** Secrets are DNS subdomains there, in lower case; the built-in store takes more. */
function fitName(name: string): string {
  if (isKubernetesName(name)) return name
  const base = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
  return [...(base === '' ? [] : [base.slice(0, 200)]), fingerprint(name)].join('-')
}

function fitKey(key: string): string {
  if (/^[\w.-]{1,253}$/.test(key) && !key.startsWith('..') && key !== '.') return key
  return `${key.replaceAll(/[^\w-]/g, '_').slice(0, 200)}-${fingerprint(key)}`
}

/** Keeps names apart that become equal otherwise, the same way in every export. */
function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
