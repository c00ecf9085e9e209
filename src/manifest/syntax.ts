// What a YAML parser complains about, in sentences that repeat nothing of the text: it may be a secret.
import type { YAMLError } from 'yaml'

import type { Problem } from './problem.ts'

/** The complaint as a Problem; `length` is that of the text, past which the parser may point. */
export function syntaxProblem(error: YAMLError, length: number): Problem {
  const [message, hint] = sentences[error.code] ?? fallback
  const [start, end] = error.pos
  const span = { start: Math.min(start, length), end: Math.min(end, length) }
  return { rule: 'syntax', span, message, ...(hint === undefined ? {} : { hint }) }
}

type Sentence = readonly [message: string, hint?: string]

const fallback: Sentence = ['This is not valid YAML.', 'Check the line and the ones above it.']
const indentation: Sentence = [
  'The indentation or the closing bracket here is wrong.',
  'Indent with spaces, the same number for members of one mapping or list.',
]
const nested: Sentence = [
  'A mapping cannot start here.',
  'Quote the value if it contains ": ", or put the mapping on its own, deeper indented line.',
]

const sentences: Partial<Record<string, Sentence>> = {
  BAD_INDENT: indentation,
  TAB_AS_INDENT: ['Tabs are not allowed as indentation.', 'Use spaces.'],
  BLOCK_AS_IMPLICIT_KEY: nested,
  BLOCK_IN_FLOW: nested,
  MULTILINE_IMPLICIT_KEY: [
    'A key must stand on one line and end with ":".',
    'Check that this line has a ":" and the right indentation.',
  ],
  MISSING_CHAR: [
    'A character is missing here, such as a closing quote, a "," or a ":".',
    'Add it.',
  ],
  UNEXPECTED_TOKEN: [
    'This is not expected here.',
    'Check the indentation, and that lists and mappings are not mixed at one level.',
  ],
  BAD_SCALAR_START: ['A plain value cannot start with this character.', 'Quote the value.'],
  BAD_DQ_ESCAPE: [
    'This escape sequence does not exist.',
    'Use single quotes, or write a backslash as "\\\\".',
  ],
  NON_STRING_KEY: ['A key must be plain text.', 'Quote the key.'],
  BAD_ALIAS: ['This alias is not valid.', 'Write the value out.'],
  ALIAS_PROPS: ['An alias cannot have an anchor or a tag.', 'Write the value out.'],
  MULTIPLE_DOCS: ['A second document starts here.', 'Put "---" between documents.'],
  TAG_RESOLVE_FAILED: ['The value does not fit its tag.', 'Remove the tag.'],
  RESOURCE_EXHAUSTION: ['The document is nested too deep.', 'Flatten it.'],
}
