// The commands about manifests and runs: their words, what they are for, and how to load the rest.
import type { CommandEntry } from './entry.ts'

export const manifestCommands: readonly CommandEntry[] = [
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
    runsAlone: true,
  },
  {
    path: 'dev idp fault',
    summary: 'Make the running dev idp fail once',
    load: async () => (await import('./dev/idp/fault.ts')).devIdpFault,
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
    path: 'listen',
    summary: 'Show every request that reaches an App ID',
    load: async () => (await import('./listen.ts')).listen,
  },
  {
    path: 'call',
    summary: 'Call as an App ID, through its sidecar: a tool of an MCP server, or another App ID',
    load: async () => (await import('./call.ts')).call,
  },
  {
    path: 'call invoke get',
    summary: 'Send a GET through the sidecar of an App ID',
    load: async () => (await import('./call/invoke/get.ts')).callInvokeGet,
  },
  {
    path: 'call invoke post',
    summary: 'Send a POST through the sidecar of an App ID',
    load: async () => (await import('./call/invoke/post.ts')).callInvokePost,
  },
  {
    path: 'call invoke put',
    summary: 'Send a PUT through the sidecar of an App ID',
    load: async () => (await import('./call/invoke/put.ts')).callInvokePut,
  },
  {
    path: 'call invoke delete',
    summary: 'Send a DELETE through the sidecar of an App ID',
    load: async () => (await import('./call/invoke/delete.ts')).callInvokeDelete,
  },
  {
    path: 'call mcp',
    summary: 'Call a tool of the MCP server that is named',
    load: async () => (await import('./call/mcp.ts')).callMcp,
  },
  {
    path: 'doctor',
    summary: 'Find out why clients cannot log in at an MCP server',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    path: 'verify',
    summary: 'Try at an MCP server what every protected one must do',
    load: async () => (await import('./verify.ts')).verify,
  },
]
