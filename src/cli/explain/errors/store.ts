// Prose of the error codes of the control plane: what is stored, and the file it is stored in.
import type { ErrorCode } from '../../../core/errors.ts'
import type { Prose } from '../explanation.ts'

export const storeProse = {
  PROJECT_NOT_FOUND: {
    why:
      'No project has the name that was given with `--project` or `MCPAUTH_PROJECT`, or that `mcpauth project use` chose ' +
      'before it was deleted. Projects are not made on the fly, so that a slip does not make a second one.',
    remedies: [
      'List the projects with `mcpauth project list`.',
      'Create it with `mcpauth project create NAME`, with `--use` to choose it.',
    ],
  },
  PROJECT_EXISTS: {
    why: 'The name of a project is unique on this machine, and this one is taken.',
    remedies: ['Choose it with `mcpauth project use NAME`, or take another name.'],
  },
  PROJECT_IN_USE: {
    why:
      'The project holds resources or secrets, or one of its sidecars is running. The project `default` is always there ' +
      'and cannot be deleted.',
    remedies: [
      'Stop the `mcpauth dev run` that the message names.',
      'Delete what the project holds, or confirm with `--yes` to delete all of it.',
    ],
  },
  SECRET_NOT_EXPORTABLE: {
    why:
      'A resource holds a secret in clear, where no reference to a stored secret can take its place: an export must neither ' +
      'show the secret nor lose it.',
    remedies: [
      'Store the secret with `mcpauth secret set NAME KEY`, write a `secretKeyRef` into the manifest, and apply it.',
      'Leave the resource out by exporting other kinds with `--kind`.',
    ],
  },
  APPID_NOT_FOUND: {
    why: 'The project has no App ID of that name. It may be in another project.',
    remedies: [
      'List them with `mcpauth appid list`; look elsewhere with `--project NAME`.',
      'Create it with `mcpauth appid create NAME`, or let `mcpauth dev run --app-id NAME` do it.',
    ],
  },
  APPID_EXISTS: {
    why: 'The name of an App ID is unique in its project, and this one is taken.',
    remedies: [
      'Change it with `mcpauth appid update NAME`.',
      'Pass `--ignore-if-exists` in scripts that may run twice.',
    ],
  },
  APPID_IN_USE: {
    why: 'A sidecar of the App ID is running, or a resource names it in its scopes. One App ID has one sidecar.',
    remedies: [
      'Stop the process that the message names, or give the second one another App ID.',
      'Change the resource that names it; or delete all the same with `--force`.',
    ],
  },
  RESOURCE_NOT_FOUND: {
    why: 'The project has no Component, Configuration, HTTPEndpoint or MCPServer of that name. It may be in another project.',
    remedies: [
      'List what is there, for example with `mcpauth component list`; look elsewhere with `--project NAME`.',
      'Apply its manifest with `mcpauth apply -f FILE`.',
    ],
  },
  RESOURCE_EXISTS: {
    why:
      'An MCP server of that name exists, or an App ID or HTTPEndpoint has it. A server is an App ID of its name, and a ' +
      'name means one thing.',
    remedies: [
      'Change the server with `mcpauth mcpserver update NAME`, or pass `--ignore-if-exists`.',
      'Take another name, or delete what has it.',
    ],
  },
  RESOURCE_IN_USE: {
    why:
      'Another resource needs what is to be deleted: a Configuration its handlers, an App ID its Configuration, a ' +
      'Component its secret. Without it, calls would be refused.',
    remedies: [
      'Change or delete what the message names first.',
      'Delete it all the same with `--force`; calls that need it are refused until it is back.',
    ],
  },
  SESSION_NOT_FOUND: {
    why:
      'A sidecar is recorded while `mcpauth dev run` of its App ID runs. There is none of that App ID in the project, or ' +
      'its process is gone.',
    remedies: [
      'See what runs with `mcpauth dev status`, and check `--project`.',
      'Remove what killed runs left behind with `mcpauth dev cleanup`.',
    ],
  },
  SIDECAR_BEHIND: {
    why:
      'What `--wait` waits for did not come: a running sidecar goes on as before the change. It refuses what would not ' +
      'work, or it is held up.',
    remedies: [
      'Read the output of its `mcpauth dev run`: a refused change is reported there, with the reason.',
    ],
  },
  SESSION_NOT_STOPPED: {
    why:
      'The process was asked to end and did not within 20 seconds, or it belongs to another user. It may be held by a ' +
      'debugger, or stopped.',
    remedies: ['Look at the process that the message names, and end it yourself.'],
  },
  SECRET_NOT_FOUND: {
    why: 'The project holds no secret of that name, or the secret has no such key.',
    remedies: [
      'List names and keys with `mcpauth secret list`.',
      'Store it with `mcpauth secret set NAME KEY`.',
    ],
  },
  STORE_UNUSABLE: {
    why:
      'The database, its encryption key or their folder is damaged, missing in part, full, on a file system without ' +
      'shared memory, or open to other users. Nothing was changed; files are never repaired by guessing.',
    remedies: [
      'Do what the hint says; it names the file.',
      'Restore the folder from a backup, or point `MCPAUTH_HOME` at another one to start afresh.',
    ],
  },
  STORE_NEWER: {
    why: 'The database has a layout that this version does not know. It was left untouched.',
    remedies: ['Upgrade mcpauth, or point `MCPAUTH_HOME` at another folder.'],
  },
  STORE_BUSY: {
    why: 'Another process held the write lock of the database for more than five seconds.',
    remedies: [
      'Run the command again.',
      'When it stays so, look for a mcpauth process that hangs, or a tool that has the database open.',
    ],
  },
} as const satisfies Partial<Record<ErrorCode, Prose>>
