// The commands about what is stored, and about the tool itself.
import type { CommandEntry } from './entry.ts'

export const storedCommands: readonly CommandEntry[] = [
  {
    path: 'login',
    summary: 'Log a user in for a Component',
    load: async () => (await import('./login.ts')).login,
  },
  {
    path: 'logout',
    summary: 'End the logins for a Component',
    load: async () => (await import('./logout.ts')).logout,
  },
  {
    path: 'token list',
    summary: 'List the logins, never their tokens',
    load: async () => (await import('./token/list.ts')).tokenList,
  },
  {
    path: 'token get',
    summary: 'Show a login',
    load: async () => (await import('./token/get.ts')).tokenGet,
  },
  {
    path: 'token revoke',
    summary: 'End one login, here and at its server',
    load: async () => (await import('./token/revoke.ts')).tokenRevoke,
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
    path: 'app create',
    summary: 'Create an App ID',
    load: async () => (await import('./app/create.ts')).appCreate,
  },
  {
    path: 'app get',
    summary: 'Show an App ID; -o yaml and -o json include its API token',
    load: async () => (await import('./app/get.ts')).appGet,
  },
  {
    path: 'app list',
    summary: 'List App IDs',
    load: async () => (await import('./app/list.ts')).appList,
  },
  {
    path: 'app update',
    summary: 'Change an App ID, such as where its application is',
    load: async () => (await import('./app/update.ts')).appUpdate,
  },
  {
    path: 'app delete',
    summary: 'Delete an App ID',
    load: async () => (await import('./app/delete.ts')).appDelete,
  },
  {
    path: 'app access grant',
    summary: 'Let callers call an App ID',
    load: async () => (await import('./app/access/grant.ts')).appAccessGrant,
  },
  {
    path: 'app access revoke',
    summary: 'Take from callers the right to call an App ID',
    load: async () => (await import('./app/access/revoke.ts')).appAccessRevoke,
  },
  {
    path: 'access test',
    summary: 'Tell what would become of a call, and which rule says so',
    load: async () => (await import('./access/test.ts')).accessTest,
  },
  {
    path: 'mcpserver create',
    summary: 'Create an MCP server, closed to everybody',
    load: async () => (await import('./mcpserver/create.ts')).mcpServerCreate,
  },
  {
    path: 'mcpserver get',
    summary: 'Show an MCP server',
    load: async () => (await import('./mcpserver/get.ts')).mcpServerGet,
  },
  {
    path: 'mcpserver list',
    summary: 'List MCP servers',
    load: async () => (await import('./mcpserver/list.ts')).mcpServerList,
  },
  {
    path: 'mcpserver update',
    summary: 'Change how an MCP server is reached',
    load: async () => (await import('./mcpserver/update.ts')).mcpServerUpdate,
  },
  {
    path: 'mcpserver delete',
    summary: 'Delete an MCP server with its App ID and its access policy',
    load: async () => (await import('./mcpserver/delete.ts')).mcpServerDelete,
  },
  {
    path: 'mcpserver enable',
    summary: 'Let callers use an MCP server again',
    load: async () => (await import('./mcpserver/enable.ts')).mcpServerEnable,
  },
  {
    path: 'mcpserver disable',
    summary: 'Close an MCP server to every caller',
    load: async () => (await import('./mcpserver/disable.ts')).mcpServerDisable,
  },
  {
    path: 'mcpserver access grant',
    summary: 'Let callers use tools, resources and prompts',
    load: async () => (await import('./mcpserver/access/grant.ts')).mcpServerAccessGrant,
  },
  {
    path: 'mcpserver access revoke',
    summary: 'Take from callers what they were granted',
    load: async () => (await import('./mcpserver/access/revoke.ts')).mcpServerAccessRevoke,
  },
  {
    path: 'mcpserver access get',
    summary: 'Show who may use what of an MCP server',
    load: async () => (await import('./mcpserver/access/get.ts')).mcpServerAccessGet,
  },
  {
    path: 'mcpserver access list',
    summary: 'List who may use anything of each MCP server',
    load: async () => (await import('./mcpserver/access/list.ts')).mcpServerAccessList,
  },
  {
    path: 'mcpserver access test',
    summary: 'Tell whether a caller may use something, and which rule says so',
    load: async () => (await import('./mcpserver/access/test.ts')).mcpServerAccessTest,
  },
  {
    path: 'mcpserver tools list',
    summary: 'List the tools of an MCP server, and who may use each',
    load: async () => (await import('./mcpserver/tools/list.ts')).mcpServerToolsList,
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
    path: 'configuration create',
    summary: 'Create a Configuration with access control',
    load: async () => (await import('./configuration/create.ts')).configurationCreate,
  },
  {
    path: 'configuration update',
    summary: 'Change the access control of a Configuration',
    load: async () => (await import('./configuration/update.ts')).configurationUpdate,
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
    path: 'resiliency get',
    summary: 'Show a Resiliency',
    load: async () => (await import('./resiliency/get.ts')).resiliencyGet,
  },
  {
    path: 'resiliency list',
    summary: 'List Resiliency resources',
    load: async () => (await import('./resiliency/list.ts')).resiliencyList,
  },
  {
    path: 'resiliency delete',
    summary: 'Delete a Resiliency',
    load: async () => (await import('./resiliency/delete.ts')).resiliencyDelete,
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
