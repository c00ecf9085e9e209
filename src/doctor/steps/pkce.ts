// Does the authorization server say that it knows PKCE with S256 (RFC 7636)?
import type { JsonObject } from '../../core/json.ts'
import { error, type Judged } from '../finding.ts'
import { textsOf } from '../json-answer.ts'

export function judgePkce(document: JsonObject): Judged {
  const methods = textsOf(document, 'code_challenge_methods_supported')
  if (methods === undefined) {
    return {
      findings: [
        error('pkce.not-advertised', {
          message: 'code_challenge_methods_supported is missing.',
          breaks:
            'Every client that follows MCP 2025-11-25, such as those on the official SDKs: they must refuse to go on.',
          fix: 'Add "code_challenge_methods_supported": ["S256"] to the metadata.',
        }),
      ],
      seen: 'nothing is said of PKCE',
    }
  }
  if (methods.includes('S256')) return { findings: [], seen: 'S256 is supported' }
  return {
    findings: [
      error('pkce.no-s256', {
        message: 'code_challenge_methods_supported has no S256.',
        breaks: 'Every client: MCP allows no other method.',
        fix: 'Turn S256 on, and plain off.',
      }),
    ],
    seen: 'S256 is not supported',
  }
}
