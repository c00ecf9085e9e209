// `mcpauth httpendpoint delete` deletes one HTTPEndpoint.
import { httpEndpointNoun, deleteCommand } from '../../resource-commands.ts'

export const httpEndpointDelete = deleteCommand(httpEndpointNoun)
