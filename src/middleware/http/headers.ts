// middleware.http.headers: sets and removes headers of requests and answers.
import { readHeaderMap, readHeaderNames } from '../../core/header-changes.ts'
import type { HeaderList } from '../../core/header-list.ts'
import { dashed } from '../../core/header-name.ts'
import type { HeadersMetadata } from '../../core/generated/types.ts'
import { deleteSpellings } from '../header-spellings.ts'
import { readMetadata, type MetadataReader } from '../metadata.ts'
import type { Middleware } from '../middleware.ts'

type Field = keyof HeadersMetadata

export const headers: Middleware = {
  type: 'middleware.http.headers',
  version: 'v1',
  provision(metadata, context) {
    const reader = readMetadata<Field>(metadata, context)
    const request = readChange(reader, 'setRequest', 'removeRequest')
    const response = readChange(reader, 'setResponse', 'removeResponse')
    return {
      summary: `${request?.count ?? 0} of requests, ${response?.count ?? 0} of answers`,
      isSelfContained: true,
      onRequest(exchange) {
        request?.apply(exchange.headers)
        if (response !== undefined) exchange.atReply((head) => response.apply(head.headers))
        return undefined
      },
      onResponse(_exchange, head) {
        response?.apply(head.headers)
        return undefined
      },
    }
  },
}

interface Change {
  readonly count: number
  apply(list: HeaderList): void
}

/** Undefined when nothing changes. */
function readChange(
  reader: MetadataReader<Field>,
  setting: 'setRequest' | 'setResponse',
  removing: 'removeRequest' | 'removeResponse',
): Change | undefined {
  const text = reader.text(setting)
  const map = text === undefined ? { value: new Map<string, string>() } : readHeaderMap(text)
  if ('problem' in map) throw reader.complaint(setting, map.problem, map.hint)
  const names = readHeaderNames(reader.text(removing) ?? '')
  if ('problem' in names) throw reader.complaint(removing, names.problem, names.hint)
  const added = [...map.value]
  const fields = new Set(
    [...added.map(([name]) => name), ...names.value].map((name) => dashed(name.toLowerCase())),
  )
  if (fields.size === 0) return undefined
  return {
    count: fields.size,
    apply(list) {
      deleteSpellings(list, fields)
      for (const [name, value] of added) list.append(name, value)
    },
  }
}
