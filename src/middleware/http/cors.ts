// middleware.http.cors: lets pages of named web origins call, and read what comes back (Fetch §3.2).
import type { Exchange, Reply, ResponseHead } from '../../core/exchange.ts'
import type { CorsMetadata } from '../../core/generated/types.ts'
import { readOrigins, readTokens } from '../../core/cors-settings.ts'
import { exposed, isPreflight, methods, requestHeaders } from '../cors.ts'
import { readMetadata, type MetadataReader } from '../metadata.ts'
import type { Middleware } from '../middleware.ts'

type Field = keyof CorsMetadata

export const cors: Middleware = {
  type: 'middleware.http.cors',
  version: 'v1',
  provision(metadata, context) {
    const settings = readSettings(readMetadata<Field>(metadata, context))
    const { origins } = settings
    const allow = (exchange: Exchange, head: ResponseHead): void => {
      head.headers.append('vary', 'Origin')
      const origin = exchange.headers.get('origin')
      if (origin === undefined || !origins.has(origin)) return
      for (const [name, value] of allowing(origin, settings)) head.headers.set(name, value)
    }
    return {
      summary: `pages of ${[...origins].join(' and ')}`,
      servesOrigin: (origin) => origins.has(origin),
      onRequest(exchange) {
        const origin = exchange.headers.get('origin')
        if (origin !== undefined && origins.has(origin) && isPreflight(exchange)) {
          return preflight(origin, settings)
        }
        exchange.atReply((head) => allow(exchange, head))
        return undefined
      },
      onResponse(exchange, head) {
        allow(exchange, head)
        return undefined
      },
    }
  },
}

interface Settings {
  readonly origins: ReadonlySet<string>
  readonly methods: string
  readonly requestHeaders: string
  readonly exposed: string
  readonly credentials: boolean
  readonly maxAge: number
}

function readSettings(reader: MetadataReader<Field>): Settings {
  const origins = readOrigins(reader.requiredText('allowedOrigins'))
  if ('problem' in origins) throw reader.complaint('allowedOrigins', origins.problem, origins.hint)
  return {
    origins: new Set(origins.value),
    methods: listed(reader, 'allowedMethods') ?? methods,
    requestHeaders: listed(reader, 'allowedHeaders') ?? requestHeaders.join(', '),
    exposed: listed(reader, 'exposedHeaders') ?? exposed,
    credentials: reader.flag('allowCredentials', false),
    maxAge: reader.seconds('maxAge', { min: 0, max: 86_400 }) ?? 600,
  }
}

function listed(reader: MetadataReader<Field>, field: Field): string | undefined {
  const text = reader.text(field)
  if (text === undefined) return undefined
  const list = readTokens(text)
  if ('problem' in list) throw reader.complaint(field, list.problem, list.hint)
  return list.value.join(', ')
}

function allowing(origin: string, settings: Settings): [name: string, value: string][] {
  return [
    ['access-control-allow-origin', origin],
    ['access-control-expose-headers', settings.exposed],
    ...credentialsOf(settings),
  ]
}

function credentialsOf({ credentials }: Settings): [name: string, value: string][] {
  return credentials ? [['access-control-allow-credentials', 'true']] : []
}

function preflight(origin: string, settings: Settings): Reply {
  const fields: [name: string, value: string][] = [
    ['access-control-allow-origin', origin],
    ['access-control-allow-methods', settings.methods],
    ['access-control-allow-headers', settings.requestHeaders],
    ['access-control-max-age', String(Math.floor(settings.maxAge))],
    ...credentialsOf(settings),
    ['vary', 'Origin'],
  ]
  return { status: 204, headers: fields.flat(), body: '', reason: 'CORS preflight' }
}
