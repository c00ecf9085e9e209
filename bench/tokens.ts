// What a request pays for its token, in process: attaching one, accepting a known one, verifying a new one.
import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { importJWK, jwtVerify } from 'jose'

import { systemClock } from '../src/core/clock.ts'
import type { Exchange } from '../src/core/exchange.ts'
import { HeaderList } from '../src/core/header-list.ts'
import { silentLogger } from '../src/core/logger.ts'
import { Secret } from '../src/core/secret.ts'
import { ProxyExchange } from '../src/data-plane/proxy-exchange.ts'
import { RequestBody } from '../src/data-plane/request-body.ts'
import { bearer } from '../src/middleware/http/bearer.ts'
import { oauth2 } from '../src/middleware/http/oauth2.ts'
import type { Metadata, Middleware, Provisioned } from '../src/middleware/middleware.ts'
import { accessToken, audience, keys, startIssuer } from './issuer.ts'
import { requestHeaders } from './messages.ts'
import { median, medianRatio, short, times } from './numbers.ts'
import type { Effort, Report } from './report.ts'

type Algorithm = keyof typeof keys

/** Nanoseconds an operation, one value a round. */
type Costs = Map<string, number[]>

export async function benchTokens({ quick }: Effort): Promise<Report> {
  const issuer = await startIssuer()
  const effort = quick ? { rounds: 1, warm: 2000, cold: 50 } : { rounds: 7, warm: 5000, cold: 500 }
  try {
    const costs: Costs = new Map()
    const tokens = { RS256: mint('RS256'), ES256: mint('ES256') }
    const outbound = provision(oauth2, {
      clientID: 'bench',
      clientSecret: new Secret('bench-secret'),
      tokenURL: `${issuer.origin}/token`,
    })
    await ready(outbound)
    // The first round teaches the compiler what is hot and is not counted.
    for (let round = -1; round < effort.rounds; round += 1) {
      const into: Costs = round < 0 ? new Map() : costs
      add(into, 'outbound', timeHandler(outbound, unauthenticated(effort.warm)))
      for (const algorithm of ['RS256', 'ES256'] as const) {
        const inbound = provision(bearer, bearerMetadata(issuer.origin))
        await ready(inbound)
        add(into, `${algorithm} bearer`, timeHandler(inbound, presenting(tokens[algorithm])))
        add(into, `${algorithm} warm`, timeWarm(inbound, tokens[algorithm], effort.warm))
        add(into, `${algorithm} verify`, timeBareVerify(algorithm, tokens[algorithm]))
        for (const atOnce of [1, 64]) {
          const cost = await timeJose(algorithm, tokens[algorithm], {
            issuer: issuer.origin,
            atOnce,
          })
          add(into, `${algorithm} jose ${atOnce}`, cost)
        }
        inbound.close?.()
      }
    }
    outbound.close?.()
    return report(costs, effort)
  } finally {
    issuer.close()
  }

  function mint(algorithm: Algorithm): string[] {
    return Array.from({ length: effort.cold }, (_, index) =>
      accessToken(keys[algorithm], issuer.origin, `${algorithm}-${index}`),
    )
  }
}

function bearerMetadata(issuer: string): Metadata {
  return { issuer, audience, jwksURL: `${issuer}/jwks` }
}

function provision(middleware: Middleware, metadata: Metadata): Provisioned {
  return middleware.provision(metadata, {
    pipeline: 'httpPipeline',
    name: 'bench',
    place: 'bench.yaml:1:1',
    fieldPlaces: {},
    clock: systemClock,
    logger: silentLogger,
    random: () => 0.5,
  })
}

async function ready(handler: Provisioned): Promise<void> {
  const steps = (await handler.warmUp?.(AbortSignal.timeout(10_000))) ?? []
  const failed = steps.find(({ ok }) => !ok)
  if (failed !== undefined) throw new Error(`${failed.what}: ${failed.detail}`)
}

/** The exchanges are made beforehand: their cost belongs to the proxy, not to the handler. */
function timeHandler(handler: Provisioned, exchanges: readonly Exchange[]): number {
  const started = process.hrtime.bigint()
  const refused = countRefused(handler, exchanges)
  const spent = Number(process.hrtime.bigint() - started)
  if (refused > 0)
    throw new Error(`${refused} of ${exchanges.length} requests were not let through`)
  return spent / exchanges.length
}

/** A promise counts as refused: what is measured here must not wait. So does a handler that looks at nothing. */
function countRefused(handler: Provisioned, exchanges: readonly Exchange[]): number {
  if (handler.onRequest === undefined) return exchanges.length
  let refused = 0
  for (const exchange of exchanges) if (handler.onRequest(exchange) !== undefined) refused += 1
  return refused
}

function timeWarm(handler: Provisioned, tokens: readonly string[], count: number): number {
  const presented = Array.from({ length: count }, (_, index) => tokens[index % tokens.length] ?? '')
  return timeHandler(handler, presenting(presented))
}

function timeBareVerify(algorithm: Algorithm, tokens: readonly string[]): number {
  const key: KeyObject = createPublicKey({ key: keys[algorithm].jwk, format: 'jwk' })
  const signed = tokens.map((token) => {
    const end = token.lastIndexOf('.')
    return {
      data: Buffer.from(token.slice(0, end)),
      signature: Buffer.from(token.slice(end + 1), 'base64url'),
    }
  })
  const options = algorithm === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' as const } : key
  const started = process.hrtime.bigint()
  const good = signed.filter(({ data, signature }) => verify('sha256', data, options, signature))
  const spent = Number(process.hrtime.bigint() - started)
  if (good.length !== tokens.length) throw new Error('a good signature was not recognized')
  return spent / tokens.length
}

/** `atOnce` verifications are open at a time: jose hands each to the thread pool, and a server has many requests. */
async function timeJose(
  algorithm: Algorithm,
  tokens: readonly string[],
  { issuer, atOnce }: { readonly issuer: string; readonly atOnce: number },
): Promise<number> {
  const key = await importJWK(keys[algorithm].jwk, algorithm)
  const options = { issuer, audience, algorithms: [algorithm] }
  const started = process.hrtime.bigint()
  for (let at = 0; at < tokens.length; at += atOnce) {
    const batch = tokens.slice(at, at + atOnce)
    await Promise.all(batch.map((token) => jwtVerify(token, key, options)))
  }
  return Number(process.hrtime.bigint() - started) / tokens.length
}

function unauthenticated(count: number): Exchange[] {
  return Array.from({ length: count }, () => exchangeWith([]))
}

function presenting(tokens: readonly string[]): Exchange[] {
  return tokens.map((token) => exchangeWith(['authorization', `Bearer ${token}`]))
}

/** The exchange that the listener makes, on a socket that goes nowhere. */
function exchangeWith(headers: readonly string[]): Exchange {
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  const all = [...Object.entries(requestHeaders).flat(), ...headers]
  return new ProxyExchange(
    {
      method: 'POST',
      path: '/mcp',
      query: '',
      headers: new HeaderList(all),
      caller: { appId: 'bench', confirmed: true },
    },
    new RequestBody(request, 1024),
    response,
    () => 'http://127.0.0.1:8080',
  )
}

function add(costs: Costs, name: string, cost: number): void {
  const list = costs.get(name) ?? []
  list.push(cost)
  costs.set(name, list)
}

function report(costs: Costs, effort: { readonly rounds: number; readonly cold: number }): Report {
  const cost = (name: string): readonly number[] => costs.get(name) ?? []
  const ns = (name: string): string => short(median(cost(name)))
  const ratio = (name: string, base: string): string => times(medianRatio(cost(name), cost(base)))
  const cold = (['RS256', 'ES256'] as const).flatMap((algorithm) => {
    const [bare, jose] = [`${algorithm} verify`, `${algorithm} jose 64`]
    const line = (label: string, name: string): string[] => [
      label,
      ratio(name, bare),
      ratio(name, jose),
      ns(name),
    ]
    return [
      line(`bearer, known ${algorithm} token`, `${algorithm} warm`),
      line(`bearer, new ${algorithm} token`, `${algorithm} bearer`),
      line(`crypto.verify alone, ${algorithm}`, bare),
      line(`jose jwtVerify, ${algorithm}, 64 at once`, jose),
      line(`jose jwtVerify, ${algorithm}, one by one`, `${algorithm} jose 1`),
    ]
  })
  return {
    title: 'tokens: what a handler costs a request',
    columns: ['', '/ crypto.verify', '/ jose, 64 at once', 'ns'],
    rows: [['oauth2, token at hand', '–', '–', ns('outbound')], ...cold],
    notes: [
      `In process. Medians of ${effort.rounds} round(s); ${effort.cold} different tokens of each kind.`,
      'bearer is the whole handler, on one thread: header, cache, parsing, claims, signature. jose: key imported beforehand, issuer and audience checked, signatures in the thread pool of up to 4 threads.',
    ],
  }
}
