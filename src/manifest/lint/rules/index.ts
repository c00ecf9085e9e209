// The list of lint rules.
import type { LintRule } from '../rule.ts'
import { audienceForm } from './audience-form.ts'
import { handlerTypeMismatch } from './handler-type-mismatch.ts'
import { handlerVersionMismatch } from './handler-version-mismatch.ts'
import { inlineSecret } from './inline-secret.ts'
import { issuerSlash } from './issuer-slash.ts'
import { missingAudience } from './missing-audience.ts'
import { offlineAccess } from './offline-access.ts'
import { scopesSeparator } from './scopes-separator.ts'
import { tokenEverywhere } from './token-everywhere.ts'
import { unknownComponent } from './unknown-component.ts'
import { unusedAuthUrl } from './unused-auth-url.ts'
import { verbCase } from './verb-case.ts'

export const rules: readonly LintRule[] = [
  unknownComponent,
  handlerTypeMismatch,
  handlerVersionMismatch,
  verbCase,
  inlineSecret,
  issuerSlash,
  audienceForm,
  unusedAuthUrl,
  tokenEverywhere,
  offlineAccess,
  scopesSeparator,
  missingAudience,
]
