// The list of lint rules.
import type { LintRule } from '../rule.ts'
import { acceptOverride } from './accept-override.ts'
import { bearerOnCaller } from './bearer-on-caller.ts'
import { bearerOutbound } from './bearer-outbound.ts'
import { deprecatedSpelling } from './deprecated-spelling.ts'
import { dottedName } from './dotted-name.ts'
import { endpointShadowsAppId } from './endpoint-shadows-app-id.ts'
import { handlerOutOfScope } from './handler-out-of-scope.ts'
import { handlerTypeMismatch } from './handler-type-mismatch.ts'
import { handlerVersionMismatch } from './handler-version-mismatch.ts'
import { notASecretStore } from './not-a-secret-store.ts'
import { oauth2Inbound } from './oauth2-inbound.ts'
import { tokenBeforeCheck } from './token-before-check.ts'
import { unattachedConfiguration } from './unattached-configuration.ts'
import { unknownComponent } from './unknown-component.ts'
import { unknownConfiguration } from './unknown-configuration.ts'
import { unknownSecretStore } from './unknown-secret-store.ts'
import { unusedComponent } from './unused-component.ts'
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
  // HTTPEndpoints.
  endpointShadowsAppId,
  dottedName,
  acceptOverride,
  // Access control.
  verbCase,
  // Spelling.
  deprecatedSpelling,
]
