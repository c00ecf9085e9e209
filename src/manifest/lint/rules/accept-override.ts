// An HTTPEndpoint that overrides the caller's Accept.
import { namedItems } from '../../../core/component.ts'
import { textAt } from '../../../core/pointer.ts'
import type { LintRule } from '../rule.ts'

export const acceptOverride: LintRule = {
  id: 'accept-override',
  severity: 'warning',
  summary: 'An HTTPEndpoint that overrides the caller’s Accept',
  why:
    'Dapr sets the headers of an HTTPEndpoint in the place of the caller’s. A POST of MCP must accept both ' +
    'application/json and text/event-stream; with one of them alone it fails. Here Accept is merged.',
  targets: ['dapr', 'catalyst'],
  check(set, report) {
    for (const on of set.linted('HTTPEndpoint')) {
      for (const { name, item, pointer } of namedItems(on.resource.manifest, '/spec/headers')) {
        if (name.toLowerCase() !== 'accept') continue
        const value = textAt(item, '/value')
        const types = (value ?? '').toLowerCase()
        if (required.every((type) => types.includes(type))) continue
        report(on, {
          pointer: `${pointer}/${value === undefined ? 'name' : 'value'}`,
          message: `HTTPEndpoint "${on.resource.name}" replaces the caller's Accept, and a POST of MCP needs both ${required.join(' and ')}.`,
          hint: 'Remove the header.',
        })
      }
    }
  },
}

const required = ['application/json', 'text/event-stream']
