// The grammars of the names that users choose.

/** App IDs and projects: a DNS label (RFC 1123), as Dapr and Kubernetes want them. */
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Resources: a DNS subdomain (RFC 1123), as Kubernetes wants it. */
const subdomain =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/

/** Dapr outside of Kubernetes takes upper case and "_" as well. */
const segment =
  /^(?=.{1,253}$)[A-Za-z0-9](?:[\w-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[\w-]*[A-Za-z0-9])?)*$/

export function isLabel(name: string): boolean {
  return label.test(name)
}

export function isResourceName(name: string): boolean {
  return segment.test(name)
}

export function isKubernetesName(name: string): boolean {
  return subdomain.test(name)
}

/** Secrets of the built-in store and their keys. No "/": messages write `name/key`. */
const secretName = /^[\w.:-]{1,253}$/

export function isSecretName(name: string): boolean {
  return secretName.test(name)
}

export const secretNameRule = 'letters, digits, "_", ".", ":" and "-", at most 253'

export const labelRule =
  'lower-case letters, digits and "-", starting and ending with a letter or digit, at most 63'
