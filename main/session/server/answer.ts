import type { z } from 'zod';
import { commands, type CommandName, type CommandRequest } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { firstProblem } from '#shared/schema-problem.ts';
import type { ToWindow } from '#shared/contract/wire.ts';
import type { Handlers } from './handlers.ts';

type ReplyResult = Extract<ToWindow, { type: 'reply' }>['result'];

/** Throws if the request is not permitted. */
export type PermissionCheck = <N extends CommandName>(name: N, request: CommandRequest<N>) => void;

/** Runs the command `name` with `payload`, as it came from a client; an error is a reply as well. */
export async function answer(
  handlers: Handlers,
  name: string,
  payload: unknown,
  check: PermissionCheck,
): Promise<ReplyResult> {
  try {
    if (!isCommand(name)) {
      throw new InspectorError(
        'bad-request',
        `There is no command "${name}".`,
        'Window and engine differ in version.',
      );
    }
    return { ok: true, payload: await call(handlers, name, payload, check) };
  } catch (cause) {
    return { ok: false, error: InspectorError.from(cause).toData() };
  }
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

/** The map with its types tied to the names, which `commands[name]` loses for a name that is not known. */
const requestSchemas: { readonly [N in CommandName]: { readonly request: z.ZodType<CommandRequest<N>> } } =
  commands;

/** Parses the request with the schema of its name, so that the handler gets its own type. */
function call<N extends CommandName>(
  handlers: Handlers,
  name: N,
  payload: unknown,
  check: PermissionCheck,
): Promise<unknown> {
  const request = requestSchemas[name].request.safeParse(payload);
  if (!request.success) throw badRequest(name, request.error);
  check(name, request.data);
  return Promise.resolve(handlers[name](request.data));
}

/** Names the part that does not fit a schema. */
export function badRequest(what: string, error: z.ZodError): InspectorError {
  const { field, message } = firstProblem(error);
  return new InspectorError(
    'bad-request',
    `${what} does not fit${field === '' ? '' : ` (${field})`}: ${message}.`,
  );
}
