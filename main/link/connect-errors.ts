import { InspectorError } from '#shared/contract/errors.ts';
import { CONNECT_AGAIN } from './stream-errors.ts';

/** Messages of ssh and the remedy for each; the first that matches is used. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    'Ask the administrator of that machine whether its key was changed. If so, remove the old one with the command above, and connect once in a terminal.',
  ],
  [
    /Host key verification failed/,
    'The key of that machine is not known here yet: connect once with ssh in a terminal, and compare the fingerprint.',
  ],
  [
    /Permission denied \(/,
    'Set up a key for that machine (ssh-copy-id), or load it into the agent (ssh-add). Passwords can be entered only if ssh-askpass is installed.',
  ],
  [
    // pkexec without a rule or an agent, sudo without a password.
    /Not authorized|authentication agent|password is required|Request dismissed/,
    'Select "Use a terminal", which gives a command to run as an administrator.',
  ],
  [/Could not resolve hostname/, 'Check the name of the machine.'],
  [
    /Connection refused|Connection timed out|No route to host/,
    'Check that the machine runs and accepts ssh at this port.',
  ],
];

/** Whether a remedy is known. */
export const hasRemedy = (printed: string): boolean => REMEDIES.some(([pattern]) => pattern.test(printed));

/** A connection that could not be made. @param printed by the command on standard error @param error how the stream ended */
export function notConnected(name: string, printed: string, error: InspectorError): InspectorError {
  const text = printed
    .split(/\r?\n/)
    // The frame of ssh's warning.
    .map((line) => line.replace(/^@+|@+$/g, '').trim())
    .filter((line) => line !== '')
    .join('\n');
  const remedy = REMEDIES.find(([pattern]) => pattern.test(text))?.[1];
  const otherwise = error.remedy === CONNECT_AGAIN ? 'Try the same connection in a terminal.' : error.remedy;
  return new InspectorError('link-lost', `No connection to ${name}. ${text}`, remedy ?? otherwise);
}
