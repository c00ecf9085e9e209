// Every command: its words, what it is for, and how to load the rest. The help of the program loads nothing else.
import type { CommandEntry, CommandGroup } from './entry.ts'
import { manifestCommands } from './manifests.ts'
import { storedCommands } from './stored.ts'

export const groups: readonly CommandGroup[] = [
  { path: 'get', summary: 'Resources of every kind' },
  { path: 'project', summary: 'Projects, which keep resources apart' },
  { path: 'appid', summary: 'App IDs: who an application is' },
  { path: 'app', summary: 'The same as appid, in the newer words of Catalyst' },
  { path: 'app access', summary: 'Who may call an App ID' },
  { path: 'access', summary: 'Who may call what, over all layers' },
  { path: 'mcpserver', summary: 'MCP servers: reached through the sidecar, tool by tool' },
  { path: 'mcpserver access', summary: 'Who may use what of an MCP server' },
  { path: 'mcpserver tools', summary: 'The tools of an MCP server' },
  { path: 'component', summary: 'Components: middlewares and secret stores' },
  {
    path: 'configuration',
    summary: 'Configurations: which middlewares an App ID runs, and who may call it',
  },
  { path: 'httpendpoint', summary: 'HTTPEndpoints: servers outside that are called by name' },
  { path: 'resiliency', summary: 'Resiliency: timeouts, retries and circuit breakers of calls' },
  { path: 'secret', summary: 'Secrets that manifests refer to, encrypted at rest' },
  { path: 'token', summary: 'What logins of users left behind' },
  { path: 'dev', summary: 'Run commands beside a sidecar, and what they need for it' },
  { path: 'call invoke', summary: 'Send one request through the sidecar of an App ID' },
]

/** In the order of the help. */
export const commands: readonly CommandEntry[] = [...manifestCommands, ...storedCommands]
