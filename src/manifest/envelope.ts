// The part that all kinds share: which kind a document is of, and what it is called.
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'
import { isKubernetesName, isLabel, isResourceName, labelRule } from '../core/names.ts'
import { suggest } from '../core/suggest.ts'
import { at, textAt } from './access.ts'
import type { Report } from './finding.ts'
import { kinds } from './kinds/index.ts'
import type { Kind } from './kinds/kind.ts'
import { quote } from './problem.ts'

/** The kind of a document, or undefined after reporting why it has none. */
export function kindOf(value: JsonObject, report: Report): Kind | undefined {
  const name = value['kind']
  if (typeof name !== 'string') {
    reportAbsent(value, 'kind', report)
    return undefined
  }
  const kind = kinds.find((known) => known.kind === name || known.aliases?.includes(name))
  if (kind === undefined) {
    const names = kinds.map((known) => known.kind)
    const meant = suggest(name, names)
    report({
      rule: 'unknown-kind',
      pointer: '/kind',
      message: `Kind ${quote(name)} does not exist.`,
      hint:
        meant === undefined ? `Use one of: ${names.join(', ')}.` : `Did you mean ${quote(meant)}?`,
    })
    return undefined
  }
  checkApiVersion(value, kind, report)
  return kind
}

function checkApiVersion(value: JsonObject, kind: Kind, report: Report): void {
  const version = value['apiVersion']
  if (typeof version !== 'string') {
    reportAbsent(value, 'apiVersion', report)
  } else if (!kind.apiVersions.includes(version)) {
    report({
      rule: 'unknown-api-version',
      pointer: '/apiVersion',
      message: `Kind ${kind.kind} has no apiVersion ${quote(version)}.`,
      hint: `Use ${kind.apiVersions.join(' or ')}.`,
    })
  }
}

/** Reports a field that is missing, misspelt or no text. */
function reportAbsent(value: JsonObject, field: string, report: Report): void {
  if (value[field] !== undefined) {
    const message = `${field} must be text.`
    report({ rule: 'type', pointer: `/${field}`, message, hint: 'Quote this value.' })
    return
  }
  const others = Object.keys(value).filter((key) => !['metadata', 'spec', 'kind'].includes(key))
  const misspelt = suggest(field, others)
  report({
    rule: 'missing-field',
    pointer: misspelt === undefined ? '' : `/${misspelt}`,
    at: 'key',
    message:
      misspelt === undefined
        ? `${field} is missing.`
        : `${field} is missing; ${quote(misspelt)} is unknown.`,
    hint: misspelt === undefined ? `Add ${field}.` : `Did you mean ${quote(field)}?`,
  })
}

/**
 * Reports a name that breaks the kind's grammar (the wider one when the kind is unknown), and a namespace, which decides
 * nothing here.
 */
export function checkNames(kind: Kind | undefined, manifest: JsonObject, report: Report): void {
  const name = textAt(manifest, 'metadata', 'name')
  if (name !== undefined && name !== '') checkName(name, kind, report)
  const namespace = textAt(manifest, 'metadata', 'namespace')
  if (namespace === undefined || namespace === '') return
  const pointer = '/metadata/namespace'
  if (!isLabel(namespace)) {
    const message = `${quote(namespace)} is not a valid namespace.`
    report({ rule: 'name', pointer, message, hint: `Use ${labelRule}.` })
    return
  }
  const message = 'The namespace has no effect here: the project decides.'
  report({ severity: 'warning', rule: 'namespace', pointer, message })
}

function checkName(name: string, kind: Kind | undefined, report: Report): void {
  const pointer = '/metadata/name'
  const isNarrow = kind?.naming === 'label'
  if (!(isNarrow ? isLabel(name) : isResourceName(name))) {
    const owner = kind === undefined ? 'a resource' : `a resource of kind ${kind.kind}`
    const message = `${quote(name)} is not a valid name for ${owner}.`
    report({ rule: 'name', pointer, message, hint: `Use ${isNarrow ? labelRule : nameRule}.` })
  } else if (!isNarrow && !isKubernetesName(name)) {
    const message = `${quote(name)} is a name for Dapr, but not on Kubernetes.`
    report({ severity: 'warning', rule: 'name', pointer, message, hint: `Use ${nameRule}.` })
  }
}

const nameRule = 'lower-case letters, digits, "-" and ".", at most 253'

/** Reports a document of a kind without a schema whose `metadata.name` is not text. */
export function checkStoredEnvelope(manifest: JsonObject, report: Report): void {
  const metadata: Json | undefined = at(manifest, 'metadata')
  if (!isJsonObject(metadata)) {
    const message = 'metadata must be a mapping with a name.'
    report({ rule: 'missing-field', pointer: '/metadata', at: 'key', message, hint: 'Add it.' })
  } else if (typeof metadata['name'] !== 'string' || metadata['name'] === '') {
    const message = 'metadata.name must be text.'
    report({ rule: 'missing-field', pointer: '/metadata/name', message, hint: 'Add it.' })
  }
}
