// Typed access to a Component's resolved metadata. Values may come from secrets and environments: each is checked again.
import { McpAuthError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { parseBoolean, parseInteger, parseNumber, parseSeconds } from '../core/setting-values.ts'
import type { Metadata, ProvisionContext } from './middleware.ts'

interface Range {
  readonly min: number
  readonly max: number
}

/**
 * `Field` is the fields of the component type's schema (`keyof BearerMetadata`); the manifest layer has put every name
 * into that spelling. An empty value counts as absent. Every complaint is a McpAuthError HANDLER_UNUSABLE that names the field and never its value.
 */
export interface MetadataReader<Field extends string> {
  text(name: Field): string | undefined
  requiredText(name: Field): string
  /** Exactly as given. */
  requiredSecret(name: Field): Secret
  flag(name: Field, fallback: boolean): boolean
  integer(name: Field, range: Range): number | undefined
  number(name: Field, range: Range): number | undefined
  /** A Go duration such as `1m30s`, or whole seconds; gives seconds. */
  seconds(name: Field, range: Range): number | undefined
  /** The complaint about a field; `problem` completes "its <field> …". */
  complaint(field: Field, problem: string, hint?: string): McpAuthError
}

export function readMetadata<Field extends string>(
  metadata: Metadata,
  context: Pick<ProvisionContext, 'name' | 'place' | 'fieldPlaces'>,
): MetadataReader<Field> {
  const find = (name: Field): string | undefined => {
    const value = reveal(metadata[name])
    return value === '' ? undefined : value
  }

  const complaint = (field: Field, problem: string, hint?: string) =>
    new McpAuthError(
      'HANDLER_UNUSABLE',
      `The component ${context.name} cannot be used: its ${field} ${problem}.`,
      {
        place: context.fieldPlaces[field] ?? context.place,
        ...(hint === undefined ? {} : { hint }),
      },
    )

  const requiredText = (field: Field) => {
    const value = find(field)
    if (value === undefined) throw complaint(field, 'is missing', `Give ${field} a value.`)
    return value
  }

  const measure = (name: Field, range: Range, parse: (text: string) => number | undefined) => {
    const text = find(name)
    if (text === undefined) return undefined
    const value = parse(text)
    if (value !== undefined && value >= range.min && value <= range.max) return value
    throw complaint(name, `is not a value between ${range.min} and ${range.max}`)
  }

  return {
    text: find,
    requiredText,
    requiredSecret(name) {
      requiredText(name)
      const value = metadata[name]
      return value instanceof Secret ? value : new Secret(value ?? '')
    },
    flag(name, fallback) {
      const text = find(name)
      if (text === undefined) return fallback
      const value = parseBoolean(text)
      if (value === undefined) throw complaint(name, 'is neither true nor false')
      return value
    },
    integer: (name, range) => measure(name, range, parseInteger),
    number: (name, range) => measure(name, range, parseNumber),
    seconds: (name, range) => measure(name, range, parseSeconds),
    complaint,
  }
}

/** Empty for absent. Trimmed, because files and environments add line ends. */
function reveal(value: string | Secret | undefined): string {
  if (value === undefined) return ''
  return (typeof value === 'string' ? value : value.reveal()).trim()
}
