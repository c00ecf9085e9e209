// A request on its way through one handler, and the context a handler is provisioned with.
import type { Exchange, ResponseHead } from '../../src/core/exchange.ts'
import { HeaderList } from '../../src/core/header-list.ts'
import { silentLogger } from '../../src/core/logger.ts'
import type { ProvisionContext } from '../../src/middleware/middleware.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import type { FakeClock } from '../support/fake-clock.ts'

type Change = Partial<Omit<Exchange, 'headers'>> & { readonly headers?: readonly string[] }

export function createExchange(change: Change = {}): Exchange {
  const { headers = [], ...rest } = change
  return {
    method: 'POST',
    path: '/mcp',
    query: '',
    caller: { appId: 'client', confirmed: true },
    publicBase: undefined,
    remoteAddress: undefined,
    signal: new AbortController().signal,
    replayable: true,
    wholeBody: async () => new Uint8Array(),
    changeBody: () => {},
    atReply: () => {},
    ...rest,
    headers: new HeaderList([...headers]),
  }
}

export function createHead(status: number, headers: readonly string[] = []): ResponseHead {
  return { status, headers: new HeaderList([...headers]) }
}

export function createContext(): ProvisionContext & { readonly clock: FakeClock } {
  return {
    pipeline: 'httpPipeline',
    name: 'component-name',
    place: 'component.yaml:7:3',
    fieldPlaces: {},
    clock: createFakeClock(),
    logger: silentLogger,
    random: () => 0.5,
  }
}
