// Every command: its words, what it is for, and how to load the rest. The help of the program loads nothing else.
import type { Command } from '../command.ts'

export interface CommandGroup {
  readonly path: string
  readonly summary: string
}

export interface CommandEntry extends CommandGroup {
  /** Imports the file named after the words. */
  readonly load: () => Promise<Command>
}

export const groups: readonly CommandGroup[] = [
  { path: 'get', summary: 'Resources of every kind' },
  { path: 'project', summary: 'Projects, which keep resources apart' },
  { path: 'appid', summary: 'App IDs: who an application is' },
  { path: 'component', summary: 'Components: middlewares and secret stores' },
  { path: 'configuration', summary: 'Configurations: which middlewares an App ID runs' },
  { path: 'httpendpoint', summary: 'HTTPEndpoints: servers outside that are called by name' },
  { path: 'secret', summary: 'Secrets that manifests refer to, encrypted at rest' },
  { path: 'dev', summary: 'Run commands beside a sidecar, and what they need for it' },
]

export const commands: readonly CommandEntry[] = [
  {
    path: 'init',
    summary: 'Write manifests to start from',
    load: async () => (await import('./init.ts')).init,
  },
  {
    path: 'apply',
    summary: 'Check manifests and store them: all or none',
    load: async () => (await import('./apply.ts')).apply,
  },
  {
    path: 'lint',
    summary: 'Check manifests without applying them, for editors and CI',
    load: async () => (await import('./lint.ts')).lint,
  },
  {
    path: 'diff',
    summary: 'Show how manifests differ from what is stored',
    load: async () => (await import('./diff.ts')).diff,
  },
  {
    path: 'export',
    summary: 'Write what is stored as manifests',
    load: async () => (await import('./export.ts')).exportResources,
  },
  {
    path: 'delete',
    summary: 'Delete what manifests name: all or none',
    load: async () => (await import('./delete.ts')).deleteResources,
  },
  {
    path: 'get all',
    summary: 'List every resource and App ID of a project',
    load: async () => (await import('./get/all.ts')).getAll,
  },
  {
    path: 'describe',
    summary: 'Show a resource in full: what it refers to, what refers to it, whether that resolves',
    load: async () => (await import('./describe.ts')).describeResource,
  },
  {
    path: 'dev run',
    summary: 'Run a command beside its sidecar, or the apps of a run file',
    load: async () => (await import('./dev/run.ts')).devRun,
  },
  {
    path: 'dev idp',
    summary: 'Run an authorization server for development',
    load: async () => (await import('./dev/idp.ts')).devIdp,
  },
  {
    path: 'dev token',
    summary: 'Print an access token of that authorization server',
    load: async () => (await import('./dev/token.ts')).devToken,
  },
  {
    path: 'dev status',
    summary: 'List the running sidecars of a project',
    load: async () => (await import('./dev/status.ts')).devStatus,
  },
  {
    path: 'dev stop',
    summary: 'End running sidecars with their commands',
    load: async () => (await import('./dev/stop.ts')).devStop,
  },
  {
    path: 'dev cleanup',
    summary: 'Remove what killed sidecars left behind',
    load: async () => (await import('./dev/cleanup.ts')).devCleanup,
  },
  {
    path: 'dev scaffold',
    summary: 'Write a run file from the App IDs of a project',
    load: async () => (await import('./dev/scaffold.ts')).devScaffold,
  },
  {
    path: 'login',
    summary: 'Say that no account is needed',
    load: async () => (await import('./login.ts')).login,
  },
  {
    path: 'project create',
    summary: 'Create a project',
    load: async () => (await import('./project/create.ts')).projectCreate,
  },
  {
    path: 'project use',
    summary: 'Choose the project that commands mean without --project',
    load: async () => (await import('./project/use.ts')).projectUse,
  },
  {
    path: 'project list',
    summary: 'List projects; * marks the chosen one',
    load: async () => (await import('./project/list.ts')).projectList,
  },
  {
    path: 'project get',
    summary: 'Show a project',
    load: async () => (await import('./project/get.ts')).projectGet,
  },
  {
    path: 'project delete',
    summary: 'Delete a project with everything in it',
    load: async () => (await import('./project/delete.ts')).projectDelete,
  },
  {
    path: 'appid create',
    summary: 'Create an App ID',
    load: async () => (await import('./appid/create.ts')).appIdCreate,
  },
  {
    path: 'appid get',
    summary: 'Show an App ID; -o yaml and -o json include its API token',
    load: async () => (await import('./appid/get.ts')).appIdGet,
  },
  {
    path: 'appid list',
    summary: 'List App IDs',
    load: async () => (await import('./appid/list.ts')).appIdList,
  },
  {
    path: 'appid update',
    summary: 'Change an App ID, such as the Configuration it runs',
    load: async () => (await import('./appid/update.ts')).appIdUpdate,
  },
  {
    path: 'appid delete',
    summary: 'Delete an App ID',
    load: async () => (await import('./appid/delete.ts')).appIdDelete,
  },
  {
    path: 'component get',
    summary: 'Show a Component',
    load: async () => (await import('./component/get.ts')).componentGet,
  },
  {
    path: 'component list',
    summary: 'List Components',
    load: async () => (await import('./component/list.ts')).componentList,
  },
  {
    path: 'component delete',
    summary: 'Delete a Component',
    load: async () => (await import('./component/delete.ts')).componentDelete,
  },
  {
    path: 'configuration get',
    summary: 'Show a Configuration',
    load: async () => (await import('./configuration/get.ts')).configurationGet,
  },
  {
    path: 'configuration list',
    summary: 'List Configurations',
    load: async () => (await import('./configuration/list.ts')).configurationList,
  },
  {
    path: 'configuration delete',
    summary: 'Delete a Configuration',
    load: async () => (await import('./configuration/delete.ts')).configurationDelete,
  },
  {
    path: 'httpendpoint get',
    summary: 'Show an HTTPEndpoint',
    load: async () => (await import('./httpendpoint/get.ts')).httpEndpointGet,
  },
  {
    path: 'httpendpoint list',
    summary: 'List HTTPEndpoints',
    load: async () => (await import('./httpendpoint/list.ts')).httpEndpointList,
  },
  {
    path: 'httpendpoint delete',
    summary: 'Delete an HTTPEndpoint',
    load: async () => (await import('./httpendpoint/delete.ts')).httpEndpointDelete,
  },
  {
    path: 'secret set',
    summary: 'Store a secret, or replace it',
    load: async () => (await import('./secret/set.ts')).secretSet,
  },
  {
    path: 'secret list',
    summary: 'List the names and keys of secrets, never their values',
    load: async () => (await import('./secret/list.ts')).secretList,
  },
  {
    path: 'secret delete',
    summary: 'Delete a secret',
    load: async () => (await import('./secret/delete.ts')).secretDelete,
  },
  {
    path: 'schema',
    summary: 'Print the JSON Schema of manifests, for editors and other tools',
    load: async () => (await import('./schema.ts')).schema,
  },
  {
    path: 'completion',
    summary: 'Print the script that completes command lines in a shell',
    load: async () => (await import('./completion.ts')).completion,
  },
  {
    path: 'explain',
    summary: 'Explain an error code or a lint rule: why, and what to do',
    load: async () => (await import('./explain.ts')).explain,
  },
]
