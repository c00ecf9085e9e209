// A bearer that checks what the app itself sends.
import { bearer, fittingHandlers } from '../handlers.ts'
import type { LintRule } from '../rule.ts'

export const bearerOutbound: LintRule = {
  id: 'bearer-outbound',
  severity: 'warning',
  summary: 'A bearer in httpPipeline',
  why:
    'httpPipeline wraps what the app sends through its own sidecar: a bearer there checks the app, and requests from ' +
    'other App IDs never pass it. In Dapr it also guards /v1.0/healthz and /v1.0/metadata, and probes get 401.',
  check(set, report) {
    for (const on of set.linted('Configuration')) {
      for (const { pipeline, type, name, pointer } of fittingHandlers(set, on.resource.manifest)) {
        if (pipeline !== 'httpPipeline' || type !== bearer) continue
        report(on, {
          pointer: `${pointer}/name`,
          message: `Handler "${name}" in httpPipeline checks what the app sends, not what reaches it.`,
          hint: 'Move it to appHttpPipeline.',
        })
      }
    }
  },
}
