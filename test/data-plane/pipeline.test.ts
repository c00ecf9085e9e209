import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { McpAuthError } from '../../src/core/errors.ts'
import type { Exchange, ResponseHead } from '../../src/core/exchange.ts'
import { HeaderList } from '../../src/core/header-list.ts'
import { compilePipeline, runRequest, runResponse } from '../../src/data-plane/pipeline.ts'
import type { Provisioned } from '../../src/middleware/middleware.ts'
import { handlerOf } from '../support/sidecar.ts'

const exchange = { headers: new HeaderList([]) } as unknown as Exchange
const head: ResponseHead = { status: 200, headers: new HeaderList([]) }

function tracing(trace: string[], name: string, isAsync: boolean): Provisioned {
  const note = (line: string) => {
    trace.push(line)
    return isAsync ? Promise.resolve(undefined) : undefined
  }
  return {
    summary: name,
    onRequest: () => note(`> ${name}`),
    onResponse: () => note(`< ${name}`),
  }
}

describe('a pipeline', () => {
  it('runs requests in the listed order and responses in reverse, sync and async handlers mixed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 6 }), async (kinds) => {
        const trace: string[] = []
        const names = kinds.map((_kind, index) => `h${index}`)
        const pipeline = compilePipeline(
          names.map((name) => handlerOf(name)),
          (spec) => tracing(trace, spec.name, kinds[names.indexOf(spec.name)] ?? false),
        )
        expect(await runRequest(pipeline, exchange)).toBeUndefined()
        expect(await runResponse(pipeline.handlers, exchange, head)).toBeUndefined()
        expect(trace).toEqual([
          ...names.map((name) => `> ${name}`),
          ...names.toReversed().map((name) => `< ${name}`),
        ])
      }),
    )
  })

  it('costs no tick when no handler waits', () => {
    const pipeline = compilePipeline([handlerOf('a'), handlerOf('b')], () => ({
      summary: '',
      onRequest: () => undefined,
    }))
    expect(runRequest(pipeline, exchange)).toBeUndefined()
  })

  it('ends at the first answer', async () => {
    const trace: string[] = []
    const reply = { status: 418, headers: [], body: '', reason: 'teapot' }
    const pipeline = compilePipeline([handlerOf('a'), handlerOf('b'), handlerOf('c')], (spec) =>
      spec.name === 'b'
        ? { summary: '', onRequest: () => Promise.resolve(reply) }
        : tracing(trace, spec.name, true),
    )
    expect(await runRequest(pipeline, exchange)).toBe(reply)
    expect(trace).toEqual(['> a'])
  })

  it('refuses everything when one handler cannot be provisioned', () => {
    const failure = new McpAuthError('HANDLER_UNUSABLE', 'no')
    const pipeline = compilePipeline([handlerOf('a'), handlerOf('b')], (spec) => {
      if (spec.name === 'b') throw failure
      return { summary: '' }
    })
    expect(() => runRequest(pipeline, exchange)).toThrow(failure)
  })
})
