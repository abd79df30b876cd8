/** Where the engine runs that a window uses. Only the shell starts one, after the user selected the location. */
import { z } from 'zod';
import { quoteShellWord, splitShellWords } from '../shell-words.ts';

/**
 * No leading dash, which would make it an option of ssh, and nothing that a shell interprets (ssh_config's %h,
 * ProxyCommand).
 */
const sshNameSchema = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/);
/** A name, an IPv4 address, or an IPv6 address without its brackets. */
const sshHostSchema = z
  .string()
  .regex(/^([A-Za-z0-9_][A-Za-z0-9._-]{0,254}|[0-9A-Fa-f:]{2,45}(%[A-Za-z0-9._-]{1,30})?)$/);

export const engineLocationSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('here') }),
  z.object({
    kind: z.literal('ssh'),
    /** Null: as ssh's configuration has it. */
    user: sshNameSchema.nullable(),
    host: sshHostSchema,
    port: z.number().int().min(1).max(65_535).nullable(),
  }),
  /** This machine with an administrator's rights, for programs of other users and where ptrace is restricted. */
  z.object({ kind: z.literal('administrator') }),
  /** As administrator too, by a command that the user runs in a terminal, if nothing else can ask for consent. */
  z.object({ kind: z.literal('terminal') }),
  /** Words of a command that runs the words after it elsewhere, such as `docker exec -i NAME`. */
  z.object({ kind: z.literal('command'), words: z.array(z.string().min(1).max(4096)).min(1).max(100) }),
]);
export type EngineLocation = z.infer<typeof engineLocationSchema>;

export const HERE: EngineLocation = { kind: 'here' };

/** As the user writes it: `ssh://user@host:22`, the command's words; empty for this machine. */
export function locationText(location: EngineLocation): string {
  switch (location.kind) {
    case 'here':
      return '';
    case 'administrator':
      return 'this machine, as administrator';
    case 'terminal':
      return 'this machine, as administrator from a terminal';
    case 'ssh': {
      const { user, host, port } = location;
      const name = host.includes(':') ? `[${host}]` : host;
      return `ssh://${user === null ? '' : `${user}@`}${name}${port === null ? '' : `:${port}`}`;
    }
    case 'command':
      return location.words.map(quoteShellWord).join(' ');
  }
}

/** Whether that location, as `locationText` has it, has an administrator's rights. */
export const isAdministrator = (where: string | undefined): boolean =>
  where === locationText({ kind: 'administrator' }) || where === locationText({ kind: 'terminal' });

/**
 * `ssh://[user@]host[:port]`, or without the scheme; what follows the next slash is not part of it. @returns null if it
 * is invalid
 */
export function parseSsh(text: string): EngineLocation | null {
  const match = /^(?:ssh:\/\/)?(?:([^@/]*)@)?(\[[^\]/]*\]|[^:/@]*)(?::(\d{1,5}))?$/.exec(text.trim());
  if (!match) return null;
  const [, user, host = '', port] = match;
  const parsed = engineLocationSchema.safeParse({
    kind: 'ssh',
    user: user ?? null,
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port: port === undefined ? null : Number(port),
  });
  return parsed.success ? parsed.data : null;
}

/**
 * The location that a command leads to, see `splitShellWords`.
 * @returns null if a quote is not closed, or there is no word
 */
export function parseCommand(text: string): EngineLocation | null {
  const parsed = engineLocationSchema.safeParse({ kind: 'command', words: splitShellWords(text) });
  return parsed.success ? parsed.data : null;
}
