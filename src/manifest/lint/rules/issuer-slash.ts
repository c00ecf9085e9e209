// Issuers with a slash at the end that something else contradicts: the place of the keys, or another bearer Component.
import { componentType } from '../../../core/component.ts'
import { quote } from '../../problem.ts'
import type { LintSet } from '../lint-set.ts'
import type { LintRule } from '../rule.ts'
import { bearer, lintedComponents, literalSetting } from '../settings.ts'

export const issuerSlash: LintRule = {
  id: 'issuer-slash',
  severity: 'warning',
  summary: 'An issuer with a slash at its end that its jwksURL or another Component contradicts',
  why:
    'The issuer is compared with the iss of a token character by character, here and in Dapr. An authorization server ' +
    'writes it in one form, so that the Component with the other one refuses every token. Whether the slash belongs ' +
    'there only the tokens or the discovery document of the server can tell.',
  check(set, report) {
    const linted = lintedComponents(set, (type) => type === bearer)
    const names = new Set(linted.map(({ resource }) => resource.name))
    const issuers = Map.groupBy(issuersOf(set), ({ text }) => withoutSlash(text))
    for (const on of linted) {
      const issuer = literalSetting(on.resource.manifest, 'issuer')
      if (issuer === undefined) continue
      if (isKeycloakWithSlash(issuer.text, literalSetting(on.resource.manifest, 'jwksURL')?.text)) {
        report(on, {
          pointer: issuer.pointer,
          message: `The keys are those of a Keycloak realm, whose issuer has no slash at its end: ${quote(issuer.text)} refuses every token.`,
          hint: 'Remove the slash.',
        })
        continue
      }
      const alike = issuers.get(withoutSlash(issuer.text)) ?? []
      const other = alike.find(({ text }) => text !== issuer.text)
      // Of two that are linted, the one with the slash is pointed at.
      if (other === undefined) continue
      if (!issuer.text.endsWith('/') && names.has(other.component)) continue
      report(on, {
        pointer: issuer.pointer,
        message: `Issuer ${quote(issuer.text)} and issuer ${quote(other.text)} of Component ${quote(other.component)} differ in a slash alone: tokens have one of the two.`,
        hint: 'Write what the tokens have as iss in both.',
      })
    }
  },
}

/** Keycloak puts its keys below the issuer, and writes that without a slash. */
function isKeycloakWithSlash(issuer: string, jwksUrl: string | undefined): boolean {
  return issuer.endsWith('/') && jwksUrl === `${issuer}protocol/openid-connect/certs`
}

function issuersOf(set: LintSet): { readonly component: string; readonly text: string }[] {
  return set.all('Component').flatMap(({ name, manifest }) => {
    const text =
      componentType(manifest) === bearer ? literalSetting(manifest, 'issuer')?.text : undefined
    return text === undefined ? [] : [{ component: name, text }]
  })
}

function withoutSlash(text: string): string {
  return text.endsWith('/') ? text.slice(0, -1) : text
}
