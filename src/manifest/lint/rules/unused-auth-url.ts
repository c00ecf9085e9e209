// Settings of a browser login in a Component that logs nobody in.
import { quote } from '../../problem.ts'
import type { LintRule } from '../rule.ts'
import {
  browserLogin,
  hasSetting,
  isUserLogin,
  lintedComponents,
  literalSetting,
  settingsOf,
} from '../settings.ts'

export const unusedAuthUrl: LintRule = {
  id: 'unused-auth-url',
  severity: 'warning',
  summary: 'Settings of a browser login in a Component that gets its tokens without one',
  why:
    'The client credentials grant asks the token endpoint and nobody else. redirectURL and forceHTTPS belong to the login ' +
    'that middleware.http.oauth2 is in Dapr: whoever writes them expects users to log in, and every request goes out ' +
    'with the token of the client instead. The authURL of the guide’s own manifest, which Dapr asks for, is reported ' +
    'only beside them or beside a grantType.',
  targets: ['mcpauth'],
  check(set, report) {
    for (const on of lintedComponents(set, (type) => type === browserLogin)) {
      const { manifest, name } = on.resource
      if (isUserLogin(manifest)) continue
      const grant = (
        literalSetting(manifest, 'grantType')?.text ?? 'client_credentials'
      ).replaceAll('_', ' ')
      const isAuthUrlMeant = [...loginSettings, 'grantType'].some((setting) =>
        hasSetting(manifest, setting),
      )
      for (const setting of settingsOf(manifest)) {
        const isUnused =
          loginSettings.has(setting.name) || (setting.name === 'authURL' && isAuthUrlMeant)
        if (!isUnused) continue
        report(on, {
          pointer: `${setting.pointer}/name`,
          message: `Component ${quote(name)} gets its token with the ${grant} grant, which does not use ${setting.name}.`,
          hint: 'Remove the setting.',
        })
      }
    }
  },
}

const loginSettings: ReadonlySet<string> = new Set(['redirectURL', 'forceHTTPS'])
