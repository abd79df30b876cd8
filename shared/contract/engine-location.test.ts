import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { engineLocationSchema, HERE, locationText, parseCommand, parseSsh } from './engine-location.ts';

describe('a machine by ssh', () => {
  it.each([
    ['console', { user: null, host: 'console', port: null }],
    ['ssh://ada@console:2222', { user: 'ada', host: 'console', port: 2222 }],
    [' ada@192.0.2.7 ', { user: 'ada', host: '192.0.2.7', port: null }],
    ['ssh://[2001:db8::1]:22', { user: null, host: '2001:db8::1', port: 22 }],
  ])('%s', (text, expected) => {
    const location = parseSsh(text);
    expect(location).toEqual({ kind: 'ssh', ...expected });
    expect(location && parseSsh(locationText(location))).toEqual(location);
  });

  it.each([
    '',
    '-oProxyCommand=touch /tmp/x',
    'ssh://-oProxyCommand=x',
    '-l@host',
    'host;reboot',
    'host name',
    'ho$(id)st',
    'a@b@c',
    'host:0',
    'host:65536',
    'host:22:22',
    "ho'st",
    'host\nreboot',
  ])('refuses %j', (text) => {
    expect(parseSsh(text)).toBeNull();
  });

  it('the schema refuses options of ssh wherever they come from', () => {
    for (const host of ['-oX', 'a b', '%h', '']) {
      expect(engineLocationSchema.safeParse({ kind: 'ssh', user: null, host, port: null }).success).toBe(
        false,
      );
    }
  });
});

describe('a command', () => {
  it('has words as a shell separates them, and nothing is expanded', () => {
    expect(parseCommand(`docker exec -i 'my game' "a\\"b" c\\ d $HOME *`)).toEqual({
      kind: 'command',
      words: ['docker', 'exec', '-i', 'my game', 'a"b', 'c d', '$HOME', '*'],
    });
    expect(parseCommand('')).toBeNull();
    expect(parseCommand(`docker 'exec`)).toBeNull();
    expect(parseCommand('a\\')).toBeNull();
  });

  it('its text has the same words', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 5 }),
        (words) => {
          const location = { kind: 'command' as const, words };
          expect(parseCommand(locationText(location))).toEqual(location);
        },
      ),
    );
  });
});

it('this machine has no text', () => expect(locationText(HERE)).toBe(''));
