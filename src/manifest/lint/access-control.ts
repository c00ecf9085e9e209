// The policies and operations of a Configuration's accessControl.
import type { Json, JsonObject } from '../../core/json.ts'
import { joinPointer, listAt, textAt } from '../../core/pointer.ts'
import { quote } from '../problem.ts'

export interface Policy {
  /** RFC 6901 pointer of the policy. */
  readonly pointer: string
  readonly policy: Json
}

export function policiesOf(manifest: JsonObject): Policy[] {
  const list = '/spec/accessControl/policies'
  return listAt(manifest, list).map((policy, index) => ({
    pointer: joinPointer(list, index),
    policy,
  }))
}

export interface Operation {
  /** RFC 6901 pointer of the operation. */
  readonly pointer: string
  /** The path pattern. */
  readonly name: string
  readonly verbs: readonly string[]
  readonly action: string | undefined
}

/** The operations of one policy, in the order of the manifest. */
export function operationsIn({ pointer, policy }: Policy): Operation[] {
  return listAt(policy, '/operations').map((operation, index) => ({
    pointer: joinPointer(`${pointer}/operations`, index),
    name: textAt(operation, '/name') ?? '',
    verbs: listAt(operation, '/httpVerb').filter((verb) => typeof verb === 'string'),
    action: textAt(operation, '/action'),
  }))
}

/** The operations of all policies. */
export function operationsOf(manifest: JsonObject): Operation[] {
  return policiesOf(manifest).flatMap(operationsIn)
}

/** `the policy for "mcp-client"`, as sentences name a policy. */
export function policyLabel({ policy }: Policy): string {
  return `the policy for ${quote(textAt(policy, '/appId') ?? '')}`
}
