import { existsSync } from 'node:fs';
import type { EngineLocation } from '#shared/contract/engine-location.ts';

/** The command that serves a window on the other machine, found in that machine's PATH. */
const SERVE = ['soft-dirty', 'serve', '--stdio'];
const SSH_CONNECT_TIMEOUT_S = 10;

/** Locations that are reached by running a command. */
export type RemoteLocation = Exclude<EngineLocation, { kind: 'here' | 'terminal' }>;

export interface ConnectCommand {
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The command that connects standard input and output with an engine at `location`: the system's ssh, so that its
 * configuration, agent and known hosts apply, or the user's own command. No shell is involved on this side.
 */
export function connectCommand(
  location: RemoteLocation,
  env: NodeJS.ProcessEnv = process.env,
): ConnectCommand {
  if (location.kind === 'command') return { words: [...location.words, ...SERVE], env };
  if (location.kind === 'administrator') return { words: [...elevating(env), ...SERVE], env };
  const { user, host, port } = location;
  const askpass = askpassOf(env);
  const words = [
    'ssh',
    '-T',
    // Questions cannot be answered here, unless a program asks them in a window.
    ...['-o', `BatchMode=${askpass === null ? 'yes' : 'no'}`],
    ...['-o', `ConnectTimeout=${SSH_CONNECT_TIMEOUT_S}`],
    // The link compresses what it carries.
    ...['-o', 'Compression=no'],
    ...(port === null ? [] : ['-p', String(port)]),
    ...(user === null ? [] : ['-l', user]),
    ...['--', host, SERVE.join(' ')],
  ];
  if (askpass === null) return { words, env };
  return { words, env: { ...env, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' } };
}

/** What runs a command as root: it asks for consent in a window if it can, and fails if it cannot. */
function elevating(env: NodeJS.ProcessEnv): string[] {
  if (existsSync('/usr/bin/pkexec')) return ['pkexec'];
  // Without an askpass program, sudo succeeds only if it needs no password.
  return ['sudo', env['SUDO_ASKPASS'] ? '-A' : '-n'];
}

/** A program that asks for passwords in a window; null if there is none. */
function askpassOf(env: NodeJS.ProcessEnv): string | null {
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return null;
  const named = env['SSH_ASKPASS'] ?? '/usr/bin/ssh-askpass';
  return existsSync(named) ? named : null;
}
