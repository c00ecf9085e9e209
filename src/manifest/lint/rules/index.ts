// The list of lint rules.
import type { LintRule } from '../rule.ts'
import { acceptOverride } from './accept-override.ts'
import { audienceForm } from './audience-form.ts'
import { bearerOnCaller } from './bearer-on-caller.ts'
import { bearerOutbound } from './bearer-outbound.ts'
import { catalystOnly } from './catalyst-only.ts'
import { catalystType } from './catalyst-type.ts'
import { deadPattern } from './dead-pattern.ts'
import { defaultAction } from './default-action.ts'
import { deprecatedSpelling } from './deprecated-spelling.ts'
import { dottedName } from './dotted-name.ts'
import { endpointShadowsAppId } from './endpoint-shadows-app-id.ts'
import { envExpansion } from './env-expansion.ts'
import { foreignNamespace } from './foreign-namespace.ts'
import { handlerOutOfScope } from './handler-out-of-scope.ts'
import { handlerTypeMismatch } from './handler-type-mismatch.ts'
import { handlerVersionMismatch } from './handler-version-mismatch.ts'
import { headlessOauth2 } from './headless-oauth2.ts'
import { idleSetting } from './idle-setting.ts'
import { inlineSecret } from './inline-secret.ts'
import { issuerSlash } from './issuer-slash.ts'
import { largeDocument } from './large-document.ts'
import { mcpauthExtension } from './mcpauth-extension.ts'
import { missingAudience } from './missing-audience.ts'
import { missingDaprSetting } from './missing-dapr-setting.ts'
import { missingVerb } from './missing-verb.ts'
import { notASecretStore } from './not-a-secret-store.ts'
import { oauth2Inbound } from './oauth2-inbound.ts'
import { numberForText } from './number-for-text.ts'
import { offlineAccess } from './offline-access.ts'
import { passedOverDeny } from './passed-over-deny.ts'
import { policyIncomplete } from './policy-incomplete.ts'
import { scopesSeparator } from './scopes-separator.ts'
import { secretStoreMissing } from './secret-store-missing.ts'
import { severalDocuments } from './several-documents.ts'
import { shadowedOperation } from './shadowed-operation.ts'
import { tokenBeforeCheck } from './token-before-check.ts'
import { tokenEverywhere } from './token-everywhere.ts'
import { unadvertisedScope } from './unadvertised-scope.ts'
import { unattachedConfiguration } from './unattached-configuration.ts'
import { unknownComponent } from './unknown-component.ts'
import { unknownConfiguration } from './unknown-configuration.ts'
import { unknownSecretStore } from './unknown-secret-store.ts'
import { unusedAuthUrl } from './unused-auth-url.ts'
import { unusedComponent } from './unused-component.ts'
import { failOpen } from './fail-open.ts'
import { uncoveredPath } from './uncovered-path.ts'
import { unquotedText } from './unquoted-text.ts'
import { verbCase } from './verb-case.ts'

export const rules: readonly LintRule[] = [
  // What refers to what.
  unknownComponent,
  handlerTypeMismatch,
  handlerVersionMismatch,
  handlerOutOfScope,
  unknownConfiguration,
  unknownSecretStore,
  notASecretStore,
  unusedComponent,
  unattachedConfiguration,
  // Which handler stands in which pipeline.
  oauth2Inbound,
  bearerOutbound,
  bearerOnCaller,
  tokenBeforeCheck,
  failOpen,
  // HTTPEndpoints.
  endpointShadowsAppId,
  dottedName,
  acceptOverride,
  // Access control.
  verbCase,
  passedOverDeny,
  policyIncomplete,
  missingVerb,
  shadowedOperation,
  deadPattern,
  uncoveredPath,
  defaultAction,
  foreignNamespace,
  // Tokens.
  inlineSecret,
  issuerSlash,
  audienceForm,
  unusedAuthUrl,
  tokenEverywhere,
  offlineAccess,
  scopesSeparator,
  missingAudience,
  unadvertisedScope,
  idleSetting,
  // Spelling.
  deprecatedSpelling,
  unquotedText,
  // What other targets do otherwise.
  secretStoreMissing,
  headlessOauth2,
  missingDaprSetting,
  mcpauthExtension,
  catalystOnly,
  catalystType,
  numberForText,
  largeDocument,
  envExpansion,
  severalDocuments,
]
