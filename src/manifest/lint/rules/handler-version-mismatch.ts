// A handler that asks for another version than its Component has.
import { handlerRule } from '../handler-rule.ts'

export const handlerVersionMismatch = handlerRule({
  id: 'handler-version-mismatch',
  summary: 'A pipeline handler that asks for another version than its Component has',
  why:
    'Dapr looks a handler up by name, type and version (an absent one, v0 and v1 are the same). When one of them is ' +
    'off it finds nothing and goes on without the handler.',
})
