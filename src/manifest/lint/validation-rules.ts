// What `apply` checks as well, in the order of the way in: the text, the document, its fields, its references.
import type { RuleInfo } from './rule.ts'

/** These are found while a manifest is read or a project is planned; they have no rule file. */
export const validationRules: readonly RuleInfo[] = [
  ...errors([
    [
      'unreadable',
      'A file or folder that cannot be read',
      'What is not read is not checked, and would be missing when it is applied.',
    ],
    [
      'no-manifest',
      'Files and standard input without any document',
      'What was to write them has failed, and everything after it would pass without having looked at anything.',
    ],
    [
      'encoding',
      'A file that is not UTF-8',
      'Other encodings read differently from tool to tool; Dapr takes UTF-8 only.',
    ],
    [
      'control-character',
      'A control character in a text',
      'No manifest needs one. In a terminal, a log or a header it can hide or forge what stands around it.',
    ],
    [
      'too-large',
      'A file or document over the size limit',
      'Dapr reads documents up to 64 KiB and hangs on longer ones; here a document ends at 1 MiB and a file at 16 MiB.',
    ],
    [
      'too-many-documents',
      'A file with more documents than are read',
      'Nobody reads such a file to its end, and neither would a reviewer. Split it.',
    ],
    [
      'too-deep',
      'A document nested deeper than 64 levels',
      'No manifest is that deep. Deep nesting is how YAML parsers are made to crash.',
    ],
    [
      'too-many-aliases',
      'A document with more than 100 anchors and aliases',
      'A few aliases can expand to billions of values.',
    ],
    [
      'syntax',
      'Text that is not valid YAML or JSON',
      'Dapr logs a warning for such a document and starts without it.',
    ],
    [
      'directive',
      'A YAML directive such as %YAML or %TAG',
      'Directives change how what follows is read, differently from parser to parser.',
    ],
    [
      'tag',
      'An explicit tag beyond the YAML core schema',
      'Tags make some parsers build objects or run code.',
    ],
    [
      'alias',
      'An alias without an anchor, inside itself, or expanding too far',
      'The value cannot be known.',
    ],
    [
      'merge-key',
      'A merge key (<<)',
      'YAML 1.2 has none; parsers that know it and parsers that do not read different documents.',
    ],
    [
      'key',
      'A key that is no plain text, or that no object may have',
      'Keys such as __proto__ change objects instead of naming a field.',
    ],
    [
      'duplicate-key',
      'A key that stands twice in one mapping',
      'Parsers disagree on which one counts; Dapr takes one without a word.',
    ],
    [
      'not-a-manifest',
      'A document that is no mapping with apiVersion and kind',
      'Dapr ignores it without a word.',
    ],
    [
      'unknown-kind',
      'A kind that does not exist',
      'Dapr ignores documents of unknown kinds: a typo such as HttpEndpoint makes a resource vanish.',
    ],
    [
      'unknown-api-version',
      'An apiVersion that the kind does not have',
      'Dapr ignores the document without a word.',
    ],
    [
      'missing-field',
      'A required field or setting that is missing',
      'The resource cannot work without it.',
    ],
    [
      'unknown-field',
      'A field that the kind does not have',
      'Dapr ignores it, so that a misspelt field is one that was never set. `--fix` corrects the case.',
    ],
    [
      'type',
      'A value of the wrong type',
      'Dapr refuses the document, or reads another value than the one meant.',
    ],
    [
      'value',
      'A value outside of what its field takes',
      'It would be refused, or mean something else, when it is used.',
    ],
    [
      'argument-schema',
      'A schema of arguments that cannot decide',
      'A keyword that is not known is not checked, a reference leads elsewhere, and some expressions take years: the sidecar would refuse every call to the MCP server.',
    ],
    [
      'name',
      'A name that breaks the naming rules',
      'Names become host names, file names and Kubernetes names.',
    ],
    [
      'duplicate-name',
      'Two resources of one kind and name',
      'Dapr refuses to start with two Components of one name; here the second would replace the first.',
    ],
    [
      'unknown-type',
      'A component type that does not exist',
      'Dapr refuses to start with it; as a pipeline handler it would be skipped, and requests would pass unchecked.',
    ],
    [
      'unknown-version',
      'A version that the component type does not have',
      'Dapr does not find the component, and a pipeline goes on without it.',
    ],
    [
      'not-middleware',
      'A pipeline handler whose type is no middleware',
      'It can never be found, and Dapr skips a handler that it does not find.',
    ],
    [
      'unknown-setting',
      'A setting that the component type does not have',
      'Dapr ignores it: a misspelt issuer or audience is one that is not checked.',
    ],
    ['duplicate-setting', 'A setting that stands twice', 'Which of the two counts is not defined.'],
    [
      'several-values',
      'A setting with more than one of value, secretKeyRef and envRef, or an MCP server with several transports',
      'Which one Dapr takes depends on whether another is empty.',
    ],
    ['no-value', 'A setting without a value', 'It would be empty when the component starts.'],
    [
      'env-ref',
      'An envRef that Dapr refuses',
      'Dapr leaves variables such as DAPR_* and APP_API_TOKEN empty and goes on.',
    ],
    [
      'secret-name',
      'A secretKeyRef that the built-in store cannot hold',
      'No secret can ever have that name.',
    ],
    [
      'redacted-value',
      'The placeholder *** in place of a value',
      'It comes from output that hides secrets, and would become the secret itself.',
    ],
    [
      'ambiguous-value',
      'A value that YAML readers read differently',
      'A plain 0123 is 123, 83 or text, by the reader; Dapr and this tool must mean the same. Quote it.',
    ],
    [
      'header-name',
      'A header name that HTTP does not allow',
      'Every request with it would be refused.',
    ],
    [
      'header-value',
      'A header value that HTTP does not allow',
      'Line breaks in headers are how requests are forged.',
    ],
    ['duplicate-header', 'A header that stands twice', 'Only one of the two would be sent.'],
    [
      'ignore-reason',
      'A mcpauth-ignore comment without rule or reason',
      'The next reader has to know why a finding is right here.',
    ],
    [
      'duplicate-resource',
      'A resource that is applied twice at once',
      'Only one of the two would stay.',
    ],
    [
      'unknown-app-id',
      'A scope that names no App ID of the project',
      'The resource reaches nobody, or not whom it was meant for. Found with --project.',
    ],
    [
      'unknown-mcp-server',
      'An access policy for an MCP server that is not there',
      'It would guard nothing, while the server it was meant for stays closed. Found with --project.',
    ],
    [
      'name-taken',
      'An MCP server whose name something else has',
      'The server is an App ID of its name; calls by that name could mean one or the other. Found with --project.',
    ],
    [
      'missing-secret',
      'A secretKeyRef to a secret that is not there',
      'Dapr starts the component with an empty value. Found with --project, and in the file of a secretstores.local.file among the manifests, if it is there.',
    ],
    [
      'secrets-file-unreadable',
      'A secrets file that cannot be read',
      'Every secret in it is missing. Found with --project, and for a file that is there also without.',
    ],
    [
      'component-type-changed',
      'A stored Component that changes its type',
      'What uses it was written for the old type. Found with --project.',
    ],
  ]),
  ...warnings([
    [
      'namespace',
      'A metadata.namespace, which decides nothing here',
      'The project is what keeps resources apart. In Dapr the namespace counts.',
      'mcpauth',
    ],
    [
      'not-run',
      'Something that is stored and not run here',
      'The manifest is valid, and Dapr runs it; the local sidecar does not.',
      'mcpauth',
    ],
    [
      'unquoted-value',
      'A text that YAML 1.1 readers take for something else',
      'A plain yes, 2024-01-01 or 1:30 is a boolean, a date or a number to Dapr’s reader. Quote it.',
    ],
    [
      'selector',
      'A selector of a pipeline handler',
      'Dapr reads it and never looks at it: the handler runs for every request.',
    ],
    [
      'insecure-url',
      'Plain http to another machine',
      'Tokens and what they protect can be read and changed on the way.',
    ],
    [
      'ignore-errors',
      'ignoreErrors on a middleware',
      'Here it is not honoured: a handler that fails refuses requests. What Dapr does with it the rule fail-open says.',
      'mcpauth',
    ],
    [
      'no-prefix',
      'secretstores.local.env without a prefix',
      'Every environment variable can then be read as a secret.',
    ],
    [
      'secrets-file-open',
      'A secrets file that other users can read',
      'What others can read is no secret. Found with --project.',
    ],
    [
      'opa-missing',
      'Rego, and no opa to compile it',
      'The pipeline would answer every request with 503. Found with --project.',
    ],
    [
      'unread-secret-store',
      'A secret store that is not looked into',
      'Whether the secret exists cannot be said from here. Found with --project.',
    ],
    [
      'unused-ignore',
      'A mcpauth-ignore comment that silences nothing',
      'It would silence the next real finding on that line.',
    ],
  ]),
]

type Row = readonly [id: string, summary: string, why: string, target?: 'mcpauth']

function errors(rows: readonly Row[]): RuleInfo[] {
  return rows.map((row) => info('error', row))
}

function warnings(rows: readonly Row[]): RuleInfo[] {
  return rows.map((row) => info('warning', row))
}

function info(severity: RuleInfo['severity'], [id, summary, why, target]: Row): RuleInfo {
  return { id, severity, summary, why, ...(target === undefined ? {} : { targets: [target] }) }
}
