// An access record as a line of text or JSON.
import { printable } from '../core/quote.ts'
import type { AccessRecord } from '../data-plane/access-log.ts'

/** `12:04:05.123Z mcp-client → mcp-server POST /mcp 200 12.3ms` and, when refused, the reason. */
export function accessText(record: AccessRecord): string {
  const time = new Date(record.time).toISOString().slice(11)
  const token = record.principal === undefined ? undefined : `${record.principal} (by token)`
  const caller = record.caller ?? token ?? 'anonymous'
  const target = record.target ?? '-'
  const duration = `${record.durationMs.toFixed(1)}ms`
  const asked = record.rpc === undefined ? '' : ` ${printable(record.rpc)}`
  const line = `${time} ${caller} → ${target} ${record.method} ${record.path} ${record.status} ${duration}${asked}`
  const remarks = [record.reason, record.shadow].filter((remark) => remark !== undefined)
  return remarks.length === 0 ? line : `${line} (${remarks.join('; ')})`
}

/** One JSON object; field names as Dapr's API log has them where it has them. */
export function accessJson(record: AccessRecord): string {
  return JSON.stringify({
    time: new Date(record.time).toISOString(),
    type: 'access',
    door: record.door,
    caller: record.caller ?? null,
    principal: record.principal ?? null,
    target: record.target ?? null,
    method: record.method,
    path: record.path,
    code: record.status,
    duration_ms: Math.round(record.durationMs * 1000) / 1000,
    ...(record.access === undefined ? {} : { access: record.access }),
    ...(record.rpc === undefined ? {} : { rpc: record.rpc }),
    ...(record.reason === undefined ? {} : { reason: record.reason }),
    ...(record.shadow === undefined ? {} : { shadow: record.shadow }),
  })
}
