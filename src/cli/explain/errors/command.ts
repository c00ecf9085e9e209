// Prose of the error codes that end a command: its command line, its manifests, what it starts.
import type { ErrorCode } from '../../../core/errors.ts'
import type { Prose } from '../explanation.ts'

export const commandProse = {
  USAGE: {
    why:
      'A command, option, argument or value is unknown, missing, or contradicts another one. Nothing was done: the ' +
      'command line is checked before anything else.',
    remedies: [
      'Read the hint below the message; it names the closest word that exists.',
      'Run the same command with `--help` to see what it takes.',
    ],
  },
  NOT_CONFIRMED: {
    why: 'The command asks before it deletes, and the answer was not `y` or `yes`. Nothing was deleted.',
    remedies: ['Run it again and answer `y`, or pass `--yes` to answer in advance.'],
  },
  INTERRUPTED: {
    why:
      'Ctrl-C or a signal ended the command while it waited for input. What it had not yet stored in one whole step is ' +
      'not stored at all.',
    remedies: ['Run the command again.'],
  },
  OUTPUT_UNWRITABLE: {
    why: 'What standard output or standard error leads to takes nothing more, such as a file on a full disk.',
    remedies: ['Make room, or write the output elsewhere, and run the command again.'],
  },
  INTERNAL: {
    why:
      'Something happened that mcpauth does not foresee. The message names only the class of the error, because what ' +
      'it says may hold a secret.',
    remedies: [
      'Run the command again with `--debug`, which shows the stack.',
      'Report it with that stack, after checking that it holds nothing private.',
    ],
  },
  MANIFEST_INVALID: {
    why:
      'At least one document breaks its schema or a rule, or names something that does not exist. Every problem is ' +
      'listed at file:line:column, and nothing was stored: manifests are applied all or none.',
    remedies: [
      'Correct each line that the list names; a "Did you mean" is the closest name that exists.',
      'Run `mcpauth apply --dry-run -f PATH` to check without storing.',
      'See what a kind takes with `mcpauth schema KIND`.',
    ],
  },
  FILE_NOT_WRITTEN: {
    why:
      'A file that the command is to write is there already and holds something else, has changed since it was read, or ' +
      'its folder does not allow writing. What is in the way is looked for before the first file is written.',
    remedies: [
      'Choose another folder, or overwrite with `--force`.',
      'Check the permissions of the folder, and that no file has the name of a folder on the way.',
    ],
  },
  PORT_IN_USE: {
    why: 'Another process listens on the port or socket, or this user may not listen there.',
    remedies: [
      'Choose another port with the option that the message or its hint names; 0 takes a free one.',
      'Stop the process that has the port.',
    ],
  },
  COMMAND_NOT_STARTED: {
    why:
      'The program named after `--` was not found or is not executable, or the folder it is to start in does not exist. ' +
      'The sidecar was stopped again.',
    remedies: [
      'Check the name of the program and `PATH`, and that the file is executable.',
      'Check `--app-dir-path`: it is where the program starts.',
      'Start shell syntax through a shell: `-- sh -c "…"`.',
    ],
  },
  DEV_IDP_FILE_INVALID: {
    why:
      'A file of `mcpauth dev idp` (keys, client secrets, or the one given with `--clients-file`) is damaged, open to ' +
      'other users, no regular file, or locked by another `dev idp` command. It was left as it is.',
    remedies: [
      'Do what the hint says; for a file that others can read: `chmod 600 FILE`, then replace what it holds.',
      'Move a damaged file away: keys and secrets are made anew. Tokens signed with lost keys stop being valid.',
    ],
  },
} as const satisfies Partial<Record<ErrorCode, Prose>>
