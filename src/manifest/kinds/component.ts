// Components: settings in canonical spelling, checked against the schema of their type.
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { joinPointer } from '../../core/pointer.ts'
import { listAt, objectAt, textAt } from '../access.ts'
import { checkMetadata, canonicalName } from '../component-metadata.ts'
import { checkType, isMiddleware } from '../component-type.ts'
import { credentialPointers } from '../credentials.ts'
import type { Report } from '../finding.ts'
import { componentTypes } from '../generated/component-types.ts'
import { checkOrigin, envelopeReferences, secretReference } from '../name-values.ts'
import type { ParsedDocument } from '../parse.ts'
import { quote } from '../problem.ts'
import { readsDifferently } from '../yaml-1.1.ts'
import type { Kind } from './kind.ts'

const items = '/spec/metadata'

export const component: Kind = {
  kind: 'Component',
  apiVersions: ['dapr.io/v1alpha1'],
  schema: 'Component',
  naming: 'subdomain',

  normalize(value, document, report) {
    const spec = objectAt(value, 'spec')
    if (spec === undefined) return value
    const type = textAt(spec, 'type') ?? ''
    const { metadata, ...rest } = spec
    const { version } = rest
    return {
      ...value,
      spec: {
        ...rest,
        // Dapr: "", v0 and v1 are the same.
        ...(version === undefined || version === '' || version === 'v0' ? { version: 'v1' } : {}),
        ...(Array.isArray(metadata)
          ? {
              metadata: (metadata as readonly Json[]).map((item, index) =>
                normalizeItem(item, type, { pointer: joinPointer(items, index), document, report }),
              ),
            }
          : // Dapr takes a list without items for no list.
            metadata === null || metadata === undefined
            ? {}
            : { metadata }),
      },
    }
  },

  check(manifest, report) {
    const type = textAt(manifest, 'spec', 'type')
    const store = textAt(manifest, 'auth', 'secretStore')
    for (const [index, item] of listAt(manifest, 'spec', 'metadata').entries()) {
      checkOrigin(item, { pointer: joinPointer(items, index), store }, report)
    }
    if (type === undefined || type === '') return
    checkType(type, textAt(manifest, 'spec', 'version'), report)
    checkMetadata(type, listAt(manifest, 'spec', 'metadata'), report)
    if (type === 'secretstores.local.env') checkPrefix(manifest, report)
    if (isMiddleware(type) && objectAt(manifest, 'spec')?.['ignoreErrors'] === true) {
      report({
        severity: 'warning',
        rule: 'ignore-errors',
        pointer: '/spec/ignoreErrors',
        at: 'key',
        message:
          'ignoreErrors is not honoured for middleware: a handler that fails refuses requests.',
        hint: 'Remove it.',
      })
    }
  },

  references(manifest) {
    const store = textAt(manifest, 'auth', 'secretStore')
    return [
      ...envelopeReferences(manifest),
      ...listAt(manifest, 'spec', 'metadata').flatMap((item, index) =>
        secretReference(item, joinPointer(items, index), store),
      ),
    ]
  },

  sensitive(manifest) {
    const fields = componentTypes[textAt(manifest, 'spec', 'type') ?? '']?.fields
    if (fields === undefined) return credentialPointers(manifest['spec'] ?? null, '/spec')
    return listAt(manifest, 'spec', 'metadata').flatMap((item, index) => {
      const field = fields[textAt(item, 'name') ?? '']
      const literal = textAt(item, 'value') !== undefined
      return field?.sensitive === true && literal ? [`${items}/${index}/value`] : []
    })
  },
}

/** Without a prefix a manifest can read, and so take away from the application, any variable. */
function checkPrefix(manifest: JsonObject, report: Report): void {
  const settings = listAt(manifest, 'spec', 'metadata')
  if (settings.some((item) => textAt(item, 'name') === 'prefix')) return
  report({
    severity: 'warning',
    rule: 'no-prefix',
    pointer: '/spec/type',
    message:
      'Without a prefix every environment variable can be read as a secret, and the application does not get those that are.',
    hint: 'Add the setting prefix, such as "MYAPP_".',
  })
}

interface ItemContext {
  readonly pointer: string
  readonly document: ParsedDocument
  readonly report: Report
}

interface ValueContext extends ItemContext {
  readonly item: JsonObject
  /** Whether the setting takes any text, so that nothing tells what was meant. */
  readonly isText: boolean
}

function normalizeItem(item: Json, type: string, context: ItemContext): Json {
  if (!isJsonObject(item)) return item
  const name = textAt(item, 'name')
  const canonical = name === undefined ? undefined : canonicalName(type, name)
  // Without a schema nothing says that a setting must not be empty.
  const value = item['value'] === null && !Object.hasOwn(componentTypes, type) ? '' : item['value']
  return {
    ...item,
    ...(canonical === undefined ? {} : { name: canonical }),
    ...(value === undefined || value === null
      ? {}
      : { value: valueText(value, { item, ...context, isText: isTextSetting(type, canonical) }) }),
  }
}

/** The text Dapr would make of a JSON value: itself, or its JSON text. */
function valueText(value: Json, context: ValueContext): string {
  const { item, document, report } = context
  const pointer = `${context.pointer}/value`
  const source = document.sourceAt(pointer)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (context.isText && source !== undefined && readsDifferently(source)) {
    report({
      severity: 'warning',
      rule: 'unquoted-value',
      pointer,
      message: `The value of ${quote(textAt(item, 'name') ?? '')} is text, but YAML 1.1 readers such as Dapr's take it for something else.`,
      hint: 'Quote this value.',
    })
    return text
  }
  // `0123` or `True` would not survive: other YAML readers, Dapr's among them, make other values of them.
  if (typeof value !== 'string' && source !== undefined && source !== text) {
    report({
      rule: 'ambiguous-value',
      pointer,
      message: `The value of ${quote(textAt(item, 'name') ?? '')} does not mean the same to every YAML reader.`,
      hint: 'Quote this value.',
    })
  }
  return text
}

function isTextSetting(type: string, name: string | undefined): boolean {
  const fields = Object.hasOwn(componentTypes, type) ? componentTypes[type]?.fields : undefined
  const field = name === undefined ? undefined : fields?.[name]
  return field !== undefined && field.type === undefined
}
