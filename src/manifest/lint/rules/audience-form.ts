// An audience or resource indicator that no token can have.
import { componentType } from '../../../core/component.ts'
import { uriProblem } from '../../../core/setting-values.ts'
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'
import { bearer, lintedComponents, literalSetting } from '../settings.ts'

export const audienceForm: LintRule = {
  id: 'audience-form',
  severity: 'warning',
  summary: 'An audience or resource indicator that no token can have',
  why:
    'MCP names a server by an absolute URI without a fragment, and clients ask for tokens for that URI (RFC 8707). The ' +
    'audience of a bearer Component is one text that the aud of a token must contain: a list in it is compared as a ' +
    'whole and matches nothing. A plain word such as mcp-server is a good audience where the authorization server ' +
    'writes it into its tokens.',
  check(set, report) {
    for (const on of lintedComponents(set, (type) => type.startsWith('middleware.http.'))) {
      const { manifest } = on.resource
      const audience = literalSetting(manifest, 'audience')
      const isChecked = componentType(manifest) === bearer
      if (audience !== undefined && isChecked && isList(audience.text)) {
        report(on, {
          pointer: audience.pointer,
          message: `Audience ${quote(audience.text)} is compared as one text, not as a list.`,
          hint: 'Write one audience, and further ones into audiences.',
        })
      } else if (audience !== undefined && /^https?:\/\/.*#/i.test(audience.text)) {
        report(on, {
          pointer: audience.pointer,
          message: `Audience ${quote(audience.text)} has a fragment, which the URI of a resource must not have.`,
          hint: 'Remove "#" and what follows.',
        })
      }
      const query = literalSetting(manifest, 'endpointParamsQuery')
      for (const resource of new URLSearchParams(query?.text ?? '').getAll('resource')) {
        const problem = uriProblem(resource)
        if (query === undefined || problem === undefined) continue
        report(on, {
          pointer: query.pointer,
          message: `The resource ${quote(resource)} of endpointParamsQuery ${problem.problem}.`,
          hint: problem.hint,
        })
      }
    }
  },
}

/** A JSON list, which a YAML list becomes, or URLs with commas or spaces between them. */
function isList(text: string): boolean {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '')
  if (parts.length > 1 && parts.every((part) => /^https?:\/\//i.test(part))) return true
  if (!text.startsWith('[')) return false
  try {
    return Array.isArray(JSON.parse(text))
  } catch {
    return false
  }
}
