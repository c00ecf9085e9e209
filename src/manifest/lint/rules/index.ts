// The list of lint rules.
import type { LintRule } from '../rule.ts'
import { audienceForm } from './audience-form.ts'
import { catalystType } from './catalyst-type.ts'
import { deadPattern } from './dead-pattern.ts'
import { defaultAction } from './default-action.ts'
import { envExpansion } from './env-expansion.ts'
import { foreignNamespace } from './foreign-namespace.ts'
import { handlerTypeMismatch } from './handler-type-mismatch.ts'
import { handlerVersionMismatch } from './handler-version-mismatch.ts'
import { headlessOauth2 } from './headless-oauth2.ts'
import { inlineSecret } from './inline-secret.ts'
import { issuerSlash } from './issuer-slash.ts'
import { largeDocument } from './large-document.ts'
import { mcpauthExtension } from './mcpauth-extension.ts'
import { missingAudience } from './missing-audience.ts'
import { missingDaprSetting } from './missing-dapr-setting.ts'
import { missingVerb } from './missing-verb.ts'
import { offlineAccess } from './offline-access.ts'
import { policyIncomplete } from './policy-incomplete.ts'
import { scopesSeparator } from './scopes-separator.ts'
import { secretStoreMissing } from './secret-store-missing.ts'
import { severalDocuments } from './several-documents.ts'
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
  secretStoreMissing,
  headlessOauth2,
  missingDaprSetting,
  mcpauthExtension,
  catalystType,
  largeDocument,
  envExpansion,
  severalDocuments,
]
