// The list of lint rules.
import type { LintRule } from '../rule.ts'
import { audienceForm } from './audience-form.ts'
import { deadPattern } from './dead-pattern.ts'
import { defaultAction } from './default-action.ts'
import { foreignNamespace } from './foreign-namespace.ts'
import { handlerTypeMismatch } from './handler-type-mismatch.ts'
import { handlerVersionMismatch } from './handler-version-mismatch.ts'
import { inlineSecret } from './inline-secret.ts'
import { issuerSlash } from './issuer-slash.ts'
import { missingAudience } from './missing-audience.ts'
import { missingVerb } from './missing-verb.ts'
import { offlineAccess } from './offline-access.ts'
import { policyIncomplete } from './policy-incomplete.ts'
import { scopesSeparator } from './scopes-separator.ts'
import { shadowedOperation } from './shadowed-operation.ts'
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
  policyIncomplete,
  missingVerb,
  shadowedOperation,
  deadPattern,
  defaultAction,
  foreignNamespace,
]
