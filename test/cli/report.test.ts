// How failures are told.
import { describe, expect, it } from 'vitest'

import { plain } from '../../src/cli/output/style.ts'
import { report } from '../../src/cli/report.ts'
import { McpAuthError } from '../../src/core/errors.ts'

const options = { json: false, debug: false, style: plain }

describe('report', () => {
  const error = new McpAuthError('RESOURCE_NOT_FOUND', 'There is no Component "x".', {
    hint: 'mcpauth apply -f FILE',
    place: 'a.yaml:1:2',
  })

  it('says what, where, and what to do', () => {
    expect(report(error, options)).toEqual({
      exitCode: 1,
      text: 'error: There is no Component "x".\n  at a.yaml:1:2\nhint: mcpauth apply -f FILE\n',
    })
  })

  it('is one JSON line for programs', () => {
    const { text } = report(error, { ...options, json: true })
    expect(text.endsWith('}\n') && !text.slice(0, -1).includes('\n')).toBe(true)
    expect(JSON.parse(text)).toEqual({
      error: {
        code: 'RESOURCE_NOT_FOUND',
        message: 'There is no Component "x".',
        hint: 'mcpauth apply -f FILE',
        place: 'a.yaml:1:2',
      },
    })
  })

  it('shows nothing of an unforeseen error but its class, unless asked to', () => {
    const defect = new TypeError('canary-1')
    const { text, exitCode } = report(defect, options)
    expect(exitCode).toBe(1)
    expect(text).toContain('This is a defect in mcpauth (TypeError).')
    expect(text).not.toContain('canary-1')
    expect(report(defect, { ...options, debug: true }).text).toContain('report.test.ts')
  })

  it.for(['text', null, undefined, 7])('survives %j being thrown', (thrown) => {
    expect(report(thrown, options).text).toContain('This is a defect in mcpauth')
  })
})
