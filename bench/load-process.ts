// autocannon in a process of its own, so that it can be kept on one CPU. Latencies in µs: its own summary counts whole ms.
import autocannon from 'autocannon'

import { requestBody } from './messages.ts'
import { percentile } from './numbers.ts'

export interface LoadProcessOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly connections: number
  readonly seconds: number
}

export interface LoadResult {
  readonly rate: number
  readonly p50: number
  readonly p99: number
  readonly requests: number
  readonly failures: number
}

const options = JSON.parse(process.argv[2] ?? '') as LoadProcessOptions

process.once('message', () => {
  const durations: number[] = []
  const started = performance.now()
  const instance = autocannon(
    {
      url: options.url,
      method: 'POST',
      headers: { ...options.headers },
      body: requestBody,
      connections: options.connections,
      duration: options.seconds,
      sampleInt: 100,
    },
    (_error, result) => {
      const seconds = (performance.now() - started) / 1000
      const answer: LoadResult = {
        rate: durations.length / seconds,
        p50: percentile(durations, 50),
        p99: percentile(durations, 99),
        requests: durations.length,
        failures: result.errors + result.non2xx + (durations.length === 0 ? 1 : 0),
      }
      process.send?.(answer, () => process.exit())
    },
  )
  instance.on('response', (_client, _status, _bytes, milliseconds) => {
    durations.push(milliseconds * 1000)
  })
})
process.on('disconnect', () => process.exit())
process.send?.({})
