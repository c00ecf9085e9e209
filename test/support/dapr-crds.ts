// Validates documents as the Kubernetes API would with Dapr's custom resource definitions.
import { readdirSync, readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'
import { parse } from 'yaml'

const folder = new URL('dapr-crds/', import.meta.url)

interface Crd {
  readonly spec: {
    readonly names: { readonly kind: string }
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: object } }[]
  }
}

const validators = new Map<string, ValidateFunction>(
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => {
      const { spec } = parse(readFileSync(new URL(name, folder), 'utf8')) as Crd
      const schema = closed(spec.versions[0]?.schema.openAPIV3Schema ?? {})
      const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })
      return [spec.names.kind, ajv.compile(schema)]
    }),
)

/** Everything that the definition of its kind refuses; unknown fields too, which Kubernetes would drop in silence. */
export function crdProblems(document: { readonly kind: string }): string[] {
  const validate = validators.get(document.kind)
  if (validate === undefined) return [`there is no definition of ${document.kind}`]
  validate(document)
  return (validate.errors ?? []).map((error) => {
    const { additionalProperty = '' } = error.params as { additionalProperty?: string }
    return `${document.kind} ${error.instancePath} ${error.message ?? ''} ${additionalProperty}`
  })
}

/** `additionalProperties: false` on all objects whose properties are known and that are not open on purpose. */
function closed(schema: unknown): object {
  if (Array.isArray(schema)) return schema.map((item: unknown) => closed(item))
  if (typeof schema !== 'object' || schema === null) return schema as never
  const members = Object.entries(schema).map(([key, value]) => [key, closed(value)] as const)
  const result = Object.fromEntries(members) as Record<string, unknown>
  const isOpen = 'x-kubernetes-preserve-unknown-fields' in schema
  // A property may be called "properties" or "type" itself.
  const isObject = result['type'] === 'object' && typeof result['properties'] === 'object'
  return isObject && !isOpen && !('additionalProperties' in schema)
    ? { ...result, additionalProperties: false }
    : result
}
