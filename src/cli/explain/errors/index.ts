// The explanations of all error codes: the catalog joined with the prose, which has no other place.
import { errorCatalog, type ErrorCode } from '../../../core/errors.ts'
import type { Explanation, Prose } from '../explanation.ts'
import { commandProse } from './command.ts'
import { mcpProse } from './mcp.ts'
import { requestProse } from './request.ts'
import { storeProse } from './store.ts'
import { tokenProse } from './token.ts'

const prose: Readonly<Record<ErrorCode, Prose>> = {
  ...commandProse,
  ...storeProse,
  ...requestProse,
  ...mcpProse,
  ...tokenProse,
}

/** In the order of the catalog. */
export const errorExplanations: readonly Explanation[] = Object.entries(errorCatalog).map(
  ([id, entry]) => ({
    id,
    summary: entry.summary,
    facts: {
      exitCode: entry.exitCode,
      ...('status' in entry ? { httpStatus: entry.status } : {}),
    },
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the catalog are the codes
    ...prose[id as ErrorCode],
  }),
)
